"""What a leg needs once a second: RTCP reports, a packet that keeps the path open, a look at the silence.

Legs are spread over the second so that a thousand of them never want their care at the same moment.
"""

from collections.abc import Callable, Iterator

from telephony.media.leg import Leg
from telephony.media.leg_path import connect
from telephony.media.messages import MediaConfig, MediaEvent, RtpTimeout
from telephony.media.wheel import Wheel


class LegCare:
    """The once-a-second work of all legs."""

    def __init__(self, config: MediaConfig, random: Callable[[], float]) -> None:
        self._config = config
        self._random = random
        self._wheel: Wheel[Leg] = Wheel(1.0, 50)

    def add(self, leg: Leg, now: float) -> None:
        leg.reports_in = self._report_interval()
        self._wheel.add(leg, now)

    def discard(self, leg: Leg) -> None:
        self._wheel.discard(leg)

    def next_at(self) -> float:
        return self._wheel.next_at()

    def handle_timer(self, now: float, utc_s: float) -> Iterator[MediaEvent]:
        for leg in self._wheel.due(now):
            leg.book_both()
            leg.keep_open(now)
            leg.reports_in -= 1
            if leg.reports_in <= 0:
                leg.reports_in = self._report_interval()
                self._report(leg, now, utc_s, goodbye=False)
            timeout = self._timeout(leg, now)
            if timeout is not None:
                yield timeout

    def say_goodbye(self, leg: Leg, now: float) -> None:
        """RFC 3550 6.3.7: "A participant that never sent an RTP or RTCP packet MUST NOT send a BYE"."""
        if not leg.outgoing.packets and not leg.reports.sent:
            return
        self._report(leg, now, leg.host.utc_s(), goodbye=True)

    def heard_at(self, leg: Leg) -> float:
        """When anything was last heard from the remote, RTCP included; or when its address was set."""
        return max(leg.opened_at, leg.incoming.heard_at, leg.reports.heard_at)

    def _timeout(self, leg: Leg, now: float) -> RtpTimeout | None:
        """Whether the remote is silent for too long: audio on a talking leg, anything at all on a held one."""
        if leg.remote is None:
            return None
        if leg.remote.receiving:
            heard_at, limit_s = max(leg.opened_at, leg.incoming.heard_at), self._config.rtp_timeout_s
        else:
            heard_at, limit_s = self.heard_at(leg), self._config.held_timeout_s
        if now - heard_at < limit_s or leg.told_silent_since == heard_at:
            return None
        leg.told_silent_since = heard_at
        return RtpTimeout(leg.leg_id, now - heard_at)

    def _report_interval(self) -> int:
        """3 to 7 seconds: RFC 3550 6.3.1's five, randomised so that reports do not synchronise."""
        return 3 + int(5 * self._random())

    def _report(self, leg: Leg, now: float, utc_s: float, *, goodbye: bool) -> None:
        remote = leg.remote
        if remote is None or leg.talked_to is None:
            return
        if leg.dtls is not None and (leg.srtp is None or not remote.rtcp_mux):
            return  # a port of its own would need a handshake of its own (RFC 5764 section 4.1): none is made
        saved = leg.wide.saved_out if leg.wide is not None else 0
        data = leg.reports.build(leg.outgoing, leg.incoming, now, utc_s, goodbye=goodbye, octets_saved=saved)
        if leg.srtp is not None:
            data = leg.srtp.seal_report(data)
        try:
            if remote.rtcp_mux:
                connect(leg)
            if remote.rtcp_mux and leg.sockets.connected is not None:
                leg.sockets.connected.send(data)
            else:
                host, port = leg.talked_to
                leg.sockets.rtcp.sendto(data, leg.rtcp_source or (host, port + 1))
        except OSError:
            leg.send_failures += 1  # nobody listens for RTCP there: ordinary
