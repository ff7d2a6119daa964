"""The ear: a program of its own that finds one of a few phrases in a piece of speech, with pocketsphinx.

It is started by `ivr.listening` and spoken to over its standard input and output, so that recognition, which is
all computing, never holds a call up, and so that a crash of it is nobody else's. One request at a time:

    in:   4 bytes length, then JSON {"phrases": [...], "repeat": bool, "bytes": n}, then n bytes of 16-bit
          samples at 16 kHz
    out:  4 bytes length, then JSON {"text": phrase or "", "confidence": 0 to 1} or {"error": why}

At the start it says {"version": ...} in the same way. End of input ends it. `repeat` means that the phrases may
follow each other: spoken digits.

A grammar always finds something, so beside the phrases it holds everyday words that are none of them: speech that is
nearer to one of those is no phrase. It is decoded twice, with these words likely and unlikely; the confidence is
STRICT if the phrase wins even where they are likely, LOOSE if only where they are not.
"""

from __future__ import annotations

import json
import struct
import sys
from importlib.metadata import version
from typing import Any, BinaryIO

import pocketsphinx

OTHER_WORDS = (
    "hello", "pardon", "sorry", "please", "something", "anything", "maybe", "thank you", "excuse me", "wonderful",
    "what is this", "i am not sure", "can you repeat that", "one moment", "good evening", "wait a minute", "really",
    "never mind", "of course", "tomorrow", "yesterday", "telephone", "weather", "dinner", "mother", "window", "apple",
    "orange", "elevator", "umbrella", "computer", "hospital", "chicken", "river", "purple", "garden", "holiday",
)  # fmt: skip
STRICT, LOOSE = 0.9, 0.6
SHARES = ((STRICT, 0.5), (LOOSE, 0.99))
"""How sure one is, and the share of the grammar that the phrases have then."""


class Ear:
    """The decoder, with its model loaded once."""

    def __init__(self) -> None:
        self._decoder = pocketsphinx.Decoder(lm=None, loglevel="FATAL", bestpath=False)

    def recognise(self, phrases: list[str], data: bytes, *, repeat: bool) -> tuple[str, float]:
        """The likeliest phrase and how sure it is; raises ValueError for words the dictionary lacks."""
        for word in {word for phrase in phrases for word in phrase.split()}:
            if self._decoder.lookup_word(word) is None:
                raise ValueError(f'the dictionary has no word "{word}"')
        for confidence, share in SHARES:
            text = self._decode(grammar_of(phrases, share, repeat=repeat), data)
            known = all(word in phrases for word in text.split()) if repeat else text in phrases
            if text and known:
                return text, confidence
        return "", 0.0

    def _decode(self, grammar: str, data: bytes) -> str:
        self._decoder.add_jsgf_string("phrases", grammar)
        self._decoder.activate_search("phrases")
        self._decoder.start_utt()
        self._decoder.process_raw(data, full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        return "" if found is None else str(found.hypstr).lower()


def grammar_of(phrases: list[str], share: float, *, repeat: bool) -> str:
    """The phrases with so much of the likelihood, other words with the rest (JSpeech Grammar Format)."""
    wanted = " | ".join(f"( {phrase} )" for phrase in phrases)
    others = " | ".join(f"( {words} )" for words in OTHER_WORDS if words not in phrases)
    return (
        f"#JSGF V1.0; grammar g; public <top> = /{share:g}/ <wanted>{'+' if repeat else ''} | /{1 - share:g}/ <others>;"
        f" <wanted> = {wanted}; <others> = {others};"
    )


def _read(stream: BinaryIO) -> Any:
    header = stream.read(4)
    return None if len(header) < 4 else json.loads(stream.read(struct.unpack("!I", header)[0]))


def _write(stream: BinaryIO, message: dict[str, object]) -> None:
    data = json.dumps(message).encode()
    stream.write(struct.pack("!I", len(data)) + data)
    stream.flush()


def main() -> None:
    """Answer requests until the input ends."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    ear = Ear()
    _write(answers, {"version": version("pocketsphinx")})
    while (request := _read(requests)) is not None:
        data = requests.read(request["bytes"])
        try:
            text, confidence = ear.recognise(request["phrases"], data, repeat=request["repeat"])
        except ValueError as error:
            _write(answers, {"error": str(error)})
        else:
            _write(answers, {"text": text, "confidence": round(confidence, 3)})


if __name__ == "__main__":
    main()
