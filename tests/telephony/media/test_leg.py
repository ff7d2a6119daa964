"""What a leg sends of its own: prompts, digits, announcements."""

import pytest

from telephony.media.g711 import ULAW_TO_ALAW
from telephony.media.messages import (
    DigitReceived,
    DigitStarted,
    PlaybackFinished,
)
from telephony.media.playback import Playlist
from tests.telephony.media.leg_kit import event


def test_prompt_packets(new_leg, host) -> None:
    a = new_leg("a")
    a.settle()
    a.leg.play(Playlist("p1", [b"\x11" * 400]), 10.5)
    assert a.leg in host.paced
    for index in range(4):
        a.leg.tick(10.5 + 0.02 * index)
    packets = a.sent()
    assert [len(packet.payload) for packet in packets] == [160] * 3
    assert [packet.marker for packet in packets] == [True, False, False]
    assert [packet.timestamp - packets[0].timestamp for packet in packets] == [0, 160, 320]
    assert host.events == [PlaybackFinished("a", "p1")]
    assert a.leg not in host.paced


def test_prompt_for_a_law(new_leg) -> None:
    a = new_leg("a")
    a.settle(codec="PCMA")
    a.leg.play(Playlist("p1", [bytes(range(160))]), 10.5)
    a.leg.tick(10.5)
    assert a.sent()[0].payload == bytes(range(160)).translate(ULAW_TO_ALAW)


@pytest.mark.parametrize("ptime_ms", [10, 20, 30, 40, 60])
def test_packet_times(new_leg, ptime_ms) -> None:
    a = new_leg("a")
    a.settle(ptime_ms=ptime_ms)
    a.leg.play(Playlist("p1", [b"\x11" * 4000]), 10.5)
    a.leg.tick(10.5)
    a.leg.tick(10.5 + ptime_ms / 1000)
    first, second = a.sent()
    assert len(first.payload) == second.timestamp - first.timestamp == ptime_ms * 8


def test_a_play_that_is_replaced_or_stopped_says_nothing(new_leg, host) -> None:
    a = new_leg("a")
    a.settle()
    a.leg.play(Playlist("p1", [b"\x11" * 320]), 10.5)
    a.leg.tick(10.5)
    a.leg.play(Playlist("p2", [b"\x22" * 320]), 10.6)
    a.leg.tick(10.6)
    a.leg.stop_playback()
    a.leg.tick(10.62)
    one, two = a.sent()
    assert (one.payload[0], two.payload[0], two.marker) == (0x11, 0x22, True)
    assert host.events == []


def test_time_runs_on_while_we_may_not_send(new_leg, host) -> None:
    a = new_leg("a")
    a.settle(sending=False)
    a.leg.play(Playlist("p1", [b"\x11" * 320]), 10.5)
    for index in range(3):
        a.leg.tick(10.5 + 0.02 * index)
    a.leg.keep_open(15.0)
    assert a.sent() == []
    assert host.events == [PlaybackFinished("a", "p1")]


def test_a_digit_stops_the_prompt_as_soon_as_its_key_goes_down(new_leg, host) -> None:
    a = new_leg("a")
    a.settle()
    a.leg.play(Playlist("p1", [b"\x11" * 8000], stop_at="5#"), 10.5)
    a.says(10.6, event(4, 160), kind=101, timestamp=7000)
    a.says(10.7, event(4, 320, end=True), kind=101, timestamp=7000)
    assert a.leg.playlist is not None
    a.says(10.8, event(5, 160), kind=101, timestamp=9000)
    assert a.leg.playlist is None
    assert host.events[1:] == [
        DigitStarted("a", "4"),
        DigitReceived("a", "4", 40),
        DigitStarted("a", "5"),
        PlaybackFinished("a", "p1", stopped_by="5"),
    ]


