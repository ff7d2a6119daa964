"""A second router that follows the first one a little behind, and stands still while it is written down.

A snapshot of ten thousand agents takes tenths of a second, in which nobody could ring in; and while it is written in
small pieces the router must not move. So another one is given the same events, with the ids, random numbers and answers
that the first one drew for them: the router is deterministic, so it comes to the same state. It does all its work in
steps of about a millisecond, when it is told to. Should it ever draw something else than the first one did, it is of no
use any more (`Diverged`), and that is a defect worth knowing of.
"""

from __future__ import annotations

import gc
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, ParamSpec, TypeVar

from acd.events import Event
from acd.floor import Floor
from acd.router import Router
from acd.snapshot import dump_in_steps, load_in_steps

Answer = bool | float
P = ParamSpec("P")
A = TypeVar("A", bool, float)


class Drawn(NamedTuple):
    """What a router took from outside while it handled an event."""

    ids: list[str]
    chances: list[float]
    answers: list[Answer]


class Draws:
    """Ids, random numbers and answers: taken from their sources and noted, or given again."""

    def __init__(self, new_id: Callable[[], str], random: Callable[[], float]) -> None:
        self._new_id, self._random = new_id, random
        self._again = deque[str](), deque[float](), deque[Answer]()
        self._noted = Drawn([], [], [])

    def new_id(self) -> str:
        """The next id."""
        drawn = self._again[0].popleft() if self._again[0] else self._new_id()
        self._noted.ids.append(drawn)
        return drawn

    def random(self) -> float:
        """The next number in [0, 1)."""
        drawn = self._again[1].popleft() if self._again[1] else self._random()
        self._noted.chances.append(drawn)
        return drawn

    def noting(self, ask: Callable[P, A]) -> Callable[P, A]:
        """A question whose answers are noted and given again."""

        def answer(*args: P.args, **kwargs: P.kwargs) -> A:
            given: A = self._again[2].popleft() if self._again[2] else ask(*args, **kwargs)  # type: ignore[assignment]
            self._noted.answers.append(given)
            return given

        return answer

    def give_again(self, ids: Sequence[str], chances: Sequence[float], answers: Sequence[Answer]) -> None:
        """Draw these next."""
        self._again = deque(ids), deque(chances), deque(answers)

    @property
    def is_used_up(self) -> bool:
        """Whether all that was to be given again has been."""
        return not any(self._again)

    def noted(self) -> Drawn:
        """What was drawn since this was last asked."""
        drawn, self._noted = self._noted, Drawn([], [], [])
        return drawn


class Note(NamedTuple):
    """An event, when it came, and what was drawn for it."""

    event: Event
    now: float
    drawn: Drawn


class Diverged(RuntimeError):
    """It did not do what the first one did."""


def _overdrawn(*args: object) -> bool:
    raise Diverged(f"it asked for more than was drawn: {args}")


def _no_id() -> str:
    raise Diverged("it wanted an id more")


def _no_chance() -> float:
    raise Diverged("it wanted a random number more")


class Follower:
    """Begins with a snapshot, is told what happened since, and gives the next snapshot when asked for one: of a moment
    between two batches, so that the disk's tail goes on where it ends."""

    def __init__(self, parts: Sequence[bytes]) -> None:
        self._draws = draws = Draws(_no_id, _no_chance)
        evaluate, calendar = draws.noting(_overdrawn), draws.noting(_never)
        self._loading: Iterator[Floor | None] | None = load_in_steps(
            parts, draws.new_id, draws.random, evaluate, calendar
        )
        self._router = Router.__new__(Router)
        self._behind: deque[Note | str] = deque()
        self._dumping: Iterator[bytes] | None = None
        self._parts: list[bytes] = []
        self.dumped_s = 0.0
        """CPU time of the last snapshot."""
        self.followed: list[str] = []
        """The batches whose events are in its state."""

    @property
    def behind(self) -> int:
        """How many events it has not handled yet, about."""
        return len(self._behind)

    @property
    def is_busy(self) -> bool:
        return self._loading is not None or self._dumping is not None or bool(self._behind)

    def follow(self, name: str, batch: Sequence[Note]) -> None:
        """These happened next; `name` is what the batch is called on the disk."""
        self._behind.extend(batch)
        self._behind.append(name)

    def begin_snapshot(self) -> None:
        """Of its state now; not while it is busy."""
        self._dumping, self.dumped_s = dump_in_steps(self._router.floor), 0.0

    def step(self) -> list[bytes] | None:
        """A millisecond's work; the parts of a snapshot when one is complete. Diverged: it is of no use any more."""
        if self._loading is not None:
            self._load()
        elif self._dumping is not None:
            return self._dump(self._dumping)
        elif self._behind:
            self._handle(self._behind.popleft())
        return None

    def _dump(self, dumping: Iterator[bytes]) -> list[bytes] | None:
        began = time.thread_time()
        part = next(dumping, None)
        self.dumped_s += time.thread_time() - began
        if part is not None:
            self._parts.append(part)
            return None
        parts, self._parts, self._dumping = self._parts, [], None
        return parts

    def _load(self) -> None:
        assert self._loading is not None
        floor = next(self._loading)
        # All of it stays: the collector, which would look at it again and again while it grows, need not know of it.
        gc.freeze()
        if floor is not None:
            self._router.floor, self._loading = floor, None

    def _handle(self, note: Note | str) -> None:
        if isinstance(note, str):
            self.followed.append(note)
            return
        self._draws.give_again(*note.drawn)
        self._router.handle(note.event, note.now)
        if not self._draws.is_used_up:
            raise Diverged(f"it drew less for {note.event}")
        self._draws.noted()


def _never(number: str, when: float) -> float:
    raise Diverged(f"it asked when {number} may be rung at {when}")
