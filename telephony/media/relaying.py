"""A bridged leg's packets on their way to the peer: sent on one by one, or settled for the packet loop to carry.

    relay       one packet, under the peer's payload type and numbers; the first one anchors the peer's stream
    open_way    nothing is left to decide for packets that simply follow: the packet loop carries them from now on
    book        what has passed on the settled way is told to the streams

Functions over a leg, called by `Leg`; none of them runs for a packet on the settled way.
"""

from typing import TYPE_CHECKING

from telephony.media.g711 import ALAW_TO_ULAW, ULAW_TO_ALAW
from telephony.media.rtp import RtpPacket
from telephony.media.stream import HEADER_SIZE, Arrival

if TYPE_CHECKING:
    from telephony.media.leg import Leg


def relay(leg: "Leg", packet: RtpPacket, audio_type: int | None, arrival: Arrival, now: float) -> None:
    """Send a packet on to the bridged leg, under its payload type; `audio_type` None: an event."""
    peer = leg.bridged
    if (
        peer is None
        or peer.send is None
        or peer.remote is None
        or peer.digits.sending
        or peer.playlist is not None
    ):
        return
    outgoing = peer.outgoing
    marker = packet.marker
    if leg.forward is None:
        outgoing.anchor(packet.sequence, packet.timestamp, now)
        leg.unrelayable = leg.incoming.missing()
        leg.translate = _table(leg, peer)
        leg.forward = peer
        marker = True
    elif arrival is Arrival.LATE and packet.sequence in leg.unrelayable:
        return
    is_audio = audio_type is not None
    payload_type = peer.remote.payload_type if is_audio else peer.remote.dtmf_payload_type
    if payload_type is None:
        outgoing.skip_relayed()
        return
    payload = packet.payload
    if is_audio and leg.translate is not None:
        payload = payload.translate(leg.translate)
    words = outgoing.next_relayed(
        payload_type, packet.sequence, packet.timestamp, now, marker=marker, octets=len(payload)
    )
    peer.transmit(words, payload, native=leg.wide is not None and leg.wide.native)


def open_way(leg: "Leg", size: int) -> None:
    """If nothing is left to decide for packets that simply follow; all audio packets have this size."""
    peer = leg.bridged
    if peer is not None and peer.send is not None and leg.forward is None:
        return  # nobody could say yet how to send it on: digits go before it
    way, incoming = leg.way, leg.incoming
    way.kind, way.size, way.ssrc = leg.outgoing.kind, size, incoming.ssrc
    way.expected = way.begun = incoming.expected
    way.heard_at, way.transit, way.jitter = incoming.heard_at, incoming.transit, incoming.jitter
    way.sink, way.channel, way.codec = leg.sink, leg.channel, leg.codec_number
    way.view = leg.host.packet.views[size]
    way.send = None
    if leg.forward is not None:
        outgoing = leg.forward.outgoing
        native = leg.wide is not None and leg.wide.native
        way.send = leg.forward.send_native if native else leg.forward.send
        way.translate = leg.translate
        way.out_kind, way.out_ssrc = outgoing.kind, outgoing.ssrc
        way.sequence_offset = outgoing.sequence_offset
        way.timestamp_offset = outgoing.timestamp_offset


def book(leg: "Leg") -> None:
    """Tell the streams what has passed on the settled way."""
    way = leg.way
    count = way.passed
    if count == 0:
        return
    way.begun = way.expected
    octets = count * (way.size - HEADER_SIZE)
    incoming = leg.incoming
    incoming.book(count, octets)
    incoming.heard_at, incoming.transit, incoming.jitter = way.heard_at, way.transit, way.jitter
    if way.send is not None and leg.forward is not None:
        peer = leg.forward
        peer.outgoing.book_relayed(count, octets, way.expected - 1, way.timestamp, way.heard_at)
        peer.send_failures += way.failures
        way.failures = 0


def _table(leg: "Leg", peer: "Leg") -> bytes | None:
    if leg.codec_number == peer.codec_number:
        return None
    return ULAW_TO_ALAW if peer.codec_number else ALAW_TO_ULAW
