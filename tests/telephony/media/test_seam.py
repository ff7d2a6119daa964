"""From a bridge into a conference and back: nobody who listens may notice."""

from itertools import pairwise

import numpy as np
import pytest

from telephony.media.g711 import linear_to_ulaw, ulaw_to_linear
from telephony.media.playback import Playlist
from telephony.media.rtp import RtpPacket
from telephony.media.seam import PATIENCE, sew_out
from tests.telephony.media.mixing_kit import LEVEL, TONES_HZ, Talk, level_of, tone


@pytest.fixture
def talk(new_leg) -> Talk:
    talk = Talk(new_leg)
    for role in ("caller", "agent"):
        talk.legs[role] = new_leg(role)
        talk.legs[role].settle(talk.now)
    talk.legs["caller"].leg.bridge(talk.legs["agent"].leg)
    return talk


def into_the_room(talk: Talk) -> None:
    talk.seat("caller")
    talk.seat("agent")


def back(talk: Talk) -> None:
    legs = talk.legs["caller"].leg, talk.legs["agent"].leg
    assert talk.mixer.part(*legs, talk.now)
    legs[0].bridge(legs[1])
    sew_out(legs)


def played(packets: list[RtpPacket]) -> np.ndarray:
    """What a receiver plays that trusts timestamps alone."""
    first = packets[0].timestamp
    samples = np.zeros(packets[-1].timestamp - first + 160, dtype=np.int16)
    for packet in packets:
        at = packet.timestamp - first
        samples[at : at + len(packet.payload)] = ulaw_to_linear(packet.payload)
    return samples


def assert_unbroken(packets: list[RtpPacket], frequency_hz: int) -> None:
    """One stream, and the tone in it never skips, repeats or pauses: its phase is the same all along."""
    for one, other in pairwise(packets):
        assert (other.sequence - one.sequence & 0xFFFF, other.timestamp - one.timestamp) == (1, 160)
        assert other.ssrc == one.ssrc
    samples = played(packets)
    at = np.arange(len(samples))
    turned = samples * np.exp(-2j * np.pi * frequency_hz * at / 8000)
    phases = np.angle([np.mean(part) for part in np.split(turned, len(samples) // 160)])
    assert np.max(np.abs(phases - phases[0])) < 0.1
    assert level_of(samples, frequency_hz) == pytest.approx(LEVEL, rel=0.03)


def test_into_the_room_and_back_the_tone_runs_on(talk) -> None:
    talk.go(10)
    into_the_room(talk)
    talk.go(25)
    back(talk)
    talk.go(10)
    for listener, speaker in (("caller", "agent"), ("agent", "caller")):
        packets = talk.legs[listener].sent()
        assert len(packets) == 45  # nothing was lost, nothing was put in
        assert_unbroken(packets, TONES_HZ[speaker])


def test_there_and_back_many_times(talk) -> None:
    for frames in range(1, 12):
        talk.go(3)
        into_the_room(talk)
        talk.go(frames)
        back(talk)
    talk.go(3)
    assert_unbroken(talk.legs["caller"].sent(), TONES_HZ["agent"])


def test_there_and_back_in_the_same_moment(talk) -> None:
    talk.go(5)
    into_the_room(talk)
    back(talk)
    talk.go(5)
    packets = talk.legs["agent"].sent()
    assert len(packets) == 10
    assert_unbroken(packets, TONES_HZ["caller"])


def test_a_listener_who_comes_and_goes_changes_nothing(talk) -> None:
    talk.go(10)
    into_the_room(talk)
    talk.seat("supervisor", heard_by=())
    talk.go(20)
    talk.seat("supervisor", heard_by=("agent",))
    talk.go(20)
    talk.mixer.leave(talk.legs["supervisor"].leg, talk.now)
    back(talk)
    talk.go(10)
    assert_unbroken(talk.legs["caller"].sent(), TONES_HZ["agent"])


def test_where_nobody_speaks_there_is_silence_soon(talk) -> None:
    talk.go(5)
    into_the_room(talk)
    talk.legs["agent"].sent()
    caller = talk.legs.pop("caller")  # says nothing any more
    talk.go(20)
    packets = talk.legs["agent"].sent()
    assert len(packets) == 20 - PATIENCE + 1
    assert not np.any(played(packets))
    caller.sent()


def test_an_announcement_does_not_wait(talk) -> None:
    talk.go(5)
    into_the_room(talk)
    prompt = linear_to_ulaw(tone(TONES_HZ["third"], 8000))
    talk.legs["caller"].leg.play(Playlist("p1", [prompt]), talk.now, announce=True)
    talk.legs["caller"].sent()
    talk.go(10)
    assert len(talk.legs["caller"].sent()) == 10


def test_who_was_not_heard_on_is_sent_silence_at_once(new_leg) -> None:
    talk = Talk(new_leg)
    talk.now += 1.0
    for role in ("caller", "agent"):
        talk.legs[role] = new_leg(role)
        talk.legs[role].settle(10.0)
    into_the_room(talk)
    talk.now += 0.02
    talk.mixer.tick(talk.now)
    assert len(talk.legs["caller"].sent()) == 1


def test_what_was_said_to_nobody_is_not_heard_later(talk) -> None:
    talk.go(5)
    talk.seat("caller", hears=(), heard_by=())
    talk.seat("agent")
    talk.go(10)
    for leg in talk.legs.values():
        leg.sent()
    back(talk)
    assert [leg.sent() for leg in talk.legs.values()] == [[], []]


def test_legs_that_were_not_in_one_room_are_not_sewn(talk) -> None:
    talk.seat("caller", conference="c1")
    talk.seat("agent", conference="c2")
    assert not talk.mixer.part(talk.legs["caller"].leg, talk.legs["agent"].leg, talk.now)
    assert len(talk.mixer) == 0
