"""Legs of G.722 and Opus beside others: mu-law at 8 kHz inside, untouched between two of a kind."""

from itertools import pairwise

import numpy as np

from telephony.media.ear import Ear
from telephony.media.g711 import alaw_to_linear, linear_to_ulaw, ulaw_to_linear
from telephony.media.g722 import G722Decoder, G722Encoder
from telephony.media.hearing import hear
from telephony.media.leg import Leg
from telephony.media.leg_views import leg_statistics
from telephony.media.messages import DigitReceived, RemoteMedia, SpeechStarted
from telephony.media.mixing import Mixer
from telephony.media.opus import OpusDecoder, OpusEncoder
from telephony.media.opus_format import OpusFormat
from telephony.media.playback import Playlist
from telephony.media.rtcp import SenderReport, parse_compound
from telephony.media.rtp import HeaderExtension
from telephony.media.spool import CODEC_NUMBERS

TONE = linear_to_ulaw((8000 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)).astype(np.int16))
FRAMES = [TONE[start : start + 160] for start in range(0, 8000, 160)]


def settle(one, codec: str, dtmf: int | None = 101) -> None:
    payload_type = {"PCMU": 0, "PCMA": 8, "G722": 9, "opus": 96}[codec]
    fields: dict[str, object] = {}
    if codec == "opus":
        fields = {"opus": OpusFormat(useinbandfec=True), "dtmf_clock_rate_hz": 48_000}
    remote = RemoteMedia("198.51.100.7", 4000, codec, payload_type, dtmf, **fields)
    one.leg.set_remote(remote, 10.0)
    one.sockets.sent.clear()


class OpusPhone:
    """Numbers its packets at 48 kHz."""

    def __init__(self, one) -> None:
        self.one, self.encoder, self.timestamp = one, OpusEncoder(OpusFormat()), 2**32 - 20_000

    def says(self, now: float, frame: bytes) -> bytes:
        payload = self.encoder.encode(frame)
        self.timestamp = (self.timestamp + 6 * len(frame)) % 2**32
        arrive(self.one.leg, self.one.packet(payload, timestamp=self.timestamp), now)
        return payload

    def presses(self, now: float, duration: int, *, end: bool = False) -> None:
        payload = bytes((5, 0x8A if end else 0x0A)) + duration.to_bytes(2, "big")
        arrive(self.one.leg, self.one.packet(payload, kind=101, timestamp=self.timestamp), now)


def arrive(leg: Leg, data: bytes, now: float) -> None:
    """Through what the packet loop receives by."""

    def receive(buffer: bytearray) -> int:
        buffer[: len(data)] = data
        return len(data)

    size = leg.wide.opened(receive)(leg.host.packet.data)
    hear(leg, bytes(leg.host.packet.views[size]), now)


