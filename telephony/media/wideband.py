"""The edge of a G.722 leg: what is inside a worker is mu-law, unless both ends of a bridge speak G.722.

    sealed(send)      sends audio encoded
    opened(receive)   receives like the socket, audio decoded to mu-law in the buffer
    open(data)        the same for a datagram that somebody else has received

G.722 has G.711's packet sizes and clock (`g722`), so playback, conferences, ears and relaying see an ordinary G.711
leg; others pay nothing. While `native` is set, what is heard stays as it is: for a bridge to another G.722 leg.
"""

from telephony.media.errors import RemoteProtocolError
from telephony.media.g711 import linear_to_ulaw
from telephony.media.g722 import G722Decoder, G722Encoder
from telephony.media.rtp import RtpPacket
from telephony.media.stream import HEADER_SIZE
from telephony.media.way import Receive, Send

_PLAIN = 0x80  # version 2, no padding, no extension, no contributing sources


class Wideband:
    """Both directions of one leg; `payload_type` is that of its audio."""

    __slots__ = ("_decoder", "_encoder", "native", "payload_type")

    def __init__(self, payload_type: int) -> None:
        self.payload_type = payload_type
        self.native = False
        self._encoder = G722Encoder()
        self._decoder = G722Decoder()

    def sealed(self, send: Send) -> Send:
        encode = self._encoder.encode

        def encode_and_send(packet: memoryview) -> int:
            if packet[1] & 0x7F != self.payload_type:
                return send(packet)  # a digit
            return send(memoryview(bytes(packet[:HEADER_SIZE]) + encode(bytes(packet[HEADER_SIZE:]))))

        return encode_and_send

    def opened(self, receive: Receive) -> Receive:
        def receive_and_decode(buffer: bytearray) -> int:
            size = receive(buffer)
            if self.native:
                return size
            plain = self.open(bytes(memoryview(buffer)[:size]))
            buffer[: len(plain)] = plain
            return len(plain)

        return receive_and_decode

    def open(self, data: bytes) -> bytes:
        """What is no audio is given back as it is."""
        if self.native or len(data) < HEADER_SIZE or data[1] & 0x7F != self.payload_type:
            return data
        if data[0] != _PLAIN:
            try:
                packet = RtpPacket.parse(data)
            except RemoteProtocolError:
                return data  # the leg counts it
            data = bytes((_PLAIN,)) + data[1:HEADER_SIZE] + packet.payload
        return data[:HEADER_SIZE] + linear_to_ulaw(self._decoder.samples(data[HEADER_SIZE:]))
