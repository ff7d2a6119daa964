"""The digits of one leg: key presses of the remote told to control, digits of ours put into the outgoing stream.

Digits go before all other sources; a press that the running playback waits for ends it here, so that the caller
hears silence at once and not after a round through control. Serves RFC 4733. The leg is passed in, never kept:
a worker runs without garbage collector, and a cycle would outlive the call.
"""

from typing import TYPE_CHECKING

from telephony.media.dtmf import DigitReceiver, DigitSender, KeyDown, KeyUp
from telephony.media.errors import RemoteProtocolError
from telephony.media.messages import DigitReceived, DigitStarted, PlaybackFinished
from telephony.media.relaying import relay
from telephony.media.rtp import RtpPacket
from telephony.media.stream import Arrival

if TYPE_CHECKING:
    from telephony.media.leg import Leg


class LegDigits:
    """Receiver, sender and what they counted."""

    __slots__ = ("received", "receiver", "sender", "sent")

    def __init__(self) -> None:
        self.receiver = DigitReceiver()
        self.sender = DigitSender()
        self.received = self.sent = 0

    @property
    def sending(self) -> bool:
        """Whether digits of ours occupy the outgoing stream."""
        return self.sender.active

    def take(self, leg: "Leg", packet: RtpPacket, arrival: Arrival, now: float) -> None:
        """A telephone-event packet of the remote: sent on if bridged, told if a key went down or up."""
        try:
            happened = self.receiver.receive(packet.payload, packet.timestamp, now)
        except RemoteProtocolError:
            leg.malformed += 1
            return
        relay(leg, packet, None, arrival, now)
        for one in happened:
            self.key(leg, one)
        if self.receiver.key_is_down:
            leg.host.watch_key(leg)

    def check_key(self, leg: "Leg", now: float) -> bool:
        """Whether a key is still down; releases one whose end packets were lost."""
        for happened in self.receiver.handle_timer(now):
            self.key(leg, happened)
        return self.receiver.key_is_down

    def key(self, leg: "Leg", happened: KeyDown | KeyUp) -> None:
        """Tell control; a key that the playback waits for ends it."""
        if isinstance(happened, KeyUp):
            self.received += 1
            leg.host.emit(DigitReceived(leg.leg_id, happened.digit, happened.duration_ms))
            return
        leg.host.emit(DigitStarted(leg.leg_id, happened.digit))
        playlist = leg.playlist
        if playlist is not None and happened.digit in playlist.stop_at:
            leg.stop_playback()
            leg.host.emit(PlaybackFinished(leg.leg_id, playlist.play_id, stopped_by=happened.digit))

    def send_next(self, leg: "Leg", now: float) -> None:
        """The packet of this packet time, unless it is a pause between digits."""
        remote = leg.remote
        if remote is None or remote.dtmf_payload_type is None:
            return
        packet = self.sender.next_packet(leg.outgoing.media_time(now), remote.ptime_ms)
        if packet is None:
            return
        self.sent += packet.last
        words = leg.outgoing.next_event(remote.dtmf_payload_type, packet.marker, packet.timestamp, now)
        leg.transmit(words, packet.payload)
