"""Opus there and back: pitch and level of a tone, every packet time, and octets that are no Opus."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telephony.media.g711 import linear_to_ulaw
from telephony.media.opus import OpusDecoder, OpusEncoder, in_one_packet
from telephony.media.opus_format import OpusFormat

WISHES = OpusFormat(useinbandfec=True)


def tone(hz: float, seconds: float = 1.0) -> bytes:
    wave = 8000 * np.sin(2 * np.pi * hz * np.arange(int(8000 * seconds)) / 8000)
    return linear_to_ulaw(wave.astype(np.int16))


def strongest_hz(samples: np.ndarray, rate_hz: int) -> float:
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(power)) * rate_hz / len(samples)


@pytest.mark.parametrize("rate_hz", [8000, 16_000])
@pytest.mark.parametrize("units", [80, 160, 240, 320, 400, 480, 960])
@pytest.mark.parametrize("hz", [440.0, 2000.0])
def test_a_tone_comes_back_at_its_pitch_and_level(units: int, hz: float, rate_hz: int) -> None:
    encoder, decoder, ulaw = OpusEncoder(WISHES), OpusDecoder(rate_hz), tone(hz)
    heard = [
        decoder.samples(encoder.encode(ulaw[at : at + units])) for at in range(0, 8000 - units + 1, units)
    ]
    assert {len(each) for each in heard} == {units * rate_hz // 8000}
    samples = np.concatenate(heard)[rate_hz // 5 :]
    assert strongest_hz(samples, rate_hz) == pytest.approx(hz, abs=5)
    assert np.sqrt(np.mean(np.square(samples, dtype=np.float64))) == pytest.approx(5657, rel=0.2)


def test_packet_times_may_change_in_the_middle() -> None:
    encoder, decoder, ulaw = OpusEncoder(WISHES), OpusDecoder(), tone(440, 3.0)
    heard, at = [], 0
    for units in (160, 160, 240, 160, 104, 480) * 10:
        heard.append(decoder.samples(encoder.encode(ulaw[at : at + units])))
        at += units
    assert [len(each) for each in heard[:6]] == [160, 160, 240, 160, 160, 480], "13 ms are filled up to 20"
    assert all(len(each) for each in heard)


def test_in_band_error_correction_and_bit_rate_are_the_receivers_wish() -> None:
    def octets(wishes: OpusFormat) -> int:
        encoder, ulaw = OpusEncoder(wishes), tone(440, 2.0)
        return sum(len(encoder.encode(ulaw[at : at + 160])) for at in range(0, len(ulaw), 160))

    slow = octets(OpusFormat(maxaveragebitrate=8000))
    assert slow < octets(OpusFormat()) < 2 * 24_000 / 8 * 1.2
    sizes = {len(OpusEncoder(OpusFormat(cbr=True)).encode(tone(hz, 0.02))) for hz in (300.0, 900.0, 2500.0)}
    assert sizes == {60}, "24 kbit/s of 20 ms"


def test_two_channels_become_one() -> None:
    import av

    stereo = av.CodecContext.create("libopus", "w")
    assert isinstance(stereo, av.AudioCodecContext)
    stereo.sample_rate, stereo.layout, stereo.format = 48_000, "stereo", "s16"  # type: ignore[assignment]
    stereo.open()
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 1920), dtype=np.int16), format="s16", layout="stereo")
    frame.sample_rate = 48_000
    (packet,) = stereo.encode(frame)
    assert len(OpusDecoder().samples(bytes(packet))) == 160


def test_lengths_of_packed_frames_are_those_of_the_rfc() -> None:
    packed = in_one_packet(
        [b"\x98" + bytes(251), b"\x98" + bytes(252), b"\x98" + bytes(1275), b"\x98" + bytes(3)]
    )
    assert packed[:2] == b"\x9b\x84"
    assert packed[2:7] == bytes((251, 252, 0, 255, 255))
    assert len(packed) == 7 + 251 + 252 + 1275 + 3


@settings(max_examples=60)
@given(st.binary(max_size=400))
def test_any_octets_decode_to_audio_or_none(payload: bytes) -> None:
    assert len(OpusDecoder().samples(payload)) <= 960
