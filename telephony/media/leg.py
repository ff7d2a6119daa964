"""A leg: one RTP conversation with one remote, its two streams and the source that feeds the outgoing one.

Packets that simply follow one another the packet loop carries by itself along the settled way (`way`): counted,
spooled if recorded, sent on if bridged. Every other packet comes to `hearing`. A command that changes the way
of packets closes it; the next packet then anchors the streams anew and opens the way again.

    who is heard     remote unknown > presumed (the address in SDP) > locked (first source of valid audio): `leg_path`
    what is sent     silence (a frame a second keeps the path open) | playback | bridge | conference; digits go
                     before all, an announcement before a bridge

Serves RFC 3550, RFC 4733 and RFC 4961 (symmetric RTP). Knows sockets, but neither epoll nor control.
"""

from typing import TYPE_CHECKING

import numpy as np

from telephony.media.g711 import ULAW_SILENCE, ULAW_TO_ALAW
from telephony.media.leg_digits import LegDigits
from telephony.media.leg_host import LegHost
from telephony.media.leg_ice import LegIce
from telephony.media.leg_path import has_moved, talk_to
from telephony.media.messages import PlaybackFinished, RemoteMedia
from telephony.media.playback import Playlist
from telephony.media.relaying import book
from telephony.media.reports import Reports
from telephony.media.rtp import COMFORT_NOISE_PAYLOAD_TYPE
from telephony.media.run import Run, book_run, close_run, open_run
from telephony.media.sinks import Sink, joined
from telephony.media.sockets import Address, LegSockets
from telephony.media.spool import CODEC_NUMBERS, SpoolWriter
from telephony.media.srtp import LegSrtp
from telephony.media.stream import HEADER, HEADER_SIZE, IncomingStream, OutgoingStream
from telephony.media.way import CLOSED, Send, Way
from telephony.media.wideband import Wideband, edge

if TYPE_CHECKING:
    from telephony.media.ear import Ear
    from telephony.media.leg_dtls import LegDtls
    from telephony.media.seat import Seat


