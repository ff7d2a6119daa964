"""The edge of a leg whose codec is not G.711: what is inside a worker is mu-law and counts at 8 kHz.

    sealed(send)      sends audio encoded, everything in the remote's clock
    rescaled(send)    the same for audio that is in the remote's codec already
    opened(receive)   receives like the socket, audio decoded to mu-law in the buffer, everything at 8 kHz
    open(data)        the same for a datagram that somebody else has received

    encoded(samples)  a payload of samples at 16 kHz

Playback, conferences, relaying, reports and digits therefore see an ordinary G.711 leg; others pay nothing. While
`native` is set, what is heard stays coded as it is: for a bridge to a leg of the same codec, and for a seat in a wide
room, which gets samples at 16 kHz (`sampled`). The spool always gets it coded (`keeping`), an ear always mu-law
(`plain`).
"""

from typing import TYPE_CHECKING

from telephony.media.decoding import WIDE, WIDE_HZ, Encoder, WideDecoder, new_encoder, new_wide_decoder
from telephony.media.errors import RemoteProtocolError
from telephony.media.g711 import Samples, linear_to_ulaw
from telephony.media.messages import Codec, RemoteMedia
from telephony.media.opus_format import OpusFormat
from telephony.media.resampling import Decimator
from telephony.media.rtp import VERSION, RtpPacket, is_rtcp
from telephony.media.rtp_clock import CLOCK_RATES_HZ, RtpClock
from telephony.media.sinks import Sink
from telephony.media.spool import CODEC_NUMBERS
from telephony.media.stream import CLOCK_RATE_HZ, HEADER, HEADER_SIZE, MARKER
from telephony.media.way import Receive, Send

if TYPE_CHECKING:
    from telephony.media.seat import Seat

_PLAIN = 0x80  # version 2, no padding, no extension, no contributing sources


class Wideband:
    """Both directions of one leg."""

    __slots__ = (
        "_clock",
        "_decoder",
        "_down",
        "_dtmf_type",
        "_encoder",
        "_heard",
        "_rate_hz",
        "_wishes",
        "codec",
        "coded",
        "native",
        "payload_type",
        "saved_in",
        "saved_out",
    )

    def __init__(self, remote: RemoteMedia) -> None:
        self.codec: Codec = remote.codec
        self.native = False
        self.coded = b""
        """The last audio packet as the remote coded it, with a timestamp at 8 kHz."""
        self.saved_in = self.saved_out = 0
        """Octets that were fewer on the network than in here."""
        self._encoder: Encoder | None = None
        self._decoder: WideDecoder | None = None
        self._rate_hz = CLOCK_RATE_HZ
        """What is decoded to."""
        self._down: Decimator | None = None
        """For an ear on a leg whose audio is decoded at 16 kHz."""
        self._heard: Samples | None = None
        """The last packet at 16 kHz, while a seat takes it so; a packet is decoded once."""
        self._wishes: OpusFormat | None = None
        self._settle(remote)
        self._clock = _clock(remote)

    def settle(self, remote: RemoteMedia) -> None:
        """Another agreement for the same codec: both streams run on."""
        if remote.opus != self._wishes:
            self._encoder = None
        self._settle(remote)
        self._clock.event_ratio = _clock(remote).event_ratio

    def _settle(self, remote: RemoteMedia) -> None:
        self.payload_type, self._dtmf_type = remote.payload_type, remote.dtmf_payload_type
        self._wishes = remote.opus

    @property
    def clock_ratio(self) -> int:
        """Units of the remote's clock in one of 8 kHz."""
        return self._clock.ratio

    # ------------------------------------------------------------------------------------------ outwards

    def sealed(self, send: Send) -> Send:
        def encode_and_send(packet: memoryview) -> int:
            if packet[1] & 0x7F != self.payload_type:
                return send(self._rescaled(packet))  # a digit
            payload = self._made_encoder().encode(bytes(packet[HEADER_SIZE:]))
            self.saved_out += len(packet) - HEADER_SIZE - len(payload)
            return send(self._rescaled(memoryview(bytes(packet[:HEADER_SIZE]) + payload)))

        return encode_and_send

    def encoded(self, samples: Samples) -> bytes:
        """A payload for `rescaled`."""
        payload = self._made_encoder().encode_wide(samples)
        self.saved_out += len(samples) // 2 - len(payload)
        return payload

    def _made_encoder(self) -> Encoder:
        if self._encoder is None:
            self._encoder = new_encoder(self.codec, self._wishes)
        return self._encoder

    def rescaled(self, send: Send) -> Send:
        if self._clock.ratio == 1:
            return send
        return lambda packet: send(self._rescaled(packet))

    def _rescaled(self, packet: memoryview) -> memoryview:
        if self._clock.ratio == 1:
            return packet
        kind, sequence, timestamp, ssrc = HEADER.unpack_from(packet)
        payload = bytes(packet[HEADER_SIZE:])
        if kind & 0x7F == self._dtmf_type:
            timestamp, payload = self._clock.event_outward(timestamp, payload)
        else:
            timestamp = self._clock.outward(timestamp)
        return memoryview(HEADER.pack(kind, sequence, timestamp, ssrc) + payload)

    # ------------------------------------------------------------------------------------------- inwards

    def opened(self, receive: Receive) -> Receive:
        def receive_and_decode(buffer: bytearray) -> int:
            size = receive(buffer)
            plain = self.open(bytes(memoryview(buffer)[:size]))
            buffer[: len(plain)] = plain
            return len(plain)

        return receive_and_decode

    def open(self, data: bytes) -> bytes:
        """What is neither audio nor an event is given back as it is."""
        if len(data) < HEADER_SIZE or data[0] >> 6 != VERSION or is_rtcp(data):
            return data
        kind = data[1] & 0x7F
        if kind != self.payload_type:
            return self._open_event(data) if kind == self._dtmf_type else data
        plain = self._plain(data)
        if plain is None:
            return data  # the leg counts it
        self.coded = plain
        if self.native:
            return plain
        ulaw = linear_to_ulaw(self._decoded(plain[HEADER_SIZE:]))
        self.saved_in += len(ulaw) - (len(plain) - HEADER_SIZE)
        return plain[:HEADER_SIZE] + ulaw

    def _open_event(self, data: bytes) -> bytes:
        if self._clock.ratio == 1:
            return data
        words, payload = HEADER.unpack_from(data), data[HEADER_SIZE:]
        if data[0] != _PLAIN:
            try:
                payload = RtpPacket.parse(data).payload
            except RemoteProtocolError:
                return data
        timestamp, payload = self._clock.event_inward(words[2], payload)
        return HEADER.pack(0x8000 | words[0] & 0xFF, words[1], timestamp, words[3]) + payload

    def _plain(self, data: bytes) -> bytes | None:
        """With a plain header, at 8 kHz; None if the packet cannot be read."""
        payload = data[HEADER_SIZE:]
        if data[0] != _PLAIN:
            try:
                payload = RtpPacket.parse(data).payload
            except RemoteProtocolError:
                return None
        elif self._clock.ratio == 1:
            return data
        kind, sequence, timestamp, ssrc = HEADER.unpack_from(data)
        return HEADER.pack(0x8000 | kind & 0xFF, sequence, self._clock.inward(timestamp), ssrc) + payload

    def _decoded(self, payload: bytes) -> Samples:
        return self._made_decoder().samples(payload)

    def _made_decoder(self) -> WideDecoder:
        if self._decoder is None:
            self._decoder = new_wide_decoder(self.codec, self._rate_hz)
        return self._decoder

    # -------------------------------------------------------------------------------------- who listens

    def keeping(self, spool: Sink | None) -> Sink | None:
        """The spool as a sink of this leg: it gets what the remote coded."""
        return _Coded(self, spool) if spool is not None else None

    def sampled(self, seat: "Seat | None") -> Sink | None:
        """A wide seat as a sink of this leg; None: nobody takes samples at 16 kHz from now on."""
        rate_hz = CLOCK_RATE_HZ if seat is None else WIDE_HZ
        if rate_hz != self._rate_hz:
            self._rate_hz, self._heard = rate_hz, None
            if self._decoder is not None:
                self._decoder.set_rate(rate_hz)
        return _Sampled(self, seat) if seat is not None else None

    def take_samples(self) -> Samples:
        """The last packet, decoded at 16 kHz."""
        self._heard = self._decoded(self.coded[HEADER_SIZE:])
        return self._heard

    def plain(self, ear: Sink | None) -> Sink | None:
        """An ear as a sink of this leg: it hears mu-law, also where others get what the remote coded."""
        return _Plain(self, ear) if ear is not None else None

    def ulaw_of(self, packet: memoryview) -> bytes:
        """A coded packet of this leg's remote, decoded."""
        if self._heard is None:
            samples = self._decoded(bytes(packet[HEADER_SIZE:]))
        else:
            self._down = self._down or Decimator(2)
            samples = self._down.pass_on(self._heard)
        return bytes(packet[:HEADER_SIZE]) + linear_to_ulaw(samples)


