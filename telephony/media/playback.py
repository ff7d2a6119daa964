"""Prompts: raw mu-law files, memory-mapped once for all legs, cut into frames without a gap between files.

    PromptCache.get(path)          -> the file's bytes; the kernel shares its pages between workers
    PromptCache.get_wide(paths)    -> the same prompts at 16 kHz, from the files beside them
    Playlist.next_frame(size)      -> one frame, None when all was played

A wide playlist is of 16-bit samples at 16 kHz, for legs of a wideband codec; it has one only if each of its prompts has
that file. A changed file is mapped anew for the next play; legs that still play the old one keep it.
"""

import mmap
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from telephony.media.g711 import ULAW_SILENCE, Samples, linear_to_ulaw
from telephony.media.resampling import Decimator

Prompt = bytes | mmap.mmap
WIDE_SUFFIX = ".l16"
"""Little-endian, as this machine has them."""
WIDE_UNIT = 4
"""Octets of a wide prompt in the time of one of mu-law."""


class PromptCache:
    """Maps of the files played lately; the oldest unused ones are let go."""

    def __init__(self, limit: int = 512) -> None:
        self._limit = limit
        self._maps: OrderedDict[tuple[str, int, int], Prompt] = OrderedDict()

    def __len__(self) -> int:
        return len(self._maps)

    def get(self, path: str) -> Prompt:
        """The whole file. OSError if it cannot be read."""
        with Path(path).open("rb") as file:
            status = Path(path).stat()
            key = (path, status.st_mtime_ns, status.st_size)
            found = self._maps.get(key)
            if found is not None:
                self._maps.move_to_end(key)
                return found
            prompt = self._map(file.fileno(), status.st_size)
        self._maps[key] = prompt
        if len(self._maps) > self._limit:
            self._maps.popitem(last=False)  # unmapped when the last leg that plays it lets go
        return prompt

    def get_wide(self, paths: Sequence[str]) -> list[Prompt] | None:
        """None: one of them has no such file."""
        try:
            return [self.get(str(Path(path).with_suffix(WIDE_SUFFIX))) for path in paths]
        except FileNotFoundError:
            return None

    @staticmethod
    def _map(descriptor: int, size: int) -> Prompt:
        if size == 0:
            return b""  # an empty file cannot be mapped
        mapped = mmap.mmap(descriptor, size, prot=mmap.PROT_READ)
        # The pages are fetched now, so that the packet loop does not wait for the disk later.
        mapped.madvise(mmap.MADV_WILLNEED)
        return mapped


class Playlist:
    """What one leg plays: files one after the other, once or for ever."""

    __slots__ = (
        "_down",
        "_file",
        "_files",
        "_loop",
        "_position",
        "_unit",
        "is_wide",
        "paused",
        "play_id",
        "stop_at",
    )

    def __init__(
        self,
        play_id: str,
        files: Sequence[Prompt],
        *,
        loop: bool = False,
        stop_at: str = "",
        is_wide: bool = False,
    ) -> None:
        self.is_wide = is_wide
        self._unit = WIDE_UNIT if is_wide else 1
        self._down: Decimator | None = None
        self.play_id = play_id
        self.stop_at = stop_at
        self.paused = False
        self._files = tuple(file for file in files if len(file))
        self._loop = loop
        self._file = 0
        self._position = 0

    def next_frame(self, size: int) -> bytes | None:
        """`size` bytes of mu-law, or four times as many of a wide one; the very last frame is filled up with silence.
        None: all was played."""
        files = self._files
        if self._file >= len(files):
            return None
        size *= self._unit
        start = self._position
        self._position = end = start + size
        frame = files[self._file][start:end]
        if len(frame) == size:
            return frame
        return self._across_files(frame, size)

    def as_samples(self, frame: bytes) -> Samples:
        """A frame of a wide playlist at 8 kHz: for a leg that speaks G.711 by now, or a room of such."""
        self._down = self._down or Decimator(2)
        return self._down.pass_on(np.frombuffer(frame, np.int16))

    def as_ulaw(self, frame: bytes) -> bytes:
        """The same in mu-law."""
        return linear_to_ulaw(self.as_samples(frame))

    def rest(self) -> tuple[Prompt, int, int]:
        """The file that is playing, where in it, and its length: whoever takes frames of it says `move_to`."""
        if self._file >= len(self._files):
            return b"", 0, 0
        file = self._files[self._file]
        return file, self._position, len(file)

    def move_to(self, position: int) -> None:
        """Frames up to this position of the file that is playing were taken."""
        self._position = position

    def seek(self, position_ms: int) -> None:
        """Go to a place in all files together; behind the last one (of a loop: again from its begin) all is played."""
        position = max(0, position_ms) * 8 * self._unit
        if self._loop and self._files:
            position %= sum(len(file) for file in self._files)
        self._file = 0
        while self._file < len(self._files) and position >= len(self._files[self._file]):
            position -= len(self._files[self._file])
            self._file += 1
        self._position = position

    def _across_files(self, frame: bytes, size: int) -> bytes | None:
        while len(frame) < size:
            self._file += 1
            if self._file == len(self._files) and self._loop:
                self._file = 0
            if self._file == len(self._files):
                silence = b"\0" if self.is_wide else bytes((ULAW_SILENCE,))
                return frame.ljust(size, silence) if frame else None
            wanted = size - len(frame)
            frame += self._files[self._file][:wanted]
            self._position = wanted
        return frame
