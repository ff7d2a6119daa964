"""The voice: a program of its own that turns text into samples with espeak-ng.

It is started by `ivr.speech` and spoken to over its standard input and output; it imports nothing of this
project, and nothing of this project imports it, because espeak-ng is GPL-3 and the server is not. One
request at a time:

    in:   4 bytes length, then JSON {"text": ..., "language": ..., "words_per_minute": ...}
    out:  4 bytes length, then JSON {"rate": Hz, "bytes": n} or {"error": why}, then n bytes of 16-bit samples

At the start it says {"version": ..., "rate": ...} in the same way. End of input ends it.
"""

from __future__ import annotations

import ctypes
import json
import struct
import sys
from typing import Any, BinaryIO, ClassVar

import espeakng_loader

# speak_lib.h
AUDIO_OUTPUT_SYNCHRONOUS = 2
ESPEAK_CHARS_UTF8 = 1
ESPEAK_RATE = 1
POS_CHARACTER = 1
EE_OK = 0
EVENT_LIST_END = 0

SynthCallback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Voice(ctypes.Structure):
    """espeak_VOICE: here only to ask for a voice by its language."""

    _fields_: ClassVar = [
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("unused", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    ]


class Espeak:
    """The library, loaded once."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        self.rate = int(self._library.espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, data, 0))
        if self.rate <= 0:
            raise OSError("espeak-ng cannot be initialised")
        self._library.espeak_Info.restype = ctypes.c_char_p
        self._chunks: list[bytes] = []
        self._callback = SynthCallback(self._take)  # kept: the library holds only a pointer to it
        self._library.espeak_SetSynthCallback(self._callback)

    @property
    def version(self) -> str:
        """The library's version, part of what a cached prompt is known by."""
        path = ctypes.c_char_p()
        return str(self._library.espeak_Info(ctypes.byref(path)).decode())

    def _take(self, samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            self._chunks.append(ctypes.string_at(samples, count * 2))
        return 0

    def _choose(self, language: str) -> None:
        """By the voice's name (`en-us`, `de`), or by a language tag that voices list (`en-gb`, `fr-fr`)."""
        if self._library.espeak_SetVoiceByName(language.encode()) == EE_OK:
            return
        wanted = Voice(languages=language.lower().encode())
        if self._library.espeak_SetVoiceByProperties(ctypes.byref(wanted)) != EE_OK:
            raise ValueError(f'espeak-ng has no voice for the language "{language}"')

    def speak(self, text: str, language: str, words_per_minute: int) -> bytes:
        """16-bit samples of the text spoken; raises ValueError for a language without a voice."""
        self._choose(language)
        self._library.espeak_SetParameter(ESPEAK_RATE, words_per_minute, 0)
        data = text.encode() + b"\0"
        self._chunks.clear()
        arguments = (ctypes.c_size_t(len(data)), 0, POS_CHARACTER, 0, ESPEAK_CHARS_UTF8, None, None)
        if self._library.espeak_Synth(data, *arguments) != EE_OK:
            raise ValueError("espeak-ng cannot speak this text")
        self._library.espeak_Synchronize()
        return b"".join(self._chunks)


def _read(stream: BinaryIO) -> Any:
    header = stream.read(4)
    if len(header) < 4:
        return None
    return json.loads(stream.read(struct.unpack("!I", header)[0]))


def _write(stream: BinaryIO, message: dict[str, object], payload: bytes = b"") -> None:
    data = json.dumps(message).encode()
    stream.write(struct.pack("!I", len(data)) + data + payload)
    stream.flush()


def main() -> None:
    """Answer requests until the input ends."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    espeak = Espeak()
    _write(answers, {"version": espeak.version, "rate": espeak.rate})
    while (request := _read(requests)) is not None:
        try:
            samples = espeak.speak(request["text"], request["language"], request["words_per_minute"])
        except ValueError as error:
            _write(answers, {"error": str(error)})
        else:
            _write(answers, {"rate": espeak.rate, "bytes": len(samples)}, samples)


if __name__ == "__main__":
    main()