class _Coded:
    __slots__ = ("_number", "_sink", "_wide")

    def __init__(self, wide: Wideband, sink: Sink) -> None:
        self._wide, self._sink, self._number = wide, sink, CODEC_NUMBERS[wide.codec]

    def write(self, channel: int, codec: int, packet: memoryview, size: int, arrival: float) -> None:  # noqa: ARG002
        coded = self._wide.coded
        self._sink.write(channel, self._number, memoryview(coded), len(coded), arrival)


class _Sampled:
    __slots__ = ("_seat", "_wide")

    def __init__(self, wide: Wideband, seat: "Seat") -> None:
        self._wide, self._seat = wide, seat

    def write(self, channel: int, codec: int, packet: memoryview, size: int, arrival: float) -> None:  # noqa: ARG002
        kind, _, timestamp, ssrc = HEADER.unpack_from(self._wide.coded)
        samples = self._wide.take_samples()
        self._seat.queue(samples.tobytes(), timestamp, ssrc, begins=bool(kind & MARKER))


class _Plain:
    __slots__ = ("_sink", "_wide")

    def __init__(self, wide: Wideband, sink: Sink) -> None:
        self._wide, self._sink = wide, sink

    def write(self, channel: int, codec: int, packet: memoryview, size: int, arrival: float) -> None:
        if self._wide.native:
            packet = memoryview(self._wide.ulaw_of(packet))
            size = len(packet)
        self._sink.write(channel, codec, packet, size, arrival)


def _clock(remote: RemoteMedia) -> RtpClock:
    return RtpClock(CLOCK_RATES_HZ[remote.codec] // CLOCK_RATE_HZ, remote.dtmf_clock_rate_hz // CLOCK_RATE_HZ)


def edge(remote: RemoteMedia, before: Wideband | None) -> Wideband | None:
    """What a leg needs for this agreement, which may go on from the one before; None: it is a G.711 leg."""
    if remote.codec not in WIDE:
        return None
    if before is None or before.codec != remote.codec:
        return Wideband(remote)
    before.settle(remote)
    return before
