"""What changes in SIP, for the ledger: sessions, registrations, subscriptions, each with the time it was written at."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from cordboard.restart.ledger import States
from cordboard.restart.marks import Marks
from telephony.sip.noting import BINDINGS, GRUU_SECRET, SESSION
from telephony.sip.user_agent import UserAgent

PREFIX = "sip"


class Piece(msgspec.Struct):
    """A piece of the user agent's state, whose times count from `at` (monotonic seconds)."""

    at: float
    kind: str
    data: bytes


class KeptSip:
    """Pieces that changed. `on_session` hears of each session that did."""

    def __init__(
        self, user_agent: UserAgent, stir: Callable[[], None], on_session: Callable[[str], None]
    ) -> None:
        self._pieces = user_agent.pieces
        self._marks: Marks[tuple[str, str]] = Marks()
        self._stir = stir
        self._on_session = on_session
        self._pieces.watch(self._note)

    def _note(self, kind: str, key: str) -> None:
        self._marks.add((kind, key))
        if kind == SESSION:
            self._on_session(key)
        self._stir()

    @property
    def is_stirred(self) -> bool:
        return bool(self._marks)

    def known(self, ids: set[str]) -> None:
        """These are on the disk, written by a process before this one."""
        for id_ in ids:
            if id_.startswith(f"{PREFIX}/"):
                _, kind, key = id_.split("/", 2)
                self._marks.written.add((kind, key))
                self._marks.add((kind, key))

    def changed(self, now: float, *, everything: bool) -> States:
        states: dict[str, bytes | None] = {}
        written = self._marks.written
        for key in self._marks.take(everything=everything):
            data = self._pieces.write(*key, now)
            if data is not None:
                written.add(key)
                states["/".join((PREFIX, *key))] = msgspec.msgpack.encode(Piece(now, key[0], data))
            elif key in written:
                written.discard(key)
                states["/".join((PREFIX, *key))] = None
        return states


def order_of(piece: Piece) -> int:
    """What registrations need, then those: a session may need to know whom its packets reach."""
    return {GRUU_SECRET: 0, BINDINGS: 1}.get(piece.kind, 2)
