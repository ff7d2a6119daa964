"""How well spoken phrases are understood: espeak-ng says them, through the telephone's G.711; they are cut out of the
stream as the media worker cuts them, and pocketsphinx listens.

    python bench/listening.py

Prints what share of the phrases was understood, taken for another one, and what share of other speech was taken for a
phrase. The same voices and words every time. Synthetic voices are clear: people on bad lines are understood worse.
"""

from __future__ import annotations

import asyncio
import time

import numpy as np

from ivr.listening import PocketsphinxRecognizer, Understood
from ivr.prompts import prepared
from ivr.sound import RATE_HZ, Samples, from_ulaw, to_ulaw
from ivr.speech import EspeakEngine
from telephony.media.g711 import linear_to_ulaw, ulaw_to_linear
from telephony.media.utterance import Utterances
from telephony.media.voice import VoiceActivity

PHRASES = ["sales", "support", "billing", "talk to sales", "technical support"]
PHRASES += ["my invoice", "opening hours", "agent", "yes", "no"]
OTHERS = ["hello there", "banana", "what a lovely day", "i do not know", "elephant"]
OTHERS += ["the train to london", "can you hear me", "purple monkey", "seventeen", "good morning"]
VOICES = ["en-us", "en-gb", "en-gb-scotland"]


async def heard(recognizer: PocketsphinxRecognizer, samples: Samples) -> Understood:
    """The last thing that is understood of a stream, as a flow would be told."""
    understood = Understood("", 0.0)
    stream = ulaw_to_linear(to_ulaw(samples))
    for said in Utterances().feed(stream, VoiceActivity().feed(stream)):
        found = await recognizer.recognize(from_ulaw(linear_to_ulaw(said)), RATE_HZ, PHRASES)
        understood = found if found.text else understood
    return understood


async def main() -> None:
    """Say everything in every voice and count."""
    engine, recognizer = EspeakEngine(), PocketsphinxRecognizer()
    right = wrong = accepted = 0
    seconds = 0.0
    noise = np.random.default_rng(1)
    for voice in VOICES:
        for words in PHRASES + OTHERS:
            spoken = prepared(*await engine.speak(words, voice))
            padded = np.concatenate([np.zeros(8000, np.float32), spoken, np.zeros(8000, np.float32)])
            samples = (padded + noise.normal(0, 0.001, padded.size)).astype(np.float32)
            begin = time.perf_counter()
            understood = await heard(recognizer, samples)
            seconds += time.perf_counter() - begin
            if words in PHRASES:
                right += understood.text == words
                wrong += understood.text not in ("", words)
            else:
                accepted += understood.text != ""
    said, others = len(PHRASES) * len(VOICES), len(OTHERS) * len(VOICES)
    print(
        f"understood {right} of {said}, taken for another {wrong}, other speech accepted {accepted} of {others}"
    )
    print(f"{seconds / (said + others):.2f} s each")
    await engine.close()
    await recognizer.close()


asyncio.run(main())
