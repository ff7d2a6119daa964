"""Where packets belong, without any file."""

from __future__ import annotations

from recordings.timeline import RATE_HZ, Timeline
from telephony.media.spool import SpoolPacket


def packet(arrival_s: float, timestamp: int, ssrc: int = 1) -> SpoolPacket:
    return SpoolPacket(0, round(arrival_s * 1e9), timestamp % 2**32, ssrc, "PCMU", b"\xff" * 160)


def test_the_first_packet_lies_where_it_arrived_and_the_others_by_timestamp() -> None:
    timeline = Timeline()
    assert timeline.place(packet(1.0, 500)) == RATE_HZ
    assert timeline.place(packet(1.9, 660)) == RATE_HZ + 160, "however late it is"
    assert timeline.place(packet(1.9, 340)) == RATE_HZ - 160, "one from before the first"


def test_timestamps_wrap_at_32_bits() -> None:
    timeline = Timeline()
    assert timeline.place(packet(0.0, 2**32 - 160)) == 0
    assert timeline.place(packet(0.02, 2**32)) == 160


def test_nothing_lies_before_the_beginning() -> None:
    timeline = Timeline()
    timeline.place(packet(0.0, 1000))
    assert timeline.place(packet(0.01, 840)) == 0


def test_a_slow_clock_is_followed() -> None:
    """100 parts in a million over an hour are 0.36 s: the sender's clock holds."""
    timeline = Timeline()
    timeline.place(packet(0.0, 0))
    assert timeline.place(packet(3600.36, 3600 * RATE_HZ)) == 3600 * RATE_HZ


def test_after_straying_the_arrival_holds_again() -> None:
    timeline = Timeline()
    timeline.place(packet(0.0, 0))
    assert timeline.place(packet(1.0, 2**31 - 1)) == RATE_HZ
    assert timeline.place(packet(1.02, 2**31 + 159)) == RATE_HZ + 160
