import numpy as np

from bench.made_audio import RATE, as_samples, noise, speech
from telephony.media.voice import VoiceActivity


def activity(wave: np.ndarray) -> list[bool]:
    return VoiceActivity().feed(as_samples(wave))


def test_silence_and_steady_noise_are_no_voice() -> None:
    random = np.random.default_rng(1)
    assert not any(activity(np.zeros(3 * RATE)))
    for level in (10, 100):
        assert sum(activity(noise(10 * RATE, level, random))[100:]) < 5


def test_speech_between_silences() -> None:
    random = np.random.default_rng(2)
    wave = np.concatenate((np.zeros(RATE), speech(3, random), np.zeros(RATE))) + noise(5 * RATE, 20, random)
    blocks = activity(wave)
    assert sum(blocks[:48]) == 0
    assert sum(blocks[50:200]) > 130
    assert sum(blocks[215:]) == 0


def test_packets_of_any_size_say_the_same() -> None:
    random = np.random.default_rng(2)
    samples = as_samples(np.concatenate((np.zeros(RATE), speech(2, random))))
    detector = VoiceActivity()
    pieces = [block for at in range(0, len(samples), 77) for block in detector.feed(samples[at : at + 77])]
    assert pieces == VoiceActivity().feed(samples)
