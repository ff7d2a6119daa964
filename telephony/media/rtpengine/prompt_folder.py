"""Prompts as files that rtpengine can play: chains of raw mu-law files, each made one WAV file with a plain header.

rtpengine reads them itself, usually as a user of its own, so file and folder are readable by everybody; the
name is a digest of what is inside, so a changed prompt is another file.
"""

import hashlib
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from telephony.media.stream import CLOCK_RATE_HZ

MU_LAW: Final = 7
"""WAVE_FORMAT_MULAW."""
_HEADER: Final = struct.Struct("<4sI4s4sIHHIIHHH4sI")


class PromptFolder:
    """Makes a file for each chain of prompts, once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def file_for(self, prompts: Sequence[Path]) -> Path:
        """OSError if a prompt cannot be read, or the folder not be written to."""
        audio = b"".join(prompt.read_bytes() for prompt in prompts)
        path = self._folder / f"{hashlib.sha256(audio).hexdigest()[:24]}.wav"
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o755)
            unfinished = path.with_suffix(".part")
            unfinished.write_bytes(_header(len(audio)) + audio)
            unfinished.chmod(0o644)
            unfinished.rename(path)
        return path


def _header(size: int) -> bytes:
    return _HEADER.pack(
        b"RIFF", _HEADER.size - 8 + size, b"WAVE",
        b"fmt ", 18, MU_LAW, 1, CLOCK_RATE_HZ, CLOCK_RATE_HZ, 1, 8, 0,
        b"data", size,
    )  # fmt: skip
