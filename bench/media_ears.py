"""How well digits, voice and answering machines are told apart, on made audio.

    python -m bench.media_ears --hours 1

Prints one JSON object, last line: digits found at several noise levels, digits found in so many hours of speech-like
audio (talk-off: must be none), voice activity against what was made, and errors of the answering-machine judgement.
"""

import argparse
import json
import time
from typing import Any

import numpy as np

from bench.made_audio import RATE, as_samples, dtmf, noise, speech
from telephony.media.answering import AnsweringMachineDetector
from telephony.media.dtmf import KeyDown
from telephony.media.inband import InbandDigits
from telephony.media.voice import VoiceActivity

DIGITS = "0123456789*#ABCD"
Random = np.random.Generator


def found(wave: np.ndarray) -> str:
    """The digits in it."""
    return "".join(key.digit for key in InbandDigits().feed(as_samples(wave)) if isinstance(key, KeyDown))


def accuracy(snr_db: float, tone_ms: int, random: Random, presses: int = 400) -> float:
    """Percent of presses found, each in noise of its own."""
    hits = 0
    for index in range(presses):
        key = DIGITS[index % 16]
        wave = dtmf(key, tone_ms, 60, twist_db=random.uniform(-6, 4), off=random.uniform(-0.015, 0.015))
        wave = np.concatenate((np.zeros(int(random.integers(200, 600))), wave))
        wave += noise(len(wave), 4000 / 10 ** (snr_db / 20), random)
        hits += found(wave) == key
    return round(100 * hits / presses, 2)


def talk_off(hours: float, random: Random) -> dict[str, Any]:
    """Digits heard where nobody pressed any."""
    made_s = heard = 0.0
    spent_s = 0.0
    while made_s < hours * 3600:
        wave = as_samples(speech(60, random) + noise(60 * RATE, random.uniform(5, 80), random))
        began = time.process_time()
        heard += len([key for key in InbandDigits().feed(wave) if isinstance(key, KeyDown)])
        spent_s += time.process_time() - began
        made_s += 60
    return {"hours": hours, "digits": int(heard), "times_real_time": round(made_s / spent_s)}


def judgements(random: Random, calls: int = 200) -> dict[str, float]:
    """Percent judged wrongly, and percent not judged."""
    wrong = {"human": 0, "machine": 0}
    unknown = {"human": 0, "machine": 0}
    for who in wrong:
        for _ in range(calls):
            answer = _judged(_greeting(who, random))
            unknown[who] += answer == "unknown"
            wrong[who] += answer not in {who, "unknown"}
    return {f"{who}_wrong_pct": 100 * count / calls for who, count in wrong.items()} | {
        f"{who}_unknown_pct": 100 * count / calls for who, count in unknown.items()
    }


def _greeting(who: str, random: Random) -> np.ndarray:
    lead = np.zeros(int(RATE * random.uniform(0.1, 1.2)))
    if who == "human":
        said = [speech(random.uniform(0.25, 1.3), random), np.zeros(4 * RATE)]
    else:
        said = []
        for _ in range(4):
            said += [speech(random.uniform(1.0, 3.0), random), np.zeros(int(RATE * random.uniform(0.1, 0.5)))]
    wave = np.concatenate((lead, *said))
    return wave + noise(len(wave), random.uniform(3, 60), random)


def _judged(wave: np.ndarray) -> str:
    voice, detector = VoiceActivity(), AnsweringMachineDetector()
    for speaking in voice.feed(as_samples(wave)):
        judgement = detector.feed(speaking)
        if judgement is not None:
            return judgement.answerer
    return "unknown"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Ears: digits, voice, answering machines, on made audio.")
    parser.add_argument("--hours", type=float, default=1)
    options = parser.parse_args()
    random = np.random.default_rng(4)
    answer = {
        "digits_found_pct": {
            f"{tone_ms} ms, {snr_db} dB": accuracy(snr_db, tone_ms, random)
            for tone_ms in (40, 80)
            for snr_db in (30, 20, 15, 10)
        },
        "talk_off": talk_off(options.hours, random),
        "answering": judgements(random),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
