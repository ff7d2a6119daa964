"""Two legs bridged."""

import pytest

from telephony.media.g711 import ULAW_TO_ALAW
from telephony.media.hearing import hear
from telephony.media.messages import (
    DigitReceived,
    PlaybackFinished,
)
from telephony.media.playback import Playlist
from telephony.media.way import CLOSED
from tests.telephony.media.leg_kit import event


@pytest.fixture
def pair(new_leg):
    a, bb = new_leg("a"), new_leg("bb")
    a.settle()
    bb.settle()
    a.leg.bridge(bb.leg)
    return a, bb


def test_who_speaks_is_heard_at_the_other_end(pair) -> None:
    a, bb = pair
    a.says(10.5, b"\x01" * 160)
    a.says(10.52, b"\x02" * 160)
    bb.says(10.53, b"\x03" * 160)
    first, second = bb.sent()
    assert (first.payload[0], second.payload[0]) == (1, 2)
    assert (first.ssrc, first.marker, second.marker) == (0xA2, True, False)
    assert (second.sequence - first.sequence, second.timestamp - first.timestamp) == (1, 160)
    assert a.sent()[0].payload[0] == 3
    assert a.leg.way.kind == 0x8000


def test_the_stream_runs_on_from_prompt_to_bridge_to_silence(pair) -> None:
    a, bb = pair
    bb.leg.unbridge()
    bb.leg.play(Playlist("p", [b"\x11" * 8000]), 11.0)
    bb.leg.tick(11.0)
    bb.leg.tick(11.02)
    a.leg.bridge(bb.leg)
    a.says(11.04)
    a.says(11.06)
    bb.leg.unbridge()
    bb.leg.keep_open(13.06)
    packets = bb.sent()
    assert [packet.sequence - packets[0].sequence for packet in packets] == [0, 1, 2, 3, 4]
    assert [packet.timestamp - packets[0].timestamp for packet in packets] == [0, 160, 320, 480, 2.06 * 8000]
    assert [packet.marker for packet in packets] == [True, False, True, False, True]
    assert len({packet.ssrc for packet in packets}) == 1


def test_bridging_ends_playback_without_an_event(pair, host) -> None:
    a, bb = pair
    a.leg.unbridge()
    assert bb.leg.bridged is None
    a.leg.play(Playlist("p", [b"\x11" * 8000]), 11.0)
    a.leg.bridge(bb.leg)
    assert a.leg.playlist is None
    a.leg.play(Playlist("q", [b"\x11" * 8000]), 11.0)
    assert a.leg.playlist is None
    assert not [one for one in host.events if isinstance(one, PlaybackFinished)]


def test_a_third_leg_takes_over(pair, new_leg) -> None:
    a, bb = pair
    c = new_leg("ccc")
    c.settle()
    a.says(10.5)
    a.leg.bridge(c.leg)
    assert (bb.leg.bridged, c.leg.bridged) == (None, a.leg)
    bb.sent()
    a.says(10.52)
    assert (len(bb.sent()), len(c.sent())) == (0, 1)


def test_two_laws_are_translated(new_leg) -> None:
    a, bb = new_leg("a"), new_leg("bb")
    a.settle(codec="PCMU")
    bb.settle(codec="PCMA")
    a.leg.bridge(bb.leg)
    a.says(10.5, bytes(range(160)))
    bb.says(10.5, b"\xd5" * 160)
    assert (bb.sent()[0].payload, a.sent()[0].payload) == (
        bytes(range(160)).translate(ULAW_TO_ALAW),
        b"\xfe" * 160,  # A-law has no zero; its smallest value is mu-law's second
    )


def test_events_pass_with_their_payload_type_mapped(new_leg, host) -> None:
    a, bb = new_leg("a"), new_leg("bb")
    a.settle(dtmf=101)
    bb.settle(dtmf=96)
    a.leg.bridge(bb.leg)
    a.says(10.5)
    a.says(10.52, event(1, 160), kind=101, timestamp=500, marker=True)
    a.says(10.54, event(1, 320, end=True), kind=101, timestamp=500)
    _, first, second = bb.sent()
    assert (first.payload_type, first.marker, first.timestamp) == (96, True, second.timestamp)
    assert DigitReceived("a", "1", 40) in host.events


