"""The ledger of what is live: gathers what changed in every room and has it written down in one piece.

Data flow: a room changes > `stir` > a fifth of a second later each room gives what changed as data > `LiveStates`
(sealed; one transaction, by a thread) > the database. A change is on the disk within half a second, a new call within
three quarters. What is gathered together is one moment: a call, its session and its place in the router agree.
"""

from __future__ import annotations

import asyncio
import os
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from journal.live import LiveStates

GATHER_S = 0.2
KIND = "live"
NONCE_BYTES = 12

States = Mapping[str, bytes | None]
"""States by id; None: over."""


class Room(Protocol):
    """One that can say what changed in it."""

    @property
    def is_stirred(self) -> bool:
        """Whether there is, or soon will be, something to write."""

    def changed(self, now: float, *, everything: bool) -> States:
        """What is to be written; with `everything` also what is too new to be written otherwise."""


class Ledger:
    """Gathers from its rooms, as long as anything changes."""

    def __init__(self, states: LiveStates) -> None:
        self._states = states
        self._rooms: Sequence[Room] = ()
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self.gather_s = 0.0
        """CPU time of the event loop's thread that gathering has taken so far."""

    def begin(self, rooms: Sequence[Room]) -> None:
        """Gather from these from now on."""
        self._rooms = rooms
        self.stir()

    def stir(self) -> None:
        """Something has changed somewhere."""
        if self._timer is None and not self._closed and self._rooms:
            self._timer = asyncio.get_running_loop().call_later(GATHER_S, self.gather)

    def gather(self, *, everything: bool = False) -> None:
        """Hand over what has changed. Reads memory only; the disk is another thread's."""
        began = time.thread_time()
        self._timer = None
        pending: dict[str, bytes | None] = {}
        now = time.monotonic()
        for room in self._rooms:
            pending.update(room.changed(now, everything=everything))
        if pending:
            self._states.put_all(pending)
        if any(room.is_stirred for room in self._rooms):
            self.stir()
        self.gather_s += time.thread_time() - began

    def stop(self) -> None:
        """Gather no more; what comes after this is not the next process's business."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def close(self) -> None:
        """Write what was gathered. Waits for the disk: not on the event loop."""
        self._states.close()


def states_of(database: Path, key_file: Path) -> LiveStates:
    """The live states, sealed with a key that is kept beside the database and not in it: what callers type is in a run,
    and the keys of encrypted audio are in a session."""
    key = AESGCM(_key(key_file))

    def seal(data: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + key.encrypt(nonce, data, None)

    def unseal(data: bytes) -> bytes:
        try:
            return key.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], None)
        except InvalidTag as error:
            raise ValueError("sealed with another key") from error

    return LiveStates(database, KIND, seal=seal, unseal=unseal)


def _key(path: Path) -> bytes:
    """32 bytes, in the file as text."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(urlsafe_b64encode(AESGCM.generate_key(256)))
    return urlsafe_b64decode(path.read_bytes())
