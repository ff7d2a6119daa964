"""Prompts as files: what a flow says, rendered once, levelled, kept as raw mu-law at 8 kHz, and where phones of a
wideband codec may hear it at 16 kHz besides.

Data flow: prompt > content hash > file in the cache, made if it is not there: speech engine or audio file >
resample > trim > level > mu-law > written beside and renamed. Two who ask for the same prompt at once wait
for one rendering; one of them giving up does not disturb the other. Numbers are crunched off the event
loop.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from pydub import AudioSegment
from pydub.exceptions import CouldntDecodeError

from callflows.blocks.spoken import AudioClip, Pause, Sentence
from callflows.expressions import Template
from callflows.program import Flow
from ivr.effects import AudioFile, HoldMusic, Prompt, Recorded, Silence, Speech, Tone
from ivr.music import MUSIC_VERSION, hold_music
from ivr.sound import RATE_HZ, WIDE_HZ, Samples, fade, level, resample, to_linear, to_ulaw, trim
from ivr.speech import SpeechEngine
from telephony.media.playback import WIDE_SUFFIX

PROMPT_DBFS = -18.0
HEARD_BACK = "heard-back-"
_NAMES_REMEMBERED = 10_000
PREPARATION = "3"
"""Part of every content hash: raise it when prompts are prepared differently."""


class PromptError(ValueError):
    """A prompt cannot be made."""


class PromptLibrary:
    """The cache of prepared prompts; the only one that writes into `cache_dir`, but for other processes
    like it.
    """

    def __init__(self, cache_dir: Path, engine: SpeechEngine, *, wide: bool = False) -> None:
        """`wide`: speech and audio files are kept at 16 kHz too, as a file beside the other (`WIDE_SUFFIX`)."""
        self._wide = wide
        self._cache_dir = cache_dir
        self._engine = engine
        self._making: dict[str, asyncio.Task[Path]] = {}
        self.recording_file: Callable[[str], Awaitable[Path | None]] | None = None
        """Where a recording of a call lies, by its name; set by whoever has a store of them."""
        self._identity: str | None = None
        # What files are named in the cache, by path, change and size: reading one anew for each caller took a thread.
        self._names: dict[tuple[Path, int, int], str] = {}
        self.rendered = 0

    async def prepare(self, prompt: Prompt) -> Path:
        """A raw mu-law file of the prompt; raises PromptError, SpeechError (an OSError) or OSError."""
        match prompt:
            case Speech(text, language):
                return await self._speech(text, language)
            case AudioFile(path):
                return await self._file(path)
            case Silence(seconds):
                name = f"silence-{round(seconds * 1000)}ms"
                return await self._once(name, lambda: self._write(name, lambda: _silence(seconds)))
            case Tone(seconds, hz):
                name = f"tone-{round(hz)}hz-{round(seconds * 1000)}ms"
                return await self._once(name, lambda: self._write(name, lambda: _tone(seconds, hz)))
            case HoldMusic():
                return await self.music()
            case Recorded(name):
                return await self._recorded(name)

    async def prepare_flow(self, flow: Flow) -> None:
        """Prepare everything a flow says that is the same for every caller; raises as `prepare` does."""
        for prompt in static_prompts(flow):
            await self.prepare(prompt)

    async def music(self) -> Path:
        """The built-in music on hold."""
        name = f"music-{MUSIC_VERSION}"
        return await self._once(name, lambda: self._write(name, hold_music))

    async def close(self) -> None:
        """Stop what is being made, and the engine."""
        tasks = list(self._making.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._engine.close()

    async def _speech(self, text: str, language: str) -> Path:
        if self._identity is None:
            self._identity = await self._engine.identity()
        name = "speech-" + _hash(PREPARATION, self._identity, language, text)

        async def make() -> Path:
            if not text.strip():
                return await self._write(name, lambda: _silence(0.02))
            samples, rate_hz = await self._engine.speak(text, language)
            return await self._keep(name, lambda: (samples, rate_hz))

        return await self._once(name, make, wide=self._wide and bool(text.strip()))

    async def _recorded(self, name: str) -> Path:
        """A message to be heard back, under its own name: it is played in one call only, and then forgotten."""
        find = self.recording_file
        path = None if find is None else await find(name)
        if path is None:
            raise PromptError(f"there is no recording {name} to be heard")
        heard = f"{HEARD_BACK}{name}"
        return await self._once(heard, lambda: self._keep(heard, lambda: read_audio(path)), wide=self._wide)

    async def forget_recorded(self, name: str) -> None:
        """What was made of a message so that it could be heard back goes with its call."""
        path = self._path(f"{HEARD_BACK}{name}")
        for each in (path, path.with_suffix(WIDE_SUFFIX)):
            await asyncio.to_thread(each.unlink, missing_ok=True)

    async def _file(self, path: Path) -> Path:
        status = path.stat()  # noqa: ASYNC240 - microseconds; a thread for it cost a tenth of a caller's set-up
        known = (path, status.st_mtime_ns, status.st_size)
        name = self._names.get(known)
        if name is None:
            name = "file-" + _hash(PREPARATION, await asyncio.to_thread(path.read_bytes))
            if len(self._names) >= _NAMES_REMEMBERED:
                self._names.clear()
            self._names[known] = name
        return await self._once(name, lambda: self._keep(name, lambda: read_audio(path)), wide=self._wide)

    async def _once(
        self, name: str, make: Callable[[], Coroutine[Any, Any, Path]], *, wide: bool = False
    ) -> Path:
        path = self._path(name)
        if path.is_file() and (not wide or path.with_suffix(WIDE_SUFFIX).is_file()):
            return path
        task = self._making.get(name)
        if task is None:
            task = asyncio.create_task(make())
            self._making[name] = task
            task.add_done_callback(lambda done: self._made(name, done))
        return await asyncio.shield(task)

    def _made(self, name: str, task: asyncio.Task[Path]) -> None:
        self._making.pop(name, None)
        if not task.cancelled():
            task.exception()  # whoever still waits has it; nobody may be left

    def _path(self, name: str) -> Path:
        return self._cache_dir / f"{name}.ulaw"

    async def _write(self, name: str, make: Callable[[], Samples]) -> Path:
        self.rendered += 1
        path = self._path(name)
        await asyncio.to_thread(lambda: _write_atomically(path, to_ulaw(make())))
        return path

    async def _keep(self, name: str, read: Callable[[], tuple[Samples, int]]) -> Path:
        """Prepare sound of any rate."""
        if not self._wide:
            return await self._write(name, lambda: prepared(*read()))
        self.rendered += 1
        path = self._path(name)
        await asyncio.to_thread(lambda: _write_both(path, *read()))
        return path


def prepared(samples: Samples, rate_hz: int) -> Samples:
    """At 8 kHz, without silence at the ends, at the level of prompts."""
    return fade(level(trim(resample(samples, rate_hz)), PROMPT_DBFS))


def prepared_wide(samples: Samples, rate_hz: int) -> tuple[Samples, Samples]:
    """The same at 8 kHz and at 16, of one length in time."""
    wide = trim(resample(samples, rate_hz, WIDE_HZ), WIDE_HZ)
    narrow = resample(wide, WIDE_HZ)
    wide = np.pad(wide, (0, 2 * narrow.size - wide.size))
    return fade(level(narrow, PROMPT_DBFS)), fade(level(wide, PROMPT_DBFS, WIDE_HZ), WIDE_HZ)


def read_audio(path: Path) -> tuple[Samples, int]:
    """One channel of any audio file that pydub reads (others than WAV with ffmpeg), and its rate in Hz."""
    try:
        with path.open("rb") as file:
            audio = AudioSegment.from_file(file, format=path.suffix[1:].lower() or None)
    except (CouldntDecodeError, IndexError, KeyError, EOFError, ValueError) as error:
        raise PromptError(f"{path} is not an audio file that can be read") from error
    except FileNotFoundError as error:
        if not path.is_file():
            raise
        raise PromptError(f"{path} needs ffmpeg to be read; WAV files do not") from error
    values = np.array(audio.get_array_of_samples(), dtype=np.float32).reshape(-1, audio.channels)
    full_scale = float(1 << (8 * audio.sample_width - 1))
    return (values.mean(axis=1) / full_scale).astype(np.float32), int(audio.frame_rate)


def static_prompts(flow: Flow) -> Iterator[Prompt]:
    """Every prompt of a flow that does not depend on the caller."""
    for steps in flow.sections.values():
        for step in steps:
            block = step.block
            voice = getattr(block, "language", None) or flow.language
            sentences = {id(sentence.text) for _, sentence in block.parts(Sentence)}
            for _, sentence in block.parts(Sentence):
                if sentence.text.is_static:
                    yield Speech(sentence.text.source, sentence.language or voice)
            for _, template in block.parts(Template):
                if template.is_static and id(template) not in sentences:
                    yield Speech(template.source, voice)
            for _, clip in block.parts(AudioClip):
                yield AudioFile(flow.path.parent / clip.file)
            for _, pause in block.parts(Pause):
                yield Silence(pause.pause_s)


def _silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE_HZ), np.float32)


def _tone(seconds: float, hz: float) -> Samples:
    sine = np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)
    return fade((sine * 10 ** ((PROMPT_DBFS + 3) / 20)).astype(np.float32))


def _hash(*parts: str | bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:32]


def _write_both(path: Path, samples: Samples, rate_hz: int) -> None:
    """The wide one first: whoever finds the other finds it too."""
    narrow, wide = prepared_wide(samples, rate_hz)
    _write_atomically(path.with_suffix(WIDE_SUFFIX), to_linear(wide))
    _write_atomically(path, to_ulaw(narrow))


def _write_atomically(path: Path, data: bytes) -> None:
    """Whole or not at all, whoever else writes the same file at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(data)
    beside.replace(path)
