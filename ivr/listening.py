"""Speech to phrases: the interface of a recogniser, and the experimental one that comes as an extra.

Data flow: one utterance's samples + phrases > request over a pipe > the recogniser's own process > phrase and
confidence. Whoever has the caller's audio cuts it into utterances and tells the flow `Heard`; keys are none of its
business. The process is started when first needed, started again if it died, ended by `close`; every wait has a
deadline.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ivr.sound import Samples, resample

ANSWER_DEADLINE_S = 10.0
STOP_DEADLINE_S = 2.0
MODEL_RATE_HZ = 16_000
MAX_ANSWER_BYTES = 100_000


class ListeningError(OSError):
    """Speech could not be looked at."""


@dataclass(frozen=True, slots=True)
class Understood:
    """A phrase, or "" for none of them, and how sure that is, 0 to 1."""

    text: str
    confidence: float


class SpeechRecognizer(Protocol):
    """Whoever can tell which of a few phrases was said."""

    async def recognize(
        self, samples: Samples, rate_hz: int, phrases: Sequence[str], *, repeat: bool = False
    ) -> Understood:
        """Look at one utterance; with `repeat` phrases may follow each other. Raises ListeningError."""

    async def close(self) -> None:
        """Let go of what it holds."""


class PocketsphinxRecognizer:
    """pocketsphinx with a grammar of the phrases, English only, in a process of its own. Experimental."""

    def __init__(self, *, command: Sequence[str] | None = None) -> None:
        program = str(Path(__file__).with_name("pocketsphinx_process.py"))
        self._command = tuple(command) if command is not None else (sys.executable, program)
        self._process: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()

    @staticmethod
    def installed() -> bool:
        """Whether the extra `cordboard[listen]` is there."""
        return importlib.util.find_spec("pocketsphinx") is not None

    async def recognize(
        self, samples: Samples, rate_hz: int, phrases: Sequence[str], *, repeat: bool = False
    ) -> Understood:
        """Ask the process."""
        wide = resample(samples, rate_hz, MODEL_RATE_HZ)
        data = (np.clip(wide, -1, 1) * 32767).astype("<i2").tobytes()
        request = {"phrases": list(phrases), "repeat": repeat, "bytes": len(data)}
        async with self._lock:
            try:
                async with asyncio.timeout(ANSWER_DEADLINE_S):
                    answer = await self._ask(request, data)
            except (TimeoutError, asyncio.IncompleteReadError, ConnectionError) as error:
                await self._stop()
                raise ListeningError("the recogniser died or is too slow") from error
            except asyncio.CancelledError:
                self._abandon()  # its answer would be taken for the next one's
                raise
        if "error" in answer:
            raise ListeningError(str(answer["error"]))
        return Understood(str(answer["text"]), float(answer["confidence"]))

    async def close(self) -> None:
        """End the process."""
        async with self._lock:
            await self._stop()

    async def _ask(self, request: dict[str, object], data: bytes) -> dict[str, Any]:
        process = await self._running()
        if process.stdin is None:
            raise ListeningError("the recogniser has no input")
        head = json.dumps(request).encode()
        process.stdin.write(struct.pack("!I", len(head)) + head + data)
        await process.stdin.drain()
        return await _receive(process)

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            pipe = asyncio.subprocess.PIPE
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=pipe,
                stdout=pipe,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
            await _receive(self._process)  # it says its version when its model is loaded
        return self._process

    async def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(STOP_DEADLINE_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    def _abandon(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()


async def _receive(process: asyncio.subprocess.Process) -> dict[str, Any]:
    if process.stdout is None:
        raise ListeningError("the recogniser has no output")
    (size,) = struct.unpack("!I", await process.stdout.readexactly(4))
    if size > MAX_ANSWER_BYTES:
        raise ListeningError(f"the recogniser wants to send {size} bytes")
    message = json.loads(await process.stdout.readexactly(size))
    if not isinstance(message, dict):
        raise ListeningError("the recogniser does not speak the protocol")
    return message