def level(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


def test_g722_is_heard_as_mu_law_by_a_g711_leg_and_the_other_way_round(new_leg) -> None:
    a, b, encoder = new_leg("a"), new_leg("bb"), G722Encoder()
    settle(a, "G722")
    settle(b, "PCMU")
    a.leg.bridge(b.leg)
    for number, frame in enumerate(FRAMES):
        arrive(a.leg, a.packet(encoder.encode(frame)), 10.1 + number / 50)
        b.says(10.1 + number / 50, frame)
    heard_by_b, heard_by_a = b.sent(), a.sent()
    assert {packet.payload_type for packet in heard_by_b} == {0}
    assert {packet.payload_type for packet in heard_by_a} == {9}
    decoder = G722Decoder()
    plain = np.concatenate([ulaw_to_linear(packet.payload) for packet in heard_by_b])[1600:]
    wide = np.concatenate([decoder.samples(packet.payload) for packet in heard_by_a])[1600:]
    assert abs(level(plain) - 5657) < 800
    assert abs(level(wide) - 5657) < 800


def test_between_two_g722_legs_packets_stay_as_they_are(new_leg) -> None:
    a, b = new_leg("a"), new_leg("bb")
    settle(a, "G722")
    settle(b, "G722")
    a.leg.bridge(b.leg)
    for number in range(3):
        arrive(a.leg, a.packet(bytes(range(160))), 10.1 + number / 50)
    assert [packet.payload for packet in b.sent()] == [bytes(range(160))] * 3
    a.leg.unbridge()
    assert not a.leg.wide.native


def test_prompts_and_silence_are_encoded(new_leg) -> None:
    a, decoder = new_leg("a"), G722Decoder()
    settle(a, "G722")
    a.leg.play(Playlist("p", [TONE]), 10.0)
    for number in range(1):
        a.leg.tick(10.0 + number / 50)
    a.leg.stop_playback()
    a.leg.keep_open(12.0)
    first, silent = a.sent()
    assert (first.payload_type, len(first.payload)) == (9, 160)
    assert level(decoder.samples(first.payload)) > 1000
    assert len(silent.payload) == 160


def test_digits_pass_and_header_extensions_are_left_out(new_leg) -> None:
    a = new_leg("a")
    settle(a, "G722")
    digit = a.packet(b"\x01\x0a\x00\xa0", kind=101)
    assert a.leg.wide.open(digit) == digit
    extended = a.packet(bytes(160), extension=HeaderExtension(0xBEDE, bytes(4)))
    assert len(a.leg.wide.open(extended)) == 12 + 160
    assert a.leg.wide.open(b"\x90\x09\x00") == b"\x90\x09\x00"


class Kept:
    """A sink: what codec, and which packets."""

    def __init__(self) -> None:
        self.packets: list[tuple[int, bytes]] = []

    def write(self, channel: int, codec: int, packet: memoryview, size: int, arrival: float) -> None:
        assert len(packet) == size
        self.packets.append((codec, bytes(packet)))


def steps(packets) -> set[int]:
    return {(b.timestamp - a.timestamp) % 2**32 for a, b in pairwise(packets)}


def test_opus_and_mu_law_hear_each_other_each_in_its_own_clock(new_leg) -> None:
    a, b = new_leg("a"), new_leg("bb")
    settle(a, "opus")
    settle(b, "PCMU")
    a.leg.bridge(b.leg)
    phone = OpusPhone(a)
    for number, frame in enumerate(FRAMES):
        phone.says(10.1 + number / 50, frame)
        b.says(10.1 + number / 50, frame)
    heard_by_b, heard_by_a = b.sent(), a.sent()
    assert (steps(heard_by_b), steps(heard_by_a)) == ({160}, {960})
    assert {packet.payload_type for packet in heard_by_a} == {96}
    plain = np.concatenate([ulaw_to_linear(packet.payload) for packet in heard_by_b])[1600:]
    decoder = OpusDecoder()
    wide = np.concatenate([decoder.samples(packet.payload) for packet in heard_by_a])[1600:]
    assert abs(level(plain) - 5657) < 900
    assert abs(level(wide) - 5657) < 900
    statistics = leg_statistics(a.leg)
    assert statistics.jitter_ms < 1, "packets came every 20 ms"
    assert statistics.bytes_sent == sum(len(packet.payload) for packet in heard_by_a)
    assert statistics.bytes_received < 160 * len(FRAMES) / 2


def test_between_two_opus_legs_packets_stay_as_they_are_while_they_are_recorded_and_listened_to(
    new_leg,
) -> None:
    a, b, spool, ear = new_leg("a"), new_leg("bb"), Kept(), Kept()
    settle(a, "opus")
    settle(b, "opus")
    a.leg.bridge(b.leg)
    a.leg.record(spool, "r")
    a.leg.listen(ear)
    phone = OpusPhone(a)
    said = [phone.says(10.1 + number / 50, frame) for number, frame in enumerate(FRAMES)]
    heard = b.sent()
    assert [packet.payload for packet in heard] == said
    assert steps(heard) == {960}
    assert [packet[12:] for _, packet in spool.packets] == said
    assert {codec for codec, _ in spool.packets} == {CODEC_NUMBERS["opus"]}
    assert {(codec, len(packet)) for codec, packet in ear.packets} == {(CODEC_NUMBERS["PCMU"], 172)}
    samples = np.concatenate([ulaw_to_linear(packet[12:]) for _, packet in ear.packets])[1600:]
    assert abs(level(samples) - 5657) < 900


def test_a_recording_gets_the_codec_as_received_also_where_others_hear_mu_law(new_leg) -> None:
    a, b, spool = new_leg("a"), new_leg("bb"), Kept()
    settle(a, "G722")
    settle(b, "PCMA")
    a.leg.bridge(b.leg)
    a.leg.record(spool, "r")
    arrive(a.leg, a.packet(bytes(range(160))), 10.1)
    assert spool.packets == [(CODEC_NUMBERS["G722"], spool.packets[0][1])]
    assert spool.packets[0][1][12:] == bytes(range(160))
    settle(a, "PCMU")
    a.says(10.2)
    assert spool.packets[-1][0] == CODEC_NUMBERS["PCMU"], "a re-INVITE changed the codec"


def test_two_wideband_codecs_meet_in_mu_law(new_leg) -> None:
    a, b = new_leg("a"), new_leg("bb")
    settle(a, "opus")
    settle(b, "G722")
    a.leg.bridge(b.leg)
    phone, decoder = OpusPhone(a), G722Decoder()
    for number, frame in enumerate(FRAMES):
        phone.says(10.1 + number / 50, frame)
    samples = np.concatenate([decoder.samples(packet.payload) for packet in b.sent()])[1600:]
    assert abs(level(samples) - 5657) < 900


def test_digits_at_48_khz_are_told_and_passed_on_at_8(new_leg, host) -> None:
    a, b = new_leg("a"), new_leg("bb")
    settle(a, "opus")
    settle(b, "PCMU")
    a.leg.bridge(b.leg)
    phone = OpusPhone(a)
    phone.says(10.0, FRAMES[0])
    for duration in (960, 1920, 4800):
        phone.presses(10.1, duration)
    for _ in range(3):
        phone.presses(10.2, 5760, end=True)
    assert [event for event in host.events if isinstance(event, DigitReceived)] == [
        DigitReceived("a", "5", 120)
    ]
    passed = [packet for packet in b.sent() if packet.payload_type == 101]
    assert [int.from_bytes(packet.payload[2:], "big") for packet in passed] == [160, 320, 800, 960, 960, 960]
    assert len({packet.timestamp for packet in passed}) == 1


def test_digits_of_ours_go_out_at_48_khz(new_leg) -> None:
    a = new_leg("a")
    settle(a, "opus")
    a.leg.send_digits("5", 10.0)
    for number in range(10):
        a.leg.tick(10.0 + number / 50)
    durations = [int.from_bytes(packet.payload[2:], "big") for packet in a.sent()]
    assert durations == [960, 1920, 2880, 3840, 4800, 5760, 5760, 5760]


def test_reports_speak_of_48_khz(new_leg) -> None:
    a = new_leg("a")
    settle(a, "opus")
    a.leg.play(Playlist("p", [TONE]), 10.0)
    a.leg.tick(10.0)
    (packet,) = a.sent()
    wide = a.leg.wide
    data = a.leg.reports.build(a.leg.outgoing, a.leg.incoming, 10.02, 0.0, octets_saved=wide.saved_out)
    report = parse_compound(data)[0]
    assert isinstance(report, SenderReport)
    assert (report.timestamp - packet.timestamp) % 2**32 == 960
    assert report.octets == len(packet.payload)


def test_any_codec_sits_in_a_conference(new_leg) -> None:
    mixer, phones = Mixer(), {}
    for name, codec in (("a", "opus"), ("bb", "G722"), ("ccc", "PCMA")):
        one = phones[codec] = new_leg(name)
        settle(one, codec)
        mixer.join(one.leg, "c", "guest", None, None, 10.0)
    opus, decoder, heard = OpusPhone(phones["opus"]), G722Decoder(), []
    for number, frame in enumerate(FRAMES):
        now = 10.0 + number / 50
        opus.says(now, frame)
        mixer.tick(now + 0.01)
        heard += [decoder.samples(packet.payload) for packet in phones["G722"].sent()]
    assert abs(level(np.concatenate(heard)[3200:]) - 5657) < 900
    assert abs(level(alaw_to_linear(b"".join(p.payload for p in phones["PCMA"].sent()))[3200:]) - 5657) < 900


def test_an_ear_hears_speech_and_keys_in_opus(new_leg) -> None:
    a = new_leg("a")
    settle(a, "opus", dtmf=None)
    at = np.arange(1600) / 8000
    key = linear_to_ulaw(
        (6000 * (np.sin(2 * np.pi * 770 * at) + np.sin(2 * np.pi * 1336 * at))).astype(np.int16)
    )
    phone, ear = OpusPhone(a), Ear("a", digits=True, silence_s=0.0, judge=False, now=10.0)
    a.leg.listen(ear)
    sound = b"\xff" * 3200 + key + b"\xff" * 3200
    told = []
    for number in range(0, len(sound), 160):
        phone.says(10.0 + number / 8000, sound[number : number + 160])
        told += ear.hear(a.leg, 10.0 + number / 8000)
    digits = [event.digit for event in a.host.events if isinstance(event, DigitReceived)]
    assert digits == ["5"]
    assert any(isinstance(event, SpeechStarted) for event in told)