class Leg:
    """Mutable; made, listed and closed by the room."""

    __slots__ = (
        "bridged",
        "channel",
        "codec_number",
        "digits",
        "dtls",
        "ear",
        "expected_types",
        "forward",
        "host",
        "ice",
        "incoming",
        "leg_id",
        "locked",
        "malformed",
        "opened_at",
        "outgoing",
        "paced_ms",
        "playlist",
        "recording_id",
        "refused",
        "relatch_since",
        "remote",
        "reports",
        "reports_in",
        "rtcp_source",
        "run",
        "seat",
        "send",
        "send_failures",
        "send_native",
        "sink",
        "sockets",
        "spool",
        "srtp",
        "talked_to",
        "told_silent_since",
        "translate",
        "unexpected",
        "unrelayable",
        "way",
        "wide",
    )

    def __init__(
        self, leg_id: str, sockets: LegSockets, outgoing: OutgoingStream, host: LegHost, now: float
    ) -> None:
        self.leg_id = leg_id
        self.sockets = sockets
        self.host = host
        self.opened_at = now
        """Or when the remote was last changed: silence is measured from here."""
        self.remote: RemoteMedia | None = None
        self.talked_to: Address | None = None
        """Whom the connected socket is connected to, or will be with the first packet either way."""
        self.srtp: LegSrtp | None = None
        self.ice: LegIce | None = None
        self.dtls: LegDtls | None = None
        """Keys by handshake: nothing but that comes and goes until `srtp` is there."""
        self.wide: Wideband | None = None
        """G.722 or Opus: what we hear and send is mu-law to all others here, but for legs of the same codec."""
        self.locked: Address | None = None
        self.incoming = IncomingStream()
        self.outgoing = outgoing
        self.reports = Reports(f"{leg_id}@cordboard")
        self.reports_in = 0
        """Seconds until the next RTCP report."""
        self.rtcp_source: Address | None = None
        # The way of a packet.
        self.way = Way()
        self.send: Send | None = None
        """None: we may not, or cannot, send."""
        self.send_native: Send | None = None
        """The same for audio that is in the remote's codec already."""
        self.bridged: Leg | None = None
        self.forward: Leg | None = None
        """The bridged leg, once its outgoing stream is anchored to our incoming one."""
        self.translate: bytes | None = None
        self.unrelayable: frozenset[int] = frozenset()
        """Sequence numbers from before the anchor: what comes late of them is not sent on."""
        # Recording.
        self.spool: SpoolWriter | None = None
        self.recording_id: str | None = None
        self.channel = 0
        self.codec_number = 0
        # Who else listens to the remote.
        self.seat: Seat | None = None
        self.ear: Ear | None = None
        self.sink: Sink | None = None
        """Spool, seat and ear as one; None: nobody."""
        # Sources of our own.
        self.run = Run()
        self.playlist: Playlist | None = None
        self.paced_ms = 0
        """The packet time at which the host calls `tick`; 0 when it does not."""
        self.digits = LegDigits()
        self.expected_types: frozenset[int] = frozenset()
        self.relatch_since: float | None = None
        self.told_silent_since = 0.0
        """When the silence began that `RtpTimeout` was sent for."""
        self.refused = self.malformed = self.unexpected = self.send_failures = 0

    # ------------------------------------------------------------------------------------------ commands

    def set_remote(self, remote: RemoteMedia, now: float) -> None:
        """Offer and answer are settled, for the first time or anew."""
        earlier, self.remote = self.remote, remote
        self.opened_at = now
        close_run(self)
        self.wide = edge(remote, self.wide)
        self.codec_number = CODEC_NUMBERS["PCMU" if self.wide is not None else remote.codec]
        self.reports.clock_ratio = self.wide.clock_ratio if self.wide is not None else 1
        self._join_sinks()
        types = (remote.payload_type, remote.dtmf_payload_type, COMFORT_NOISE_PAYLOAD_TYPE)
        self.expected_types = frozenset(number for number in types if number is not None)
        self.outgoing.configure(remote.payload_type, remote.ptime_ms)
        self.ice = LegIce(remote.ice) if remote.ice is not None else None
        keys = self.host.dtls.settle(self, earlier)
        if keys is None or self.srtp is None:
            self.srtp = LegSrtp(keys) if keys is not None else None
        else:
            self.srtp.rekey(keys)
        if earlier is None or has_moved(earlier, remote):
            self.locked = None
            talk_to(self, (remote.host, remote.port))
        else:
            self.relatch_since = now  # the remote may have moved behind its NAT; see `may_relatch`
            talk_to(self, self.talked_to or (remote.host, remote.port))
        self.restart_sources(now)

    def play(self, playlist: Playlist, now: float, *, announce: bool = False) -> None:
        """Play this instead of whatever plays; `announce`: also over a bridge, whose peer is not heard meanwhile."""
        if self.bridged is not None:
            if not announce:
                return  # the bridge came first; a late play must not break it
            self.bridged.unsettle()
        close_run(self)
        self.playlist = playlist
        if self.seat is not None:
            return  # the mixer puts it into what this leg hears
        self.outgoing.switch()
        self.host.pace(self, now)

    def stop_playback(self) -> None:
        close_run(self)
        self.playlist = None
        self.outgoing.switch()
        if not self.digits.sending:
            self.host.unpace(self)

    def bridge(self, peer: "Leg") -> None:
        """Our remote hears the peer's from now on, and the other way round."""
        for leg in (self, peer):
            leg.unbridge()
            leg.stop_playback()
        self.bridged, peer.bridged = peer, self
        self.unsettle()
        peer.unsettle()

    def unbridge(self) -> None:
        peer, self.bridged = self.bridged, None
        self.unsettle()
        self.outgoing.switch()
        if peer is not None:
            peer.unbridge()

    def send_digits(self, digits: str, now: float) -> None:
        """Queue digits. LocalProtocolError for what is no digit; nothing is sent if the remote takes none."""
        if self.remote is None or self.remote.dtmf_payload_type is None or self.send is None:
            return
        close_run(self)
        self.digits.sender.queue(digits)
        if self.bridged is not None:
            self.bridged.unsettle()
        self.host.pace(self, now)

    def record(self, spool: SpoolWriter | None, recording_id: str | None, channel: int = 0) -> None:
        """Spool what is heard from now on, or nothing more."""
        self.close_way()
        self.spool, self.recording_id, self.channel = spool, recording_id, channel
        self._join_sinks()

    def sit(self, seat: "Seat | None", now: float) -> None:
        """Take a seat in a conference, which ends bridge and playback; or leave it."""
        self.unbridge()
        if seat is not None:
            self.stop_playback()
        self.seat = seat
        self.reseat()
        if seat is None and self.playlist is not None:
            self.host.pace(self, now)  # an announcement that the mixer began goes on by itself

    def reseat(self) -> None:
        """The seat is another, or its audio is in another format now."""
        self.unsettle()
        self._join_sinks()

    def listen(self, ear: "Ear | None") -> None:
        """Let an ear hear what the remote says, or nobody any more."""
        self.close_way()
        self.ear = ear
        self._join_sinks()

    def pause(self) -> None:
        """Playback stands still; silence meanwhile."""
        if self.playlist is not None:
            close_run(self)
            self.playlist.paused = True
            self.outgoing.switch()

    def resume(self, now: float) -> None:
        """Playback goes on where it stood."""
        if self.playlist is not None and self.playlist.paused:
            self.playlist.paused = False
            self.outgoing.switch()
            if self.seat is None:
                self.host.pace(self, now)

    def seek(self, position_ms: int) -> None:
        """Playback goes on there, counted from the begin of its first file; paused or not."""
        if self.playlist is not None:
            close_run(self)
            self.playlist.seek(position_ms)

    def _join_sinks(self) -> None:
        spool, ear = self.spool, self.ear
        if self.wide is None:
            self.sink = joined((spool, self.seat, ear))
        else:
            seat = self.seat
            heard = self.wide.sampled(seat if seat is not None and seat.is_wide else None)
            self.sink = joined((self.wide.keeping(spool), heard or seat, self.wide.plain(ear)))

    # ------------------------------------------------------------------------------------ the settled way

    def close_way(self) -> None:
        """Let `hearing` look at the next packet; the streams stay anchored."""
        self.book()
        self.way.kind = CLOSED

    def unsettle(self) -> None:
        """Somebody else speaks or listens: the next packet starts anew for who hears it."""
        self.close_way()
        self.forward = None
        if self.wide is not None:
            peer, seat = self.bridged, self.seat
            self.wide.native = (seat is not None and seat.is_wide) or (
                peer is not None and peer.wide is not None and peer.wide.codec == self.wide.codec
            )

    def book(self) -> None:
        """Tell the streams what has passed on the settled way."""
        book(self)

    def book_both(self) -> None:
        """Make all figures of this leg current: its own way, and the one that feeds its outgoing stream."""
        self.book()
        book_run(self)
        if self.bridged is not None:
            self.bridged.book()

    # -------------------------------------------------------------------------------------- packets out

    @property
    def playback_table(self) -> bytes | None:
        """From the law of prompts to that of the remote."""
        return ULAW_TO_ALAW if self.codec_number else None

    def tick(self, now: float) -> None:
        """One packet time has passed and no run goes on: a digit's packet, or a frame that begins a run."""
        close_run(self)
        if self.dtls is not None and self.srtp is None:
            return  # what waits to be said is said once there are keys
        if self.digits.sending:
            self.digits.send_next(self, now)
            return
        playlist = self.playlist
        if playlist is None or playlist.paused or self.seat is not None:
            self.host.unpace(self)
            return
        frame = playlist.next_frame(self.outgoing.units)
        if frame is None:
            self.stop_playback()
            self.host.emit(PlaybackFinished(self.leg_id, playlist.play_id))
        elif self.send is not None:
            self._say(frame, playlist, now)
            open_run(self)

    def _say(self, frame: bytes, playlist: Playlist, now: float) -> None:
        words = self.outgoing.next_local(now)
        if playlist.is_wide and self.wide is not None:
            self.transmit(words, self.wide.encoded(np.frombuffer(frame, np.int16)), native=True)
            return
        if playlist.is_wide:
            frame = playlist.as_ulaw(frame)
        self.transmit(words, frame.translate(ULAW_TO_ALAW) if self.codec_number else frame)

    def jump(self) -> None:
        """Pacing gave up what should have been sent a while ago: the next packet's timestamp follows the clock."""
        close_run(self)
        self.outgoing.switch()

    def keep_open(self, now: float) -> None:
        """A frame of silence when nothing was sent for a second: NATs and the remote's own timeouts."""
        if self.bridged is not None:
            self.bridged.book()
        if (
            self.send is None
            or (self.playlist is not None and not self.playlist.paused)
            or now - self.outgoing.sent_at < 0.95
        ):
            return
        self._send_silence(now)

    def greet(self, now: float) -> None:
        """A frame of silence if we sent nothing yet: NATs, and phones that wait to hear us first, let audio in then.
        Two such phones that are bridged at once would wait for each other."""
        if self.send is not None and not self.outgoing.packets:
            self._send_silence(now)

    def _send_silence(self, now: float) -> None:
        if self.bridged is not None:
            self.bridged.unsettle()
        self.outgoing.switch()
        frame = bytes((ULAW_SILENCE,)) * self.outgoing.units
        self.transmit(
            self.outgoing.next_local(now), frame.translate(ULAW_TO_ALAW) if self.codec_number else frame
        )

    def transmit(self, words: tuple[int, int, int], payload: bytes, *, native: bool = False) -> None:
        """Send one packet; a full send buffer or an ICMP answer to an earlier packet loses it, counted."""
        send = self.send_native if native else self.send
        if send is None:
            return
        packet = self.host.packet
        size = HEADER_SIZE + len(payload)
        HEADER.pack_into(packet.data, 0, *words, self.outgoing.ssrc)
        packet.view[HEADER_SIZE:size] = payload
        try:
            send(packet.views[size])
        except OSError:
            self.send_failures += 1

    def restart_sources(self, now: float) -> None:
        """Who speaks to the remote begins anew: the way to it has changed."""
        self.unsettle()
        if self.bridged is not None:
            self.bridged.unsettle()
        self.outgoing.switch()
        if self.playlist is not None or self.digits.sending:
            self.host.pace(self, now)  # the packet time may have changed
        self.keep_open(now)
