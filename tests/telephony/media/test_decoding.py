"""Every codec by name; and a worker of G.711 phones never loads PyAV."""

import subprocess
import sys

import numpy as np
import pytest

from telephony.media.decoding import WIDE, WIDE_HZ, new_decoder, new_encoder
from telephony.media.g711 import linear_to_alaw, linear_to_ulaw
from telephony.media.messages import Codec

WAVE = (8000 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)).astype(np.int16)


@pytest.mark.parametrize("rate_hz", [8000, WIDE_HZ])
@pytest.mark.parametrize("codec", ["PCMU", "PCMA", "G722", "opus"])
def test_a_tone_of_every_codec_at_both_rates(codec: Codec, rate_hz: int) -> None:
    ulaw = linear_to_ulaw(WAVE)
    if codec in WIDE:
        encoder = new_encoder(codec, None)
        payloads = [encoder.encode(ulaw[at : at + 160]) for at in range(0, 8000, 160)]
    else:
        payloads = [ulaw if codec == "PCMU" else linear_to_alaw(WAVE)]
    decoder = new_decoder(codec, rate_hz)
    samples = np.concatenate([decoder.samples(each) for each in payloads])
    assert len(samples) == rate_hz
    settled = samples[rate_hz // 5 :].astype(float)
    assert np.sqrt(np.mean(settled**2)) == pytest.approx(5657, rel=0.1)
    power = np.abs(np.fft.rfft(settled * np.hanning(len(settled))))
    assert np.argmax(power) * rate_hz / len(settled) == pytest.approx(440, abs=3)


@pytest.mark.parametrize(("codecs", "loaded"), [((), False), (("PCMU", "PCMA"), False), (("opus",), True)])
def test_pyav_is_loaded_only_for_codecs_that_need_it(codecs: tuple[str, ...], loaded: bool) -> None:
    program = (
        "import sys, telephony.media.worker, recordings.assembly\n"
        f"from telephony.media.decoding import preload\npreload({codecs!r})\nprint('av' in sys.modules)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert said.stdout.strip() == str(loaded)
