"""Timestamps and telephone-events between 48 kHz and 8 kHz, over wrap-around, lateness and long keys."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.media.dtmf import DigitReceiver, KeyDown, KeyUp
from telephony.media.rtp_clock import RtpClock

EVENT = struct.Struct("!BBH")
END = 0x80


@given(st.integers(0, 2**32 - 1), st.lists(st.sampled_from([120, 480, 960, 1920, 2880]), max_size=50))
def test_audio_keeps_its_steps_in_both_directions(start: int, steps: list[int]) -> None:
    clock, timestamp = RtpClock(6, 6), start
    first = clock.inward(start)
    inside = first
    for step in steps:
        timestamp = (timestamp + step) % 2**32
        inside = (inside + step // 6) % 2**32
        assert clock.inward(timestamp) == inside
        assert (clock.outward(inside) - clock.outward(first) - (timestamp - start)) % 2**32 == 0


def test_a_late_packet_lies_where_it_belongs() -> None:
    clock = RtpClock(6, 6)
    first = clock.inward(2**32 - 480)
    assert clock.inward(1440) == (first + 320) % 2**32
    assert clock.inward(480) == (first + 160) % 2**32


def test_events_are_told_in_the_inner_clock_and_back() -> None:
    clock = RtpClock(6, 6)
    inside = clock.inward(96_000)
    timestamp, payload = clock.event_inward(96_960, EVENT.pack(5, 10, 4800))
    assert (timestamp, EVENT.unpack(payload)) == (inside + 160, (5, 10, 800))
    assert clock.event_outward(timestamp, payload) == (
        clock.outward(inside) + 960,
        EVENT.pack(5, 10, 4800),
    )


def test_events_whose_clock_is_8_khz_keep_their_durations() -> None:
    clock = RtpClock(6, 1)
    timestamp, payload = clock.event_inward(6000, EVENT.pack(5, END, 800))
    assert payload == EVENT.pack(5, END, 800)
    assert clock.event_outward(timestamp, payload)[1] == payload


def test_a_key_held_for_long_is_one_key_inside() -> None:
    clock, receiver, happened = RtpClock(6, 6), DigitReceiver(), []
    start = 2**32 - 50_000
    for segment in range(3):
        for duration in range(960, 65_536, 960):
            at, payload = clock.event_inward((start + segment * 65_535) % 2**32, EVENT.pack(7, 10, duration))
            happened += receiver.receive(payload, at, segment + duration / 65_536)
    at, payload = clock.event_inward((start + 2 * 65_535) % 2**32, EVENT.pack(7, END, 65_500))
    happened += receiver.receive(payload, at, 3.0)
    assert happened == [KeyDown("7"), KeyUp("7", pytest.approx(4095, abs=1))]


@given(st.integers(0, 2**32 - 1), st.integers(0, 0xFFFF))
def test_a_long_duration_goes_out_in_segments_that_come_in_as_one(timestamp: int, duration: int) -> None:
    out, back = RtpClock(6, 6), RtpClock(6, 6)
    starts = set()
    for told in (*range(0, duration, 480), duration):
        at, payload = out.event_outward(timestamp, EVENT.pack(3, 10, told))
        inside, inner = back.event_inward(at, payload)
        starts.add(inside)
        assert EVENT.unpack(inner)[2] == told
        assert EVENT.unpack(payload)[2] <= 0xFFFF
    assert len(starts) == 1


def test_an_older_key_that_comes_late_does_not_disturb() -> None:
    clock = RtpClock(6, 6)
    old, _ = clock.event_inward(9600, EVENT.pack(1, END, 4800))
    new, _ = clock.event_inward(48_000, EVENT.pack(1, 10, 960))
    assert clock.event_inward(9600, EVENT.pack(1, END, 4800))[0] == old
    assert clock.event_inward(48_000, EVENT.pack(1, 10, 1920))[0] == new
    assert clock.event_inward(5, b"\x01") == (5, b"\x01")
