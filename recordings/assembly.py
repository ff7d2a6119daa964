"""Spool to stereo WAV: caller left, agent right, both where they belong in time.

Data flow: spool packets -> Timeline of each side (where) -> G.711 table or G.722 decoder (what) -> Mixdown (window)
-> WAV.
A function that a process of its own may run: it takes and gives plain values, touches two files and nothing
else. The WAV appears under its name only when it is whole and on the disk.
"""

from __future__ import annotations

import hashlib
import os
import wave
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recordings.mixdown import RUN, SIDES, Mixdown
from recordings.timeline import RATE_HZ, Timeline
from telephony.media.g711 import ALAW_TO_LINEAR, ULAW_TO_LINEAR, Samples
from telephony.media.g722 import G722Decoder
from telephony.media.spool import SpoolPacket, read_spool

CALLER, AGENT = 0, 1
SAMPLE_BYTES = 2

_TABLES = {"PCMU": ULAW_TO_LINEAR, "PCMA": ALAW_TO_LINEAR}


@dataclass(frozen=True, slots=True)
class AssembledRecording:
    """A finished file. The levels are of a whole side, silence included; None says that all of it was silent."""

    path: Path
    seconds: float
    caller_dbfs: float | None
    agent_dbfs: float | None
    sha256: str
    too_late: int


def assemble(spool: Path, wav: Path) -> AssembledRecording:
    """Make a WAV (8 kHz, 16 bits, stereo) of a spool; replaces what stood there, in one step.

    OSError: the disk; SpoolError: the spool is none. In either case no file appears, and the spool stays.
    """
    unfinished = wav.with_name(f".{wav.name}.unfinished")
    wav.parent.mkdir(parents=True, exist_ok=True)
    try:
        mixdown = _write_wav(read_spool(spool), unfinished)
        digest = _digest(unfinished)
        unfinished.replace(wav)
    finally:
        unfinished.unlink(missing_ok=True)
    _sync_folder(wav.parent)
    return AssembledRecording(
        path=wav,
        seconds=mixdown.frames / RATE_HZ,
        caller_dbfs=mixdown.dbfs(CALLER),
        agent_dbfs=mixdown.dbfs(AGENT),
        sha256=digest,
        too_late=mixdown.too_late,
    )


def _write_wav(packets: Iterable[SpoolPacket], path: Path) -> Mixdown:
    with path.open("wb") as file:
        with wave.open(file, "wb") as wav:
            wav.setnchannels(SIDES)
            wav.setsampwidth(SAMPLE_BYTES)
            wav.setframerate(RATE_HZ)
            mixdown = Mixdown(wav.writeframesraw)
            lay_out(packets, mixdown)
            mixdown.finish()
        file.flush()
        os.fsync(file.fileno())
    return mixdown


class _Side:
    """One side's way into the mixdown: packets that follow each other are decoded together, up to a second."""

    __slots__ = ("_codec", "_end", "_g722", "_mixdown", "_payloads", "_side", "_start", "_timeline")

    def __init__(self, side: int, mixdown: Mixdown) -> None:
        self._side = side
        self._mixdown = mixdown
        self._timeline = Timeline()
        self._payloads: list[bytes] = []
        self._start = self._end = 0
        self._codec = ""
        self._g722: G722Decoder | None = None  # one a side: its state is the stream's

    def take(self, packet: SpoolPacket) -> None:
        position = self._timeline.place(packet)
        if position != self._end or packet.codec != self._codec or position - self._start > RUN:
            self.flush()
            self._start, self._codec = position, packet.codec
        self._payloads.append(packet.payload)
        self._end = position + len(packet.payload)

    def flush(self) -> None:
        if self._payloads:
            self._mixdown.lay(self._side, self._start, self._decoded(b"".join(self._payloads)))
            self._payloads.clear()

    def _decoded(self, payload: bytes) -> Samples:
        if self._codec == "G722":
            if self._g722 is None:
                self._g722 = G722Decoder()
            return self._g722.samples(payload)
        return _TABLES[self._codec][np.frombuffer(payload, dtype=np.uint8)]


def lay_out(packets: Iterable[SpoolPacket], mixdown: Mixdown) -> None:
    """Every packet of audio to its place. Other payloads (DTMF, comfort noise) leave silence."""
    sides = [_Side(side, mixdown) for side in range(SIDES)]
    for packet in packets:
        if (packet.codec in _TABLES or packet.codec == "G722") and packet.payload and packet.channel < SIDES:
            sides[packet.channel].take(packet)
    for side in sides:
        side.flush()


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
