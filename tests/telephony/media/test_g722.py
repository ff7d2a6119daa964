"""G.722 there and back: the tone that went in comes out, whatever the packet time, and any octets decode."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telephony.media.g711 import linear_to_ulaw
from telephony.media.g722 import G722Decoder, G722Encoder


def tone(frequency_hz: float, seconds: float = 1.0) -> bytes:
    wave = 8000 * np.sin(2 * np.pi * frequency_hz * np.arange(int(8000 * seconds)) / 8000)
    return linear_to_ulaw(wave.astype(np.int16))


def strongest_hz(samples: np.ndarray) -> float:
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(power)) * 8000 / len(samples)


@pytest.mark.parametrize("octets", [80, 160, 240, 320, 400, 480])
@pytest.mark.parametrize("frequency_hz", [440.0, 3000.0])
def test_a_tone_comes_back_at_its_pitch_and_level(octets: int, frequency_hz: float) -> None:
    encoder, decoder = G722Encoder(), G722Decoder()
    ulaw = tone(frequency_hz)
    heard = []
    for start in range(0, len(ulaw) - octets + 1, octets):
        encoded = encoder.encode(ulaw[start : start + octets])
        assert len(encoded) == octets
        heard.append(decoder.samples(encoded))
        assert len(heard[-1]) == octets
    samples = np.concatenate(heard)[1600:]
    assert strongest_hz(samples) == pytest.approx(frequency_hz, abs=3)
    assert np.sqrt(np.mean(np.square(samples, dtype=np.float64))) == pytest.approx(5657, rel=0.15)


def test_silence_is_silent() -> None:
    encoder, decoder = G722Encoder(), G722Decoder()
    heard = [decoder.samples(encoder.encode(b"\xff" * 160)) for _ in range(25)]
    assert np.abs(np.concatenate(heard)).max() < 50


@settings(max_examples=30)
@given(st.binary(max_size=500))
def test_any_octets_decode_to_as_many_samples(payload: bytes) -> None:
    assert len(G722Decoder().samples(payload)) == len(payload)
