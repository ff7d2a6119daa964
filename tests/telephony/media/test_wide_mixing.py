"""Conferences at 16 kHz: two legs of G.722 or Opus hear of each other what no telephone carries; others as ever."""

from itertools import pairwise

import numpy as np
import pytest

from telephony.media.decoding import new_decoder, new_encoder
from telephony.media.ear import Ear
from telephony.media.g711 import linear_to_ulaw, ulaw_to_linear
from telephony.media.hearing import hear
from telephony.media.leg_views import leg_statistics
from telephony.media.messages import PlaybackFinished, RemoteMedia, SpeechStarted
from telephony.media.mixing import Mixer
from telephony.media.opus_format import OpusFormat
from telephony.media.playback import Playlist
from telephony.media.seam import sew_out
from telephony.media.seat import FRAME, WIDE_UNIT

HIGH_HZ = {"a": 5000, "b": 6000, "c": 4500}
"""Above what 8 kHz can hold."""
LOW_HZ = {"a": 400, "b": 900, "c": 1400}
LEVEL = 3000


def wave(frequency_hz: float, count: int, rate_hz: int, start: int = 0) -> np.ndarray:
    at = np.arange(start, start + count)
    return LEVEL * np.sin(2 * np.pi * frequency_hz * at / rate_hz)


def level(samples: np.ndarray, frequency_hz: float, rate_hz: int) -> float:
    at = np.arange(len(samples))
    return float(2 * abs(np.mean(samples * np.exp(-2j * np.pi * frequency_hz * at / rate_hz))))


class Speaker:
    """A leg and its remote, who says a low tone and, where the codec can, a high one."""

    def __init__(self, name: str, one, codec: str, ptime_ms: int = 20) -> None:
        self.name, self.one, self.codec = name, one, codec
        self.said = self.sent_units = 0
        self.settle(codec, ptime_ms)

    def settle(self, codec: str, ptime_ms: int = 20) -> None:
        self.codec, self.units = codec, ptime_ms * 8
        self.is_wide = codec in ("G722", "opus")
        self.encoder = new_encoder(codec, OpusFormat()) if self.is_wide else None
        payload_type = {"PCMU": 0, "G722": 9, "opus": 96}[codec]
        more = {"opus": OpusFormat(), "dtmf_clock_rate_hz": 48_000} if codec == "opus" else {}
        remote = RemoteMedia("198.51.100.7", 4000, codec, payload_type, 101, ptime_ms=ptime_ms, **more)
        self.one.leg.set_remote(remote, 10.0)
        self.one.sockets.sent.clear()

    def says(self, now: float) -> None:
        rate_hz = 16_000 if self.is_wide else 8000
        count, start = self.units * rate_hz // 8000, self.said * rate_hz // 8000
        samples = wave(LOW_HZ[self.name], count, rate_hz, start)
        if self.is_wide:
            samples = samples + wave(HIGH_HZ[self.name], count, rate_hz, start)
        self.said += self.units
        plain = samples.astype(np.int16)
        payload = self.encoder.encode_wide(plain) if self.encoder is not None else linear_to_ulaw(plain)
        ratio = 6 if self.codec == "opus" else 1
        packet = self.one.packet(payload, timestamp=ratio * (90_000 + self.said) % 2**32)
        self.arrives(packet, now)

    def arrives(self, packet: bytes, now: float) -> None:
        leg = self.one.leg
        if leg.wide is None:
            hear(leg, packet, now)
            return

        def receive(buffer: bytearray) -> int:
            buffer[: len(packet)] = packet
            return len(packet)

        size = leg.wide.opened(receive)(leg.host.packet.data)
        hear(leg, bytes(leg.host.packet.views[size]), now)

    def heard(self) -> np.ndarray:
        """The last half second, at 16 kHz for a wide leg and 8 kHz for others."""
        packets = self.one.sent()
        for one, other in pairwise(packets):
            assert other.sequence == one.sequence + 1 & 0xFFFF
        if not self.is_wide:
            return ulaw_to_linear(b"".join(packet.payload for packet in packets))[-4000:]
        decoder = new_decoder(self.codec, 16_000)
        return np.concatenate([decoder.samples(packet.payload) for packet in packets])[-8000:]

    def hears(self) -> set[str]:
        """`a` for the low tone of a, `A` for its high one."""
        samples, rate_hz = self.heard(), 16_000 if self.is_wide else 8000
        found = {name for name, hz in LOW_HZ.items() if level(samples, hz, rate_hz) > LEVEL / 5}
        if self.is_wide:
            found |= {n.upper() for n, hz in HIGH_HZ.items() if level(samples, hz, rate_hz) > LEVEL / 5}
        else:  # folded down where nothing was filtered out
            found |= {n.upper() for n, hz in HIGH_HZ.items() if level(samples, 8000 - hz, 8000) > LEVEL / 5}
        return found


