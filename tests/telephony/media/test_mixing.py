"""Who hears whom, by frequency: every leg says a tone of its own."""

import numpy as np
import pytest

from telephony.media.g711 import linear_to_ulaw
from telephony.media.messages import PlaybackFinished
from telephony.media.mix_plan import plan
from telephony.media.playback import Playlist
from telephony.media.seat import Seat
from tests.telephony.media.mixing_kit import LEVEL, TONES_HZ, Talk, level_of, tone


@pytest.fixture
def talk(new_leg) -> Talk:
    return Talk(new_leg)


def test_conference_of_three(talk) -> None:
    for role in ("caller", "agent", "second"):
        talk.seat(role)
    talk.go()
    assert talk.hears("caller") == {"agent", "second"}
    assert talk.hears("agent") == {"caller", "second"}
    assert talk.hears("second") == {"caller", "agent"}


def test_conference_of_five_at_full_level(talk) -> None:
    for role in TONES_HZ:
        talk.seat(role)
    talk.go()
    for role in TONES_HZ:
        samples = talk.heard(role)
        for other, frequency in TONES_HZ.items():
            expected = 0 if other == role else LEVEL
            assert abs(level_of(samples, frequency) - expected) < LEVEL / 20


def test_listen(talk) -> None:
    talk.seat("caller")
    talk.seat("agent")
    talk.seat("supervisor", heard_by=())
    talk.go()
    assert talk.hears("caller") == {"agent"}
    assert talk.hears("agent") == {"caller"}
    assert talk.hears("supervisor") == {"caller", "agent"}


def test_whisper(talk) -> None:
    talk.seat("caller")
    talk.seat("agent")
    talk.seat("supervisor", heard_by=("agent",))
    talk.go()
    assert talk.hears("caller") == {"agent"}
    assert talk.hears("agent") == {"caller", "supervisor"}
    assert talk.hears("supervisor") == {"caller", "agent"}


def test_barge_follows_listen_without_a_gap(talk) -> None:
    talk.seat("caller")
    talk.seat("agent")
    talk.seat("supervisor", heard_by=())
    talk.go()
    first = talk.legs["caller"].sent()
    talk.seat("supervisor")
    talk.go()
    second = talk.legs["caller"].sockets.sent
    assert len(second) == 60
    assert int.from_bytes(second[0][2:4]) == first[-1].sequence + 1 & 0xFFFF
    assert talk.hears("caller") == {"agent", "supervisor"}
    assert talk.hears("agent") == {"caller", "supervisor"}


def test_hold_in_a_conference(talk) -> None:
    talk.seat("caller", hears=(), heard_by=())
    talk.seat("agent")
    talk.seat("second")
    talk.go()
    assert talk.hears("caller") == set()
    assert talk.hears("agent") == {"second"}
    assert talk.hears("second") == {"agent"}


def test_who_hears_only_some(talk) -> None:
    talk.seat("caller")
    talk.seat("agent", hears=("caller",))
    talk.seat("second")
    talk.go()
    assert talk.hears("agent") == {"caller"}
    assert talk.hears("caller") == {"agent", "second"}


def test_conferences_do_not_hear_each_other(talk) -> None:
    talk.seat("caller", conference="c1")
    talk.seat("agent", conference="c1")
    talk.seat("second", conference="c2")
    talk.seat("third", conference="c2")
    talk.seat("supervisor", conference="c2", heard_by=("second",))
    talk.go()
    assert talk.hears("caller") == {"agent"}
    assert talk.hears("second") == {"third", "supervisor"}
    assert talk.hears("third") == {"second"}
    assert talk.hears("supervisor") == {"second", "third"}


def test_legs_of_different_codecs_and_packet_times(talk) -> None:
    talk.seat("caller", codec="PCMA")
    talk.seat("agent", ptime_ms=40)
    talk.seat("second", codec="PCMA", ptime_ms=60)
    talk.go(120)
    assert {len(data) for data in talk.legs["agent"].sockets.sent} == {12 + 320}
    assert talk.hears("caller") == {"agent", "second"}
    assert talk.hears("agent") == {"caller", "second"}
    assert talk.hears("second") == {"agent", "caller"}


def test_announcement_to_one(talk, host) -> None:
    for role in ("caller", "agent"):
        talk.seat(role)
    prompt = linear_to_ulaw(tone(TONES_HZ["third"], 8000))
    talk.legs["caller"].leg.play(Playlist("p1", [prompt]), talk.now, announce=True)
    talk.go(50)
    assert talk.hears("caller") == {"agent", "third"}
    assert talk.hears("agent") == {"caller"}
    assert host.events[-1] != PlaybackFinished("caller", "p1")
    talk.go(50)
    assert PlaybackFinished("caller", "p1") in host.events
    assert talk.hears("caller") == {"agent"}


def test_leaving(talk) -> None:
    for role in ("caller", "agent", "second"):
        talk.seat(role)
    talk.mixer.leave(talk.legs["second"].leg, talk.now)
    talk.go()
    assert talk.hears("caller") == {"agent"}
    assert talk.heard("second").size == 0
    for role in ("caller", "agent"):
        talk.mixer.leave(talk.legs[role].leg, talk.now)
    assert (len(talk.mixer), talk.mixer.next_at()) == (0, float("inf"))


def test_the_stream_is_one_from_bridge_to_conference(talk) -> None:
    a, b = talk.new_leg("caller"), talk.new_leg("agent")
    a.settle()
    b.settle()
    a.leg.bridge(b.leg)
    b.says(10.02)
    talk.legs = {"caller": a, "agent": b}
    talk.seat("caller")
    assert b.leg.bridged is None
    talk.seat("agent")
    talk.go(10)
    packets = a.sent()
    assert [packet.sequence - packets[0].sequence & 0xFFFF for packet in packets] == list(range(10))
    assert packets[1].marker
    assert packets[1].timestamp == packets[0].timestamp + 160
    assert len({packet.ssrc for packet in packets}) == 1


def test_digits_go_before_the_conference(talk) -> None:
    talk.seat("caller")
    talk.seat("agent")
    talk.legs["caller"].leg.send_digits("7", talk.now)
    talk.go(3)
    assert talk.legs["caller"].sockets.sent == []
    for _ in range(20):
        talk.now += 0.02
        talk.legs["caller"].leg.tick(talk.now)
    talk.go(3)
    types = [packet.payload_type for packet in talk.legs["caller"].sent()]
    assert set(types[:8]) == {101}
    assert types[-3:] == [0, 0, 0]


def test_a_process_that_was_stopped_sends_no_past(talk) -> None:
    talk.seat("caller")
    talk.seat("agent")
    talk.go(3)
    talk.legs["caller"].sockets.sent.clear()
    talk.mixer.tick(talk.now + 5)
    assert len(talk.legs["caller"].sockets.sent) == 1


def test_loud_talk_is_clipped_and_does_not_wrap(new_leg) -> None:
    seats = [Seat(new_leg(str(index)).leg, "c", "x") for index in range(4)]
    heard = np.full((4, 160), 30000, dtype=np.int16)
    heard[3] = -30000
    mixed = plan([seats]).mix(heard)
    assert mixed[3].tolist() == [32767] * 160
    assert mixed[0].tolist() == [30000] * 160


def test_an_empty_plan() -> None:
    assert plan([]).mix(np.zeros((0, 160), dtype=np.int16)).shape == (0, 160)
