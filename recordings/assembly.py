"""Spool to WAV: stereo, the caller left and the agent right, both where they belong in time; or the caller alone.

Data flow: spool packets -> Timeline of each side (where) -> decoder (what) -> Mixdown (window) -> WAV.
The file has 8 kHz, or 16 kHz if either side spoke a wideband codec in any part of the talk.

A function that a process of its own may run: it takes and gives plain values, touches two files and nothing
else. The WAV appears under its name only when it is whole and on the disk.
"""

from __future__ import annotations

import hashlib
import os
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recordings.mixdown import SIDES, Mixdown
from recordings.sides import lay_out
from recordings.timeline import RATE_HZ
from telephony.media.decoding import WIDE_HZ
from telephony.media.spool import read_spool

CALLER, AGENT = 0, 1
SAMPLE_BYTES = 2


@dataclass(frozen=True, slots=True)
class AssembledRecording:
    """A finished file. The levels are of a whole side, silence included; None says that all of it was silent."""

    path: Path
    seconds: float
    caller_dbfs: float | None
    agent_dbfs: float | None
    sha256: str
    too_late: int


def assemble(spool: Path, wav: Path, sides: int = SIDES) -> AssembledRecording:
    """Make a WAV (8 or 16 kHz, 16 bits) of a spool; replaces what stood there, in one step. With one of the `sides`
    it is the caller's: a message has nobody on the other.

    OSError: the disk; SpoolError: the spool is none. In either case no file appears, and the spool stays.
    """
    unfinished = wav.with_name(f".{wav.name}.unfinished")
    wav.parent.mkdir(parents=True, exist_ok=True)
    try:
        mixdown = _write_wav(spool, unfinished, RATE_HZ, sides)
        mixdown = mixdown or _write_wav(spool, unfinished, WIDE_HZ, sides)
        assert mixdown is not None  # everything fits the wider one
        digest = _digest(unfinished)
        unfinished.replace(wav)
    finally:
        unfinished.unlink(missing_ok=True)
    _sync_folder(wav.parent)
    return AssembledRecording(
        path=wav,
        seconds=mixdown.frames / mixdown.rate_hz,
        caller_dbfs=mixdown.dbfs(CALLER),
        agent_dbfs=mixdown.dbfs(AGENT),
        sha256=digest,
        too_late=mixdown.too_late,
    )


def _write_wav(spool: Path, path: Path, rate_hz: int, sides: int) -> Mixdown | None:
    """None: the spool holds more than this rate can; that shows with the first such packet, mostly at once."""
    with path.open("wb") as file:
        with wave.open(file, "wb") as wav:
            wav.setnchannels(sides)
            wav.setsampwidth(SAMPLE_BYTES)
            wav.setframerate(rate_hz)
            write = wav.writeframesraw if sides == SIDES else lambda frames: wav.writeframesraw(_left(frames))
            mixdown = Mixdown(write, rate_hz)
            if not lay_out(read_spool(spool), mixdown):
                return None
        file.flush()
        os.fsync(file.fileno())
    return mixdown


def _left(frames: bytes) -> bytes:
    """The caller's samples of stereo frames."""
    return np.frombuffer(frames, dtype="<i2")[CALLER::SIDES].tobytes()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    """A renamed file is safe from a power cut only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