class Room:
    """Speakers in one conference."""

    def __init__(self, new_leg) -> None:
        self.new_leg, self.mixer, self.now = new_leg, Mixer(), 10.0
        self.speakers: dict[str, Speaker] = {}

    def seat(self, name: str, codec: str, **more) -> Speaker:
        speaker = self.speakers[name] = Speaker(name, self.new_leg(name), codec, **more)
        self.mixer.join(speaker.one.leg, "c", name, None, None, self.now)
        return speaker

    def go(self, ticks: int = 60) -> None:
        for tick in range(ticks):
            self.now += 0.02
            for speaker in self.speakers.values():
                if tick * FRAME % speaker.units == 0:
                    speaker.says(self.now)
            self.mixer.tick(self.now)


@pytest.fixture
def room(new_leg) -> Room:
    return Room(new_leg)


@pytest.mark.parametrize("codecs", [("G722", "G722"), ("opus", "opus"), ("G722", "opus")])
def test_two_wide_legs_hear_each_others_whole_band_and_a_plain_one_what_it_can(room, codecs) -> None:
    a, b, c = room.seat("a", codecs[0]), room.seat("b", codecs[1]), room.seat("c", "PCMU")
    room.go()
    assert a.hears() == {"b", "B", "c"}
    assert b.hears() == {"a", "A", "c"}
    assert c.hears() == {"a", "b"}


def test_one_wide_leg_alone_is_mixed_as_a_telephone(room) -> None:
    a, b = room.seat("a", "G722"), room.seat("b", "PCMU")
    room.go()
    assert not a.one.leg.seat.is_wide
    assert a.one.leg.seat.unit == 1
    assert a.hears() == {"b"}
    assert b.hears() == {"a"}


def test_a_room_widens_when_the_second_comes_and_narrows_when_he_goes(room) -> None:
    a, c = room.seat("a", "G722"), room.seat("c", "PCMU")
    room.go(20)
    before = [packet.sequence for packet in a.one.sent()][-1]
    b = room.seat("b", "opus")
    room.go()
    assert a.one.leg.seat.unit == WIDE_UNIT
    first = int.from_bytes(a.one.sockets.sent[0][2:4])
    assert first == before + 1
    assert a.hears() == {"b", "B", "c"}
    room.mixer.leave(b.one.leg, room.now)
    del room.speakers["b"]
    c.one.sent()
    room.go()
    assert not a.one.leg.seat.is_wide
    assert a.hears() == {"c"}
    assert c.hears() == {"a"}


def test_another_codec_in_the_talk_is_heeded(room) -> None:
    a, b = room.seat("a", "G722"), room.seat("b", "G722")
    room.go(20)
    b.settle("PCMU")
    room.mixer.renegotiated(b.one.leg)
    a.one.sent()
    room.go()
    assert a.hears() == {"b"}
    assert b.hears() == {"a"}
    b.settle("opus")
    room.mixer.renegotiated(b.one.leg)
    a.one.sent()
    room.go()
    assert a.hears() == {"b", "B"}


def test_packets_of_other_lengths(room) -> None:
    a, b = room.seat("a", "opus", ptime_ms=60), room.seat("b", "G722", ptime_ms=40)
    room.go(120)
    assert a.hears() == {"b", "B"}
    assert b.hears() == {"a", "A"}


