"""The router, and what happened to it, for the ledger: now and then a whole snapshot, and the events since then.

A snapshot costs what the floor is large, an event costs the same anywhere: so events are written as they come, with the
ids and random numbers that the router drew for them, and a snapshot takes their place once there are so many that it
costs little beside them. Events given again to the restored snapshot lead to the same state, for the router is
deterministic; what it then wants done was done already.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence

import msgspec
import structlog

import acd.events
from acd.effects import Effect, OfferAgent
from acd.events import Event
from acd.model import Agent, Queue, RouterPolicy
from acd.plan import Plan
from acd.router import Router
from acd.snapshot import load
from cordboard.restart.ledger import States

log = structlog.get_logger(__name__)

STATE, TAIL = "router/state", "router/tail/"
FEWEST, MOST = 64, 20_000
"""Events after which a snapshot is due: between these, as many as make its cost small for each."""

AN_EVENT_S = 20e-6
"""What a snapshot may cost for each event since the one before."""


class EventRecord(msgspec.Struct, array_like=True):
    """One event: its kind, its fields, when it came, and what was drawn for it."""

    kind: str
    data: bytes
    now: float
    ids: list[str]
    chances: list[float]


class Draws:
    """Ids and random numbers: drawn from the sources and noted, or given again."""

    def __init__(self, new_id: Callable[[], str], random: Callable[[], float]) -> None:
        self._new_id, self._random = new_id, random
        self._ids: deque[str] = deque()
        self._chances: deque[float] = deque()
        self.ids: list[str] = []
        self.chances: list[float] = []

    def new_id(self) -> str:
        """The next id."""
        drawn = self._ids.popleft() if self._ids else self._new_id()
        self.ids.append(drawn)
        return drawn

    def random(self) -> float:
        """The next number in [0, 1)."""
        drawn = self._chances.popleft() if self._chances else self._random()
        self.chances.append(drawn)
        return drawn

    def give_again(self, ids: Sequence[str], chances: Sequence[float]) -> None:
        """Draw these next."""
        self._ids, self._chances = deque(ids), deque(chances)

    def noted(self) -> tuple[list[str], list[float]]:
        """What was drawn since this was last asked."""
        drawn = self.ids, self.chances
        self.ids, self.chances = [], []
        return drawn


class KeptRouter(Router):
    """A router whose state outlives the process."""

    def __init__(
        self,
        queues: Iterable[Queue],
        agents: Iterable[Agent],
        new_id: Callable[[], str],
        *,
        random: Callable[[], float],
        policy: RouterPolicy | None = None,
        now: float = 0.0,
        evaluate: acd.floor.Evaluate | None = None,
        calendar: acd.floor.Calendar | None = None,
    ) -> None:
        self._draws = Draws(new_id, random)
        super().__init__(
            queues,
            agents,
            self._draws.new_id,
            policy=policy,
            now=now,
            random=self._draws.random,
            evaluate=evaluate,
            calendar=calendar,
        )
        self._stir: Callable[[], None] = lambda: None
        self._on_contact: Callable[[str], None] = lambda _contact: None
        self._since: list[tuple[Event, float, list[str], list[float]]] = []
        self._written: list[str] = []
        self._events = 0
        self._whole = True
        self._snapshot_s = 0.0

    def watch(self, stir: Callable[[], None], on_contact: Callable[[str], None]) -> None:
        """Have every change told, and each contact that something happens to."""
        self._stir, self._on_contact = stir, on_contact

    def handle(self, event: Event, now: float) -> list[Effect]:
        """Handle it, and remember that."""
        effects = super().handle(event, now)
        self._since.append((event, now, *self._draws.noted()))
        self._stir()
        about = getattr(event, "contact", None)
        if about is not None:
            self._on_contact(about)
        for effect in effects:
            about = (
                effect.offer.contact if isinstance(effect, OfferAgent) else getattr(effect, "contact", None)
            )
            if about is not None:
                self._on_contact(about)
        return effects

    def apply(self, plan: Plan, now: float) -> list[Effect]:
        """Carry out a plan; a snapshot follows, for a plan is no event."""
        effects = super().apply(plan, now)
        self._whole = True
        self._stir()
        return effects

    # --- written down -------------------------------------------------------------------------------------------

    @property
    def is_stirred(self) -> bool:
        return self._whole or bool(self._since)

    def changed(self, now: float, *, everything: bool) -> States:
        del now
        if not self.is_stirred:
            return {}
        self._events += len(self._since)
        worth_it = min(MOST, max(FEWEST, self._snapshot_s / AN_EVENT_S))
        if self._whole or everything or self._events >= worth_it:
            return self._snapshot()
        since, self._since = self._since, []
        name = f"{TAIL}{len(self._written):08}"
        self._written.append(name)
        records = [
            EventRecord(type(event).__name__, msgspec.msgpack.encode(event), at, ids, chances)
            for event, at, ids, chances in since
        ]
        return {name: msgspec.msgpack.encode(records)}

    def _snapshot(self) -> States:
        began = time.thread_time()
        states: dict[str, bytes | None] = {STATE: self.dump(), **dict.fromkeys(self._written)}
        self._snapshot_s = time.thread_time() - began
        self._since.clear()
        self._written.clear()
        self._events, self._whole = 0, False
        return states

    # --- and back -----------------------------------------------------------------------------------------------

    def restore(self, state: bytes, tail: Sequence[tuple[str, bytes]]) -> None:
        """Be the router that wrote this. ValueError: it cannot be, and nothing has changed. The tail's names are the
        disk's until the next snapshot."""
        before = self.floor
        now_wanted = (tuple(before.queues.values()), tuple(each.agent for each in before.agents.values()))
        self.floor = load(state, self._draws.new_id, self._draws.random, before.evaluate, before.calendar)
        try:
            for _, batch in tail:
                for record in msgspec.msgpack.decode(batch, type=list[EventRecord]):
                    self._again(record)
            self.floor.policy = before.policy
            self._configure(*now_wanted)
        except ValueError:
            self.floor = before
            raise
        finally:
            self._draws.give_again((), ())
            self._draws.noted()
            self._written = [name for name, _ in tail]
            self._whole = True

    def _again(self, record: EventRecord) -> None:
        kind = getattr(acd.events, record.kind, None)
        if kind is None:
            raise ValueError(f"there is no event {record.kind} any more")
        self._draws.give_again(record.ids, record.chances)
        super().handle(msgspec.msgpack.decode(record.data, type=kind), record.now)

    def _configure(self, queues: tuple[Queue, ...], agents: tuple[Agent, ...]) -> None:
        """What it wrote has its configuration; that of now is a change like any other."""
        plan = self.plan(queues, agents)
        if plan.problems:
            raise ValueError("; ".join(plan.problems))
        if plan.changes:
            log.info("restart.configuration_changed", changes=len(plan.changes))
            super().apply(plan, self.floor.now)