def test_events_for_an_end_that_takes_none_leave_no_gap(new_leg) -> None:
    a, bb = new_leg("a"), new_leg("bb")
    a.settle(dtmf=101)
    bb.settle(dtmf=None)
    a.leg.bridge(bb.leg)
    a.says(10.5)
    a.says(10.52, event(1, 160), kind=101)
    a.says(10.54)
    first, second = bb.sent()
    assert second.sequence - first.sequence == 1


def test_comfort_noise_is_tolerated(pair) -> None:
    a, bb = pair
    a.says(10.5)
    a.says(10.52, b"\x40", kind=13)
    a.says(10.9)
    first, second = bb.sent()
    assert second.sequence - first.sequence == 1


def test_duplicates_are_not_passed_on_and_late_packets_are(pair) -> None:
    a, bb = pair
    packets = [a.packet() for _ in range(4)]
    for index in (0, 2, 2, 1, 3):
        hear(a.leg, packets[index], 10.5)
    sequences = [packet.sequence for packet in bb.sent()]
    assert [number - sequences[0] for number in sequences] == [0, 2, 1, 3]


def test_a_packet_from_before_the_bridge_does_not_follow_it(pair) -> None:
    a, bb = pair
    a.leg.unbridge()
    packets = [a.packet() for _ in range(3)]
    hear(a.leg, packets[0], 10.5)
    a.leg.bridge(bb.leg)
    hear(a.leg, packets[2], 10.54)
    hear(a.leg, packets[1], 10.55)
    assert len(bb.sent()) == 1


def test_a_remote_that_restarts_is_anchored_anew(pair) -> None:
    a, bb = pair
    a.says(10.5)
    a.says(10.52, ssrc=0x7777, sequence=9, timestamp=1)
    first, second = bb.sent()
    assert second.sequence - first.sequence == 1
    assert second.timestamp - first.timestamp == 160
    assert second.marker


def test_a_padded_packet_is_passed_on_plain(pair) -> None:
    a, bb = pair
    data = a.packet()
    hear(a.leg, bytes([data[0] | 0x20]) + data[1:] + b"\x00\x00\x03", 10.5)
    assert bb.sockets.sent[0][0] == 0x80
    assert len(bb.sent()[0].payload) == 160


def test_hold_and_resume(pair) -> None:
    a, bb = pair
    a.says(10.5)
    bb.settle(now=11.0, sending=False, receiving=False)
    bb.sent()
    a.says(11.1)
    bb.says(11.1)
    assert (a.sent(), bb.sent()) == ([], [])
    assert bb.leg.incoming.received == 1  # heard, counted, not passed on
    bb.settle(now=14.0)
    a.says(14.1)
    a.says(14.12)
    resumed = bb.sent()
    assert [packet.marker for packet in resumed] == [True, False]
    assert resumed[0].timestamp == 50_000 + round(4.1 * 8000)


def test_digits_to_a_bridged_leg_interrupt_its_audio_only(pair) -> None:
    a, bb = pair
    a.says(10.5)
    bb.leg.send_digits("1", 10.51)
    assert a.leg.way.kind == CLOSED
    for index in range(1, 15):
        a.says(10.5 + 0.02 * index)
        bb.leg.tick(10.5 + 0.02 * index)
    packets = bb.sent()
    assert [packet.payload_type for packet in packets][:10] == [0] + [101] * 8 + [0]
    sequences = [packet.sequence for packet in packets]
    assert sequences == list(range(sequences[0], sequences[0] + len(packets)))
    assert packets[9].marker


def test_a_silent_peer_lets_the_path_be_kept_open(pair) -> None:
    a, bb = pair
    a.says(10.5)
    bb.leg.keep_open(12.0)
    a.says(12.5)
    sequences = [packet.sequence for packet in bb.sent()]
    assert [number - sequences[0] for number in sequences] == [0, 1, 2]


def test_a_failed_send_is_counted(pair) -> None:
    a, bb = pair

    def refuse(_data: memoryview) -> int:
        raise ConnectionRefusedError

    bb.leg.send = refuse
    a.says(10.5)
    assert bb.leg.send_failures == 1