def test_silence_keeps_the_path_open_once_a_second(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    a.leg.keep_open(10.5)
    a.leg.keep_open(11.5)
    (packet,) = a.sent()
    assert packet.payload == b"\xff" * 160
    assert packet.timestamp == 50_000 + 1.5 * 8000


def test_digits_out_replace_audio_and_audio_goes_on_behind(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    a.leg.play(Playlist("p1", [b"\x11" * 8000]), 10.5)
    a.leg.tick(10.5)
    a.leg.send_digits("1", 10.51)
    for index in range(1, 15):
        a.leg.tick(10.5 + 0.02 * index)
    packets = a.sent()
    assert [packet.payload_type for packet in packets] == [0] + [101] * 8 + [0, 0]
    assert [packet.sequence for packet in packets] == list(
        range(packets[0].sequence, packets[0].sequence + 11)
    )
    assert len({packet.timestamp for packet in packets[1:9]}) == 1
    assert packets[9].marker
    assert packets[9].timestamp - packets[0].timestamp == 13 * 160
    assert a.leg.digits.sent == 1


def test_digits_to_a_remote_that_takes_none(new_leg, host) -> None:
    a = new_leg("a")
    a.settle(dtmf=None)
    a.leg.send_digits("1", 10.5)
    assert a.leg not in host.paced


def test_a_lost_end_is_noticed(new_leg, host) -> None:
    a = new_leg("a")
    a.settle()
    a.says(10.5, event(7, 160), kind=101)
    assert a.leg in host.keys
    assert a.leg.digits.check_key(a.leg, 10.55)
    assert not a.leg.digits.check_key(a.leg, 10.61)
    assert host.events[-1] == DigitReceived("a", "7", 20)


def test_a_malformed_event_is_counted(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    a.says(10.5, b"\x01", kind=101)
    assert a.leg.malformed == 1


def test_who_was_sent_nothing_yet_is_greeted(new_leg) -> None:
    a, b = new_leg("a"), new_leg("b")
    a.leg.greet(10.0)  # nobody is there
    a.settle()
    b.settle()
    a.leg.bridge(b.leg)
    a.leg.greet(10.01)
    [silence] = a.sent()
    assert silence.payload == bytes([0xFF]) * 160
    a.leg.greet(10.02)
    assert a.sent() == b.sent() == []


def test_an_announcement_is_heard_by_one_side_of_a_bridge_only(new_leg, host) -> None:
    a, b = new_leg("a"), new_leg("b")
    a.settle()
    b.settle()
    a.leg.bridge(b.leg)
    a.says(10.02)
    b.says(10.02)
    a.sent(), b.sent()
    a.leg.play(Playlist("p1", [b"\x11" * 320]), 10.03, announce=True)
    a.leg.tick(10.04)
    a.says(10.04, b"\x21" * 160)
    b.says(10.04, b"\x22" * 160)
    assert [packet.payload[0] for packet in a.sent()] == [0x11]
    assert [packet.payload[0] for packet in b.sent()] == [0x21]
    a.leg.tick(10.06)
    a.leg.tick(10.08)
    b.says(10.09, b"\x22" * 160)
    prompt, talk = a.sent()
    assert (prompt.payload[0], talk.payload[0], talk.marker) == (0x11, 0x22, True)
    assert talk.sequence == prompt.sequence + 1
    assert host.events[-1] == PlaybackFinished("a", "p1")
    assert a.leg.bridged is b.leg


def test_an_ordinary_play_does_not_break_a_bridge(new_leg) -> None:
    a, b = new_leg("a"), new_leg("b")
    a.settle()
    b.settle()
    a.leg.bridge(b.leg)
    a.leg.play(Playlist("p1", [b"\x11" * 320]), 10.03)
    assert a.leg.playlist is None


def test_pause_and_resume_lose_nothing(new_leg, host) -> None:
    a = new_leg("a")
    a.settle()
    prompt = bytes(range(200)) * 8
    a.leg.play(Playlist("p1", [prompt]), 10.0)
    for index in range(3):
        a.leg.tick(10.0 + 0.02 * index)
    a.leg.pause()
    a.leg.tick(10.06)
    assert a.leg not in host.paced
    a.leg.keep_open(11.5)
    a.leg.resume(12.0)
    assert a.leg in host.paced
    a.leg.tick(12.0)
    packets = a.sent()
    assert packets[3].payload == b"\xff" * 160  # a pause keeps the path open like any silence
    heard = packets[:3] + packets[4:]
    assert b"".join(packet.payload for packet in heard) == prompt[:640]
    assert packets[4].marker
    assert packets[4].timestamp - packets[2].timestamp == 8000 * 1.96


def test_seek_forward_and_back(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    one, two = bytes(range(200)) * 4, bytes(range(100, 200)) * 8
    a.leg.play(Playlist("p1", [one, two]), 10.0)
    a.leg.tick(10.0)
    a.leg.seek(125)
    a.leg.tick(10.02)
    a.leg.seek(0)
    a.leg.tick(10.04)
    whole = one + two
    assert [packet.payload for packet in a.sent()] == [whole[:160], whole[1000:1160], whole[:160]]


def test_seek_behind_the_end(new_leg, host) -> None:
    a = new_leg("a")
    a.settle()
    a.leg.play(Playlist("p1", [b"\x11" * 800]), 10.0)
    a.leg.seek(5000)
    a.leg.tick(10.02)
    assert host.events == [PlaybackFinished("a", "p1")]


def test_nothing_plays_and_nothing_is_controlled(new_leg, host) -> None:
    a = new_leg("a")
    a.settle()
    a.leg.pause()
    a.leg.seek(5)
    a.leg.resume(10.0)
    assert a.leg not in host.paced
