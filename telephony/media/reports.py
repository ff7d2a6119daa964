"""A leg's RTCP conversation, sans-IO (RFC 3550 section 6.4): what we report, and what we are told.

Owns no stream: it reads the two streams of the leg when it builds a report. `now` is monotonic seconds, `utc_s`
seconds since 1970, which sender reports carry.
"""

from telephony.media.rtcp import (
    Goodbye,
    ReceiverReport,
    ReportBlock,
    RtcpPacket,
    SenderReport,
    SourceDescription,
    compound,
    middle_bits,
    ntp_time,
    parse_compound,
    round_trip_s,
)
from telephony.media.stream import NEVER, IncomingStream, OutgoingStream


class Reports:
    """Sender and receiver reports of one leg."""

    __slots__ = (
        "_last_report",
        "_last_report_at",
        "_packets_reported",
        "canonical_name",
        "clock_ratio",
        "heard_at",
        "remote_jitter_ms",
        "remote_lost",
        "round_trip_ms",
        "sent",
    )

    def __init__(self, canonical_name: str) -> None:
        self.canonical_name = canonical_name
        self.clock_ratio = 1
        """Units of the remote's RTP clock in one of 8 kHz, which the streams count in."""
        self.heard_at = 0.0
        self.sent = 0
        self.round_trip_ms: float | None = None
        self.remote_lost = 0
        self.remote_jitter_ms = 0.0
        self._last_report = 0  # middle bits of the remote's last SR
        self._last_report_at = 0.0
        self._packets_reported = 0

    def build(
        self,
        outgoing: OutgoingStream,
        incoming: IncomingStream,
        now: float,
        utc_s: float,
        *,
        goodbye: bool = False,
        octets_saved: int = 0,
    ) -> bytes:
        """The next compound packet: SR if we sent since the last one, else RR; SDES; BYE at the end.

        `octets_saved`: so many fewer were sent than the stream counts."""
        self.sent += 1
        blocks = (self._block(incoming, now),) if incoming.ssrc != NEVER else ()
        report: RtcpPacket = ReceiverReport(outgoing.ssrc, blocks)
        if outgoing.packets != self._packets_reported:
            self._packets_reported = outgoing.packets
            report = SenderReport(
                ssrc=outgoing.ssrc,
                ntp_time=ntp_time(utc_s),
                timestamp=outgoing.media_time(now) * self.clock_ratio & 0xFFFFFFFF,
                packets=outgoing.packets,
                octets=outgoing.octets - octets_saved,
                blocks=blocks,
            )
        packets = [report, SourceDescription(((outgoing.ssrc, self.canonical_name),))]
        if goodbye:
            packets.append(Goodbye((outgoing.ssrc,)))
        return compound(packets)

    def receive(self, data: bytes, our_ssrc: int, now: float, utc_s: float) -> None:
        """Read one datagram. RemoteProtocolError if it is no RTCP."""
        packets = parse_compound(data)
        self.heard_at = now
        for packet in packets:
            if isinstance(packet, SenderReport):
                self._last_report = middle_bits(packet.ntp_time)
                self._last_report_at = now
            if isinstance(packet, SenderReport | ReceiverReport):
                for block in packet.blocks:
                    if block.ssrc == our_ssrc:
                        self._learn(block, utc_s)

    def _learn(self, block: ReportBlock, utc_s: float) -> None:
        self.remote_lost = max(0, block.lost)
        self.remote_jitter_ms = block.jitter / 8 / self.clock_ratio
        seconds = round_trip_s(block, ntp_time(utc_s))
        if seconds is not None:
            self.round_trip_ms = 1000 * seconds

    def _block(self, incoming: IncomingStream, now: float) -> ReportBlock:
        delay = round((now - self._last_report_at) * 65536) if self._last_report else 0
        return ReportBlock(
            ssrc=incoming.ssrc,
            fraction_lost=incoming.fraction_lost(),
            lost=incoming.expected_packets - incoming.received,
            highest_sequence=incoming.highest & 0xFFFFFFFF,
            jitter=round(incoming.jitter * self.clock_ratio),
            last_sender_report=self._last_report,
            delay_since_last=min(delay, 0xFFFFFFFF),
        )
