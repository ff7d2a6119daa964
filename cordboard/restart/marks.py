"""What changed since it was last written. Most calls are over in a moment: what is new is due only the second time that
somebody asks, and what has gone by then was never written at all.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Marks(Generic[Key]):
    """Keys of changed things. `written` are those that the disk knows, kept by whoever writes."""

    __slots__ = ("_due", "_new", "written")

    def __init__(self) -> None:
        self._new: set[Key] = set()
        self._due: set[Key] = set()
        self.written: set[Key] = set()

    def __bool__(self) -> bool:
        return bool(self._new or self._due)

    def add(self, key: Key) -> None:
        """It is another now, or over."""
        if key in self.written:
            self._due.add(key)
        else:
            self._new.add(key)

    def take(self, *, everything: bool = False) -> set[Key]:
        """What is to be written now; each is given once."""
        due, self._due = self._due, self._new
        self._new = set()
        if everything:
            due |= self._due
            self._due = set()
        return due
