from telephony.media.dtmf import TelephoneEvent
from telephony.media.g711 import ULAW_TO_ALAW
from telephony.media.messages import DigitStarted, PlaybackFinished
from telephony.media.playback import Playlist
from telephony.media.run import CLOSED, send_frames

PROMPT = bytes(range(256)) * 10  # 16 frames of 160


def play(a, *, files=(PROMPT,), ticks: int = 5, now: float = 10.5, **more) -> None:
    a.leg.play(Playlist("p1", list(files), **more), now)
    tick(a, ticks, now)


def tick(a, ticks: int, now: float) -> None:
    for index in range(ticks):
        send_frames([a.leg], a.host.packet, now + 0.02 * index)


def test_a_run_carries_on_what_the_first_packet_began(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    play(a)
    packets = a.sent()
    assert b"".join(packet.payload for packet in packets) == PROMPT[:800]
    assert [packet.marker for packet in packets] == [True, False, False, False, False]
    assert [packet.sequence - packets[0].sequence for packet in packets] == [0, 1, 2, 3, 4]
    assert [packet.timestamp - packets[0].timestamp for packet in packets] == [0, 160, 320, 480, 640]
    assert {packet.ssrc for packet in packets} == {a.leg.outgoing.ssrc}


def test_what_a_run_sent_is_booked_when_somebody_looks(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    before = a.leg.outgoing.packets
    play(a, ticks=5)
    a.leg.book_both()
    outgoing = a.leg.outgoing
    last = a.sent()[-1]
    assert (outgoing.packets - before, outgoing.sequence, outgoing.timestamp) == (
        5,
        last.sequence,
        last.timestamp,
    )
    assert outgoing.sent_at == 10.58
    a.leg.book_both()
    assert outgoing.packets - before == 5


def test_a_run_crosses_files_without_a_gap(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    play(a, files=(PROMPT[:500], PROMPT[500:]), ticks=18)
    packets = a.sent()
    assert b"".join(packet.payload for packet in packets) == PROMPT
    assert sum(packet.marker for packet in packets) == 1
    assert a.host.events == [PlaybackFinished("a", "p1")]
    assert a.leg not in a.host.paced


def test_a_loop_goes_on_for_ever(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    play(a, files=(PROMPT[:500],), ticks=20, loop=True)
    assert b"".join(packet.payload for packet in a.sent()) == (PROMPT[:500] * 7)[:3200]


def test_a_law(new_leg) -> None:
    a = new_leg("a")
    a.settle(codec="PCMA")
    play(a, ticks=3)
    assert b"".join(packet.payload for packet in a.sent()) == PROMPT[:480].translate(ULAW_TO_ALAW)


def test_digits_go_before_a_run_and_the_prompt_goes_on_behind_them(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    play(a, ticks=3)
    a.leg.send_digits("5", 10.56)
    tick(a, 20, 10.56)
    packets = a.sent()
    audio = [packet for packet in packets if packet.payload_type == 0]
    assert b"".join(packet.payload for packet in audio) == PROMPT[: 160 * len(audio)]
    assert any(packet.payload_type == 101 for packet in packets)
    assert [packet.sequence - packets[0].sequence for packet in packets] == list(range(len(packets)))
    assert audio[3].marker


def test_a_key_stops_a_run_at_once(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    play(a, ticks=3, stop_at="5")
    a.sent()
    a.says(10.57, bytes(TelephoneEvent(5, False, 10, 160)), kind=101)
    tick(a, 2, 10.58)
    assert a.sent() == []
    assert a.host.events[-2:] == [DigitStarted("a", "5"), PlaybackFinished("a", "p1", stopped_by="5")]


def test_another_play_begins_at_its_own_start(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    play(a, ticks=3)
    a.sent()
    play(a, files=(PROMPT[::-1],), ticks=2, now=10.56)
    first, _ = a.sent()
    assert (first.payload, first.marker) == (PROMPT[::-1][:160], True)


def test_a_jump_of_the_clock_shows_in_the_timestamp(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    play(a, ticks=2)
    a.leg.jump()
    tick(a, 2, 11.54)
    packets = a.sent()
    assert packets[2].timestamp - packets[1].timestamp == round(8000 * (11.54 - 10.52))
    assert packets[2].marker
    assert b"".join(packet.payload for packet in packets) == PROMPT[:640]


def test_a_packet_time_without_a_struct_of_its_own_is_played_frame_by_frame(new_leg) -> None:
    a = new_leg("a")
    a.settle(ptime_ms=25)
    play(a, ticks=3)
    assert a.leg.run.end == CLOSED
    assert b"".join(packet.payload for packet in a.sent()) == PROMPT[:600]


def test_a_send_that_fails_is_counted(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    play(a, ticks=1)

    def refuse(_data: memoryview) -> int:
        raise OSError

    a.leg.run.send = refuse
    tick(a, 2, 10.52)
    a.leg.book_both()
    assert a.leg.send_failures == 2
