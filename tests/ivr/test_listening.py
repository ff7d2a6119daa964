"""The recogniser in its process: phrases said by the voice are understood, crashes and unknown words are told."""

import sys

import numpy as np
import pytest

from ivr.listening import ListeningError, PocketsphinxRecognizer, Understood
from ivr.prompts import prepared
from ivr.sound import RATE_HZ
from ivr.speech import EspeakEngine

needs_pocketsphinx = pytest.mark.skipif(
    not PocketsphinxRecognizer.installed(), reason="the extra cordboard[listen] is not installed"
)


@needs_pocketsphinx
async def test_a_spoken_phrase_is_understood_and_silence_is_not() -> None:
    engine, recognizer = EspeakEngine(), PocketsphinxRecognizer()
    try:
        spoken = prepared(*await engine.speak("technical support", "en-us"))
        samples = np.concatenate([np.zeros(2400, np.float32), spoken, np.zeros(3200, np.float32)])
        phrases = ["sales", "technical support"]
        assert (await recognizer.recognize(samples, RATE_HZ, phrases)).text == "technical support"
        assert await recognizer.recognize(np.zeros(8000, np.float32), RATE_HZ, phrases) == Understood("", 0.0)
        with pytest.raises(ListeningError, match='the dictionary has no word "cordboardish"'):
            await recognizer.recognize(samples, RATE_HZ, ["cordboardish"])
    finally:
        await engine.close()
        await recognizer.close()


async def test_a_recogniser_that_dies_is_an_error_and_not_a_wait() -> None:
    recognizer = PocketsphinxRecognizer(command=[sys.executable, "-c", "pass"])
    with pytest.raises(ListeningError, match="died"):
        await recognizer.recognize(np.zeros(800, np.float32), RATE_HZ, ["sales"])
    await recognizer.close()