def test_an_announcement_to_one_of_them(room, host) -> None:
    a, b = room.seat("a", "G722"), room.seat("b", "opus")
    prompt = linear_to_ulaw(wave(LOW_HZ["c"], 16_000, 8000).astype(np.int16))
    a.one.leg.play(Playlist("p1", [prompt]), room.now, announce=True)
    room.go()
    assert a.hears() == {"b", "B", "c"}
    assert b.hears() == {"a", "A"}
    room.go()
    assert PlaybackFinished("a", "p1") in host.events


def wide_prompt(frequency_hz: float, seconds: float = 2.0) -> bytes:
    return wave(frequency_hz, int(seconds * 16_000), 16_000).astype("<i2").tobytes()


@pytest.mark.parametrize(
    ("codecs", "heard"), [(("G722", "opus"), {"b", "B", "C"}), (("G722", "PCMU"), {"b"})]
)
def test_a_wide_announcement(room, codecs, heard) -> None:
    a, _ = room.seat("a", codecs[0]), room.seat("b", codecs[1])
    playlist = Playlist("p1", [wide_prompt(HIGH_HZ["c"])], is_wide=True)
    a.one.leg.play(playlist, room.now, announce=True)
    room.go()
    assert a.hears() == heard


@pytest.mark.parametrize("codec", ["G722", "opus"])
def test_a_wide_prompt_is_heard_as_wide_as_it_is(new_leg, host, codec) -> None:
    a = Speaker("a", new_leg("a"), codec)
    a.one.leg.play(
        Playlist("p1", [wide_prompt(HIGH_HZ["c"], 1.0), wide_prompt(LOW_HZ["b"], 1.0)], is_wide=True), 10.0
    )
    for tick in range(45):
        a.one.leg.tick(10.0 + tick / 50)
    assert a.hears() == {"C"}
    for tick in range(45, 95):
        a.one.leg.tick(10.0 + tick / 50)
    assert a.hears() == {"b"}
    for tick in range(95, 105):
        a.one.leg.tick(10.0 + tick / 50)
    assert PlaybackFinished("a", "p1") in host.events


def test_a_wide_prompt_goes_on_for_who_speaks_g711_by_now(new_leg) -> None:
    a = Speaker("a", new_leg("a"), "G722")
    a.one.leg.play(Playlist("p1", [wide_prompt(LOW_HZ["b"])], is_wide=True), 10.0)
    for tick in range(10):
        a.one.leg.tick(10.0 + tick / 50)
    a.settle("PCMU")
    for tick in range(10, 60):
        a.one.leg.tick(10.0 + tick / 50)
    assert a.hears() == {"b"}


def test_an_ear_hears_what_is_mixed_wide_and_nothing_is_decoded_twice(room) -> None:
    a, _ = room.seat("a", "opus"), room.seat("b", "opus")
    a.one.leg.listen(Ear("a", digits=False, silence_s=0, judge=False, now=room.now))
    room.go()
    assert SpeechStarted("a") in a.one.leg.ear.hear(a.one.leg, room.now)
    assert room.speakers["b"].hears() == {"a", "A"}


@pytest.mark.parametrize("other", ["G722", "PCMU"])
def test_what_is_left_goes_to_the_other_when_they_part(room, other) -> None:
    a, b, c = room.seat("a", "G722"), room.seat("b", other), room.seat("c", "opus")
    room.go(20)
    for speaker in (a, b):
        speaker.one.sent()
        speaker.says(room.now + 0.01)
    assert room.mixer.part(a.one.leg, b.one.leg, room.now + 0.01)
    a.one.leg.bridge(b.one.leg)
    sew_out((a.one.leg, b.one.leg))
    assert len(a.one.sockets.sent) >= 1
    assert len(b.one.sockets.sent) >= 1
    assert a.one.leg.wide.native is (other == "G722")
    del room.speakers["c"]
    room.mixer.leave(c.one.leg, room.now)
    room.go()
    assert a.hears() == ({"b", "B"} if other == "G722" else {"b"})
    assert b.hears() == ({"a", "A"} if other == "G722" else {"a"})


def test_octets_are_counted_as_they_went(room) -> None:
    a, _ = room.seat("a", "opus"), room.seat("b", "opus")
    room.go()
    sent = sum(len(data) - 12 for data in a.one.sockets.sent)
    assert leg_statistics(a.one.leg).bytes_sent == sent
