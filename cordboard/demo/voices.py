"""What simulated people say: sentences of the built-in voice, or babble shaped like speech where there is
none.

All audio is mu-law at 8 kHz. Sentences come from the server's own prompt cache machinery, levelled as prompts
are; babble is a buzz through three formants with the rhythm of syllables, about -20 dBFS while it lasts.
"""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ivr.effects import Speech
from ivr.prompts import PromptLibrary
from ivr.sound import RATE_HZ, Samples, level, to_ulaw
from ivr.speech import EspeakEngine, SpeechError
from telephony.media.g711 import ULAW_SILENCE, ulaw_to_linear

CALLER_WAV = "caller.wav"
BABBLE_DBFS = -20.0
SYLLABLE_HZ = 4.5
FORMANTS = ((650.0, 1100.0, 2500.0), (400.0, 1900.0, 2600.0), (350.0, 800.0, 2300.0), (500.0, 1500.0, 2500.0))
"""Of a few vowels, in Hz."""

CALLER_SENTENCES = (
    "Hello. I have a question about my last order, it has not arrived yet.",
    "Could you tell me what it would cost to have two more of them?",
    "My invoice shows the same item twice, and I paid it once.",
    "Yes, that is right. I have been a customer for many years.",
    "Thank you, that helps me a lot.",
)
AGENT_SENTENCES = (
    "Good morning, this is Acme, how can I help you?",
    "One moment please, I am looking at your account.",
    "I can see it here. I will put that right for you.",
    "It will be with you by Thursday at the latest.",
    "Is there anything else that I can do for you?",
)


@dataclass(frozen=True, slots=True)
class Voices:
    """Ready audio for both sides of a talk; `spoken` is False when it is babble."""

    callers: tuple[bytes, ...]
    agents: tuple[bytes, ...]
    spoken: bool


async def prepare_voices(cache: Path) -> Voices:
    """Speak every sentence once; falls back to babble when no voice can be started."""
    library = PromptLibrary(cache, EspeakEngine(words_per_minute=170))
    try:
        callers = await _speak(library, CALLER_SENTENCES, "en-gb")
        agents = await _speak(library, AGENT_SENTENCES, "en-us")
    except SpeechError:
        return babbling_voices()
    finally:
        await library.close()
    return Voices(callers, agents, spoken=True)


async def _speak(library: PromptLibrary, sentences: Sequence[str], language: str) -> tuple[bytes, ...]:
    files = [await library.prepare(Speech(sentence, language)) for sentence in sentences]
    return tuple(file.read_bytes() for file in files)


def write_wav(path: Path, sentences: Sequence[bytes]) -> None:
    """The sentences with pauses between them, for a telephone that wants a file: 16 bit, mono, 8 kHz."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pause = bytes([ULAW_SILENCE]) * RATE_HZ
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(ulaw_to_linear(pause.join(sentences)).astype("<i2").tobytes())


def babbling_voices() -> Voices:
    """Both sides without a speech engine."""
    return Voices(
        callers=tuple(babble(seed, 2.5, pitch_hz=190.0) for seed in range(4)),
        agents=tuple(babble(100 + seed, 2.5, pitch_hz=115.0) for seed in range(4)),
        spoken=False,
    )


def babble(seed: int, seconds: float, pitch_hz: float) -> bytes:
    """Speech-like noise, the same for the same seed."""
    rng = np.random.default_rng(seed)
    count = int(seconds * RATE_HZ)
    time_s = np.arange(count) / RATE_HZ
    syllables = int(seconds * SYLLABLE_HZ) + 2
    at = time_s * SYLLABLE_HZ
    pitch = pitch_hz * (1 + 0.12 * np.interp(at, np.arange(syllables), rng.normal(size=syllables)))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
    vowels = np.array(FORMANTS)[rng.integers(len(FORMANTS), size=syllables)]
    formants = [np.interp(at, np.arange(syllables), vowels[:, n]) for n in range(3)]
    voice = np.zeros(count)
    for harmonic in range(1, int(3400 / pitch_hz)):
        frequency = harmonic * pitch
        gain = sum(
            np.exp(-(((frequency - f) / (90 + 0.06 * f)) ** 2)) / (n + 1) for n, f in enumerate(formants)
        )
        voice += gain * np.sin(harmonic * phase) * (frequency < 3400)
    rhythm = np.sin(np.pi * (at % 1.0)) ** 0.7 * (0.4 + 0.6 * rng.random(syllables)[at.astype(int)])
    samples: Samples = ((voice + 0.02 * rng.normal(size=count)) * rhythm).astype(np.float32)
    return to_ulaw(level(samples, BABBLE_DBFS))
