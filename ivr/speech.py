"""Text to samples: the interface of a speech engine, and the one that is always there.

Data flow: text + language > request over a pipe > the engine's own process > 16-bit samples > float
samples. The engine is started when it is first needed, started again if it dies, ended by `close`. Every
wait has a deadline.
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ivr.sound import Samples

SPEAK_DEADLINE_S = 30.0
START_DEADLINE_S = 10.0
STOP_DEADLINE_S = 2.0
MAX_ANSWER_BYTES = 200_000_000


class SpeechError(OSError):
    """A text could not be spoken."""


class SpeechEngine(Protocol):
    """Whoever can speak."""

    async def identity(self) -> str:
        """Engine, version and voice settings: what a cached prompt depends on besides its text."""

    async def speak(self, text: str, language: str) -> tuple[Samples, int]:
        """Samples and their rate in Hz; raises SpeechError."""

    async def close(self) -> None:
        """Let go of what it holds."""


@dataclass(slots=True)
class _Voice:
    process: asyncio.subprocess.Process
    version: str


class EspeakEngine:
    """espeak-ng, in a process of its own.

    `command` is how the process is started; other programs that speak its protocol may take its place.
    """

    def __init__(self, *, words_per_minute: int = 155, command: Sequence[str] | None = None) -> None:
        self._words_per_minute = words_per_minute
        program = str(Path(__file__).with_name("espeak_process.py"))
        self._command = tuple(command) if command is not None else (sys.executable, program)
        self._voice: _Voice | None = None
        self._lock = asyncio.Lock()
        self.starts = 0

    async def identity(self) -> str:
        """As the library says it."""
        async with self._lock:
            voice = await self._running()
            return f"espeak-ng {voice.version} {self._words_per_minute}"

    async def speak(self, text: str, language: str) -> tuple[Samples, int]:
        """Ask the process; once more, of a new one, if it dies over it."""
        request = {"text": text, "language": language, "words_per_minute": self._words_per_minute}
        async with self._lock:
            try:
                return await self._ask(request)
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                await self._stop()
                first = error
            try:
                return await self._ask(request)
            except (asyncio.IncompleteReadError, ConnectionError):
                await self._stop()
                raise SpeechError("the speech process dies over this text") from first

    async def close(self) -> None:
        """End the process."""
        async with self._lock:
            await self._stop()

    async def _ask(self, request: dict[str, object]) -> tuple[Samples, int]:
        voice = await self._running()
        try:
            async with asyncio.timeout(SPEAK_DEADLINE_S):
                await _send(voice.process, request)
                answer = await _receive(voice.process)
                if "error" in answer:
                    raise SpeechError(answer["error"])
                data = await _stdout(voice.process).readexactly(_length(answer["bytes"]))
        except TimeoutError:
            await self._stop()
            raise SpeechError("the speech process is too slow") from None
        except asyncio.CancelledError:
            self._abandon()  # its answer would be taken for the next one's
            raise
        samples: npt.NDArray[np.int16] = np.frombuffer(data, dtype="<i2")
        return samples.astype(np.float32) / 32768.0, int(answer["rate"])

    async def _running(self) -> _Voice:
        if self._voice is not None and self._voice.process.returncode is None:
            return self._voice
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *self._command, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL, start_new_session=True
        )
        self.starts += 1
        self._voice = _Voice(process, "")
        try:
            async with asyncio.timeout(START_DEADLINE_S):
                self._voice.version = str((await _receive(process))["version"])
        except (TimeoutError, asyncio.IncompleteReadError) as error:
            await self._stop()
            raise SpeechError("the speech process does not start") from error
        except asyncio.CancelledError:
            self._abandon()
            raise
        return self._voice

    async def _stop(self) -> None:
        voice, self._voice = self._voice, None
        if voice is None:
            return
        if voice.process.stdin is not None:
            voice.process.stdin.close()
        try:
            async with asyncio.timeout(STOP_DEADLINE_S):
                await voice.process.wait()
        except TimeoutError:
            voice.process.kill()
            await voice.process.wait()

    def _abandon(self) -> None:
        voice, self._voice = self._voice, None
        if voice is not None and voice.process.returncode is None:
            voice.process.kill()


def _length(size: int) -> int:
    if not 0 <= size <= MAX_ANSWER_BYTES:
        raise SpeechError(f"the speech process wants to send {size} bytes")
    return size


def _stdout(process: asyncio.subprocess.Process) -> asyncio.StreamReader:
    if process.stdout is None:
        raise SpeechError("the speech process has no output")
    return process.stdout


async def _send(process: asyncio.subprocess.Process, message: dict[str, object]) -> None:
    if process.stdin is None:
        raise SpeechError("the speech process has no input")
    data = json.dumps(message).encode()
    process.stdin.write(struct.pack("!I", len(data)) + data)
    await process.stdin.drain()


async def _receive(process: asyncio.subprocess.Process) -> dict[str, Any]:
    (size,) = struct.unpack("!I", await _stdout(process).readexactly(4))
    message = json.loads(await _stdout(process).readexactly(_length(size)))
    if not isinstance(message, dict):
        raise SpeechError("the speech process does not speak the protocol")
    return message
