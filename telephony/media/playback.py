"""Prompts: raw mu-law files, memory-mapped once for all legs, cut into frames without a gap between files.

    PromptCache.get(path)          -> the file's bytes; the kernel shares its pages between workers
    Playlist.next_frame(size)      -> one frame, None when all was played

A changed file is mapped anew for the next play; legs that still play the old one keep it.
"""

import mmap
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from telephony.media.g711 import ULAW_SILENCE

Prompt = bytes | mmap.mmap


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

    __slots__ = ("_file", "_files", "_loop", "_position", "paused", "play_id", "stop_at")

    def __init__(
        self, play_id: str, files: Sequence[Prompt], *, loop: bool = False, stop_at: str = ""
    ) -> None:
        self.play_id = play_id
        self.stop_at = stop_at
        self.paused = False
        self._files = tuple(file for file in files if len(file))
        self._loop = loop
        self._file = 0
        self._position = 0

    def next_frame(self, size: int) -> bytes | None:
        """`size` bytes of mu-law; the very last frame is filled up with silence. None: all was played."""
        files = self._files
        if self._file >= len(files):
            return None
        start = self._position
        self._position = end = start + size
        frame = files[self._file][start:end]
        if len(frame) == size:
            return frame
        return self._across_files(frame, size)

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
        position = max(0, position_ms) * 8
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
                return frame.ljust(size, bytes((ULAW_SILENCE,))) if frame else None
            wanted = size - len(frame)
            frame += self._files[self._file][:wanted]
            self._position = wanted
        return frame
