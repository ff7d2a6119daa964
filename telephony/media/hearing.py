"""What comes to a leg that the packet loop does not carry by itself: strangers, first packets, digits, RTCP, garbage.

    hear         from the source the leg talks to; after it the settled way (`telephony.media.way`) is open again
    hear_fresh   the same for what came by another way than the leg's own: it may be encrypted yet
    hear_stray   from anybody else: counted as refused, unless the leg may lock on to him
    hear_report  RTCP

Whatever is no packet of an agreed payload type is counted and dropped. Functions over a leg. Serves RFC 3550
and RFC 4961 (symmetric RTP).
"""

from typing import TYPE_CHECKING

from telephony.media.errors import RemoteProtocolError
from telephony.media.leg_path import connect, lock, may_relatch, talk_to
from telephony.media.packet_buffer import LONGEST_PACKET
from telephony.media.relaying import open_way, relay
from telephony.media.rtp import RtpPacket, is_rtcp
from telephony.media.sockets import Address
from telephony.media.stream import HEADER_SIZE, Arrival

if TYPE_CHECKING:
    from telephony.media.leg import Leg


def hear_stray(leg: "Leg", data: bytes, source: Address, now: float) -> None:
    """A datagram that came to the unconnected socket."""
    if _is_taken(leg, data, source, now):
        return
    if source == leg.locked or (source == leg.talked_to and leg.sockets.connected is None):
        connect(leg)
        hear_fresh(leg, data, now)  # it waited there when the other socket was connected, or is the first
        return
    if leg.locked is not None and not may_relatch(leg, now):
        leg.refused += 1
        return
    plain = _opened(leg, data)
    packet = _parse(leg, plain) if plain is not None else None
    if plain is not None and packet is not None:
        talk_to(leg, source)
        connect(leg)
        lock(leg, source)
        _take(leg, packet, plain, now)


def hear_fresh(leg: "Leg", data: bytes, now: float) -> None:
    """A datagram from the source we talk to that did not come by the way: it may be encrypted yet."""
    if _is_taken(leg, data, leg.talked_to, now):
        return
    plain = data if is_rtcp(data) else _opened(leg, data)
    if plain is not None:
        hear(leg, plain, now)


def _is_taken(leg: "Leg", data: bytes, source: Address | None, now: float) -> bool:
    """By a conversation that goes before audio: ICE's, then the handshake's."""
    if leg.ice is not None and leg.ice.takes(leg, data, source, now):
        return True
    return leg.dtls is not None and leg.dtls.takes(leg, data, source)


def _opened(leg: "Leg", data: bytes) -> bytes | None:
    """An RTP packet as it was before encryption; None if it is not the remote's."""
    plain = data if leg.srtp is None else leg.srtp.open(data)
    return plain if plain is None or leg.wide is None else leg.wide.open(plain)


def hear(leg: "Leg", data: bytes, now: float) -> None:
    """A datagram from the source we talk to, whatever it holds; encrypted if it is RTCP only."""
    if _is_taken(leg, data, leg.talked_to, now):
        return
    if leg.remote is not None and leg.remote.rtcp_mux and is_rtcp(data):
        hear_report(leg, data, leg.talked_to, now)
        return
    packet = _parse(leg, data)
    if packet is not None:
        if leg.locked is None and leg.talked_to is not None:
            lock(leg, leg.talked_to)
        _take(leg, packet, data, now)


def hear_report(leg: "Leg", data: bytes, source: Address | None, now: float) -> None:
    """A datagram on the RTCP port, or RTCP on a shared port; only from the host we talk to."""
    if source is None or leg.talked_to is None or source[0] != leg.talked_to[0]:
        leg.refused += 1
        return
    if leg.dtls is not None and leg.srtp is None:
        leg.unexpected += 1
        return
    plain = data if leg.srtp is None else leg.srtp.open_report(data)
    if plain is None:
        return
    try:
        leg.reports.receive(plain, leg.outgoing.ssrc, now, leg.host.utc_s())
    except RemoteProtocolError:
        leg.malformed += 1
        return
    leg.rtcp_source = source


def _parse(leg: "Leg", data: bytes) -> RtpPacket | None:
    if len(data) > LONGEST_PACKET:
        leg.malformed += 1
        return None
    try:
        packet = RtpPacket.parse(data)
    except RemoteProtocolError:
        leg.malformed += 1
        return None
    if packet.payload_type not in leg.expected_types:
        leg.unexpected += 1
        return None
    return packet


def _take(leg: "Leg", packet: RtpPacket, data: bytes, now: float) -> None:
    remote = leg.remote
    assert remote is not None  # `_parse` lets nothing through before
    leg.book()
    is_audio = packet.payload_type == remote.payload_type
    timestamp = packet.timestamp if is_audio else None
    arrival = leg.incoming.update(packet.sequence, timestamp, packet.ssrc, len(packet.payload), now)
    if arrival in {Arrival.DUPLICATE, Arrival.FAR}:
        return
    if arrival is Arrival.RESTART:
        leg.unsettle()
        leg.digits.receiver.reset()
    if not remote.receiving:
        return
    if is_audio:
        if leg.sink is not None:
            leg.sink.write(leg.channel, leg.codec_number, memoryview(data), len(data), now)
        relay(leg, packet, remote.payload_type, arrival, now)
        open_way(leg, HEADER_SIZE + len(packet.payload))
        return
    if packet.payload_type == remote.dtmf_payload_type:
        leg.digits.take(leg, packet, arrival, now)
    elif leg.forward is not None and arrival is not Arrival.LATE:
        leg.forward.outgoing.skip_relayed()  # comfort noise is for us; the other end did not ask for it
    leg.close_way()
