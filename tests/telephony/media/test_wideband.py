"""A G.722 leg beside others: mu-law inside, G.722 outside, and untouched between two of its kind."""

import numpy as np

from telephony.media.g711 import linear_to_ulaw, ulaw_to_linear
from telephony.media.g722 import G722Decoder, G722Encoder
from telephony.media.hearing import hear
from telephony.media.leg import Leg
from telephony.media.messages import RemoteMedia
from telephony.media.playback import Playlist
from telephony.media.rtp import HeaderExtension

TONE = linear_to_ulaw((8000 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)).astype(np.int16))
FRAMES = [TONE[start : start + 160] for start in range(0, 8000, 160)]


def settle(one, codec: str) -> None:
    payload_type = {"PCMU": 0, "PCMA": 8, "G722": 9}[codec]
    one.leg.set_remote(RemoteMedia("198.51.100.7", 4000, codec, payload_type, 101), 10.0)
    one.sockets.sent.clear()


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
