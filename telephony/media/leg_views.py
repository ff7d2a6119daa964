"""A leg as control sees it: figures and facts copied out of the live object."""

from dataclasses import replace

from telephony.media.leg import Leg
from telephony.media.messages import LegInfo, LegStatistics, Source
from telephony.media.quality import mean_opinion_score


def leg_statistics(leg: Leg) -> LegStatistics:
    leg.book_both()
    incoming, reports = leg.incoming, leg.reports
    saved_in, saved_out = (leg.wide.saved_in, leg.wide.saved_out) if leg.wide is not None else (0, 0)
    return LegStatistics(
        packets_received=incoming.received + incoming.duplicates,
        bytes_received=incoming.octets - saved_in,
        packets_sent=leg.outgoing.packets,
        bytes_sent=leg.outgoing.octets - saved_out,
        lost=incoming.lost,
        out_of_order=incoming.out_of_order,
        duplicates=incoming.duplicates,
        jitter_ms=incoming.jitter / 8,
        refused=leg.refused,
        malformed=leg.malformed,
        unexpected=leg.unexpected,
        unauthentic=leg.srtp.unauthentic if leg.srtp is not None else 0,
        send_failures=leg.send_failures,
        digits_received=leg.digits.received,
        digits_sent=leg.digits.sent,
        round_trip_ms=reports.round_trip_ms,
        remote_lost=reports.remote_lost,
        remote_jitter_ms=reports.remote_jitter_ms,
        mos=_score(leg),
    )


def leg_info(leg: Leg, worker: int) -> LegInfo:
    source: Source = "silence"
    if leg.bridged is not None:
        source = "bridge"
    elif leg.seat is not None:
        source = "conference"
    elif leg.playlist is not None:
        source = "playback"
    return LegInfo(
        leg_id=leg.leg_id,
        port=leg.sockets.port,
        worker=worker,
        remote=replace(leg.remote, srtp=None) if leg.remote is not None else None,
        source=source,
        locked=leg.locked,
        play_id=leg.playlist.play_id if leg.playlist is not None else None,
        bridged_with=leg.bridged.leg_id if leg.bridged is not None else None,
        recording_id=leg.recording_id,
        statistics=leg_statistics(leg),
        conference=leg.seat.conference_id if leg.seat is not None else None,
        role=leg.seat.role if leg.seat is not None else None,
    )


def _score(leg: Leg) -> float | None:
    incoming = leg.incoming
    if not incoming.received or leg.remote is None:
        return None
    return mean_opinion_score(
        leg.remote.codec,
        round_trip_ms=leg.reports.round_trip_ms,
        jitter_ms=incoming.jitter / 8,
        loss_percent=100 * incoming.lost / incoming.expected_packets,
        ptime_ms=leg.remote.ptime_ms,
    )
