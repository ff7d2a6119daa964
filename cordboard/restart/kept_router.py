"""The router, and what happened to it, for the ledger: now and then a whole snapshot, and the events since then.

A snapshot costs what the floor is large, an event costs the same anywhere: so events are written as they come, with the
ids, random numbers and answers that the router drew for them, and a snapshot takes their place once there are so many
that it costs little beside them. Where it takes more than a few milliseconds it is made by another router that follows
this one (`cordboard.restart.follower`), a little at a time, so that nobody waits for it. Events given again to the
restored snapshot lead to the same state, for the router is deterministic; what it then wants done was done already.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

import msgspec
import structlog

import acd.events
from acd.effects import Effect, OfferAgent
from acd.events import Event
from acd.model import Agent, Queue, RouterPolicy
from acd.plan import Plan
from acd.router import Router
from acd.snapshot import dump_in_steps, load_at_once
from cordboard.restart.follower import Answer, Diverged, Draws, Follower, Note
from cordboard.restart.ledger import States

log = structlog.get_logger(__name__)

STATE, TAIL = "router/state/", "router/tail/"
FEWEST, MOST = 64, 20_000
"""Events after which a snapshot is due: between these, as many as make its cost small for each."""

AN_EVENT_S = 20e-6
"""What a snapshot may cost for each event since the one before."""

AT_ONCE_S = 0.005
"""A snapshot that takes no longer is made at once: a follower handles every event a second time."""

SLICE_S, LONGER_SLICE_S = 0.003, 0.006
"""How long the follower may work at a time; the longer when it is far behind."""

FAR_BEHIND = 500
"""Events."""


class EventRecord(msgspec.Struct, array_like=True):
    """One event: its kind, its fields, when it came, and what was drawn for it."""

    kind: str
    data: bytes
    now: float
    ids: list[str]
    chances: list[float]
    answers: list[Answer] = []


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
            evaluate=None if evaluate is None else self._draws.noting(evaluate),
            calendar=self._draws.noting(calendar or _always),
        )
        self._stir: Callable[[], None] = lambda: None
        self._on_contact: Callable[[str], None] = lambda _contact: None
        self._since: list[Note] = []
        self._tail: list[str] = []
        self._parts: list[str] = []
        self._batches = self._events = 0
        self._whole = True
        self._follower: Follower | None = None
        self._snapshot_s = 0.0

    def watch(self, stir: Callable[[], None], on_contact: Callable[[str], None]) -> None:
        """Have every change told, and each contact that something happens to."""
        self._stir, self._on_contact = stir, on_contact

    def handle(self, event: Event, now: float) -> list[Effect]:
        """Handle it, and remember that."""
        effects = super().handle(event, now)
        self._since.append(Note(event, now, self._draws.noted()))
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
        follows = self._follower is not None and self._follower.is_busy
        return self._whole or bool(self._since) or follows

    def changed(self, now: float, *, everything: bool) -> States:
        del now
        at_once = self._follower is None and self._is_due
        if self._whole or at_once or (everything and (self._since or self._tail)):
            return self._snapshot()
        states = self._new_tail() if self._since else {}
        try:
            states |= self._have_followed()
        except Diverged as error:
            log.error("restart.follower_diverged", why=str(error))
            return self._snapshot()
        return states

    @property
    def _is_due(self) -> bool:
        return self._events >= min(MOST, max(FEWEST, self._snapshot_s / AN_EVENT_S))

    def _new_tail(self) -> dict[str, bytes | None]:
        since, self._since = self._since, []
        name = f"{TAIL}{self._batches:010}"
        self._batches += 1
        self._events += len(since)
        self._tail.append(name)
        if self._follower is not None:
            self._follower.follow(name, since)
        records = [
            EventRecord(type(each.event).__name__, msgspec.msgpack.encode(each.event), each.now, *each.drawn)
            for each in since
        ]
        return {name: msgspec.msgpack.encode(records)}

    def _have_followed(self) -> dict[str, bytes | None]:
        """Let the follower work for a moment. What is to be written, if it has come to the end of a snapshot."""
        follower = self._follower
        if follower is None:
            return {}
        is_due = self._is_due
        until = time.thread_time() + (LONGER_SLICE_S if follower.behind > FAR_BEHIND else SLICE_S)
        parts = None
        while (is_due or follower.is_busy) and parts is None and time.thread_time() < until:
            if is_due and not follower.is_busy:
                follower.begin_snapshot()
            parts = follower.step()
        if parts is None:
            return {}
        followed, follower.followed = follower.followed, []
        self._events, self._snapshot_s = 0, follower.dumped_s
        del self._tail[: len(followed)]
        return self._in_place_of(followed, parts)

    def _snapshot(self) -> States:
        """At once: when it begins, after a plan, at the end; always, while it takes no longer than AT_ONCE_S."""
        began = time.thread_time()
        parts = list(dump_in_steps(self.floor))
        self._snapshot_s = time.thread_time() - began
        self._follower = Follower(parts) if self._snapshot_s > AT_ONCE_S else None
        self._since.clear()
        self._events, self._whole = 0, False
        over, self._tail = self._tail, []
        return self._in_place_of(over, parts)

    def _in_place_of(self, over: Sequence[str], parts: Sequence[bytes]) -> dict[str, bytes | None]:
        """The parts, and what they replace."""
        states: dict[str, bytes | None] = dict.fromkeys((*over, *self._parts))
        self._parts = [f"{STATE}{number:06}" for number in range(len(parts))]
        return states | dict(zip(self._parts, parts, strict=True))

    # --- and back -----------------------------------------------------------------------------------------------

    def restore(self, state: Sequence[tuple[str, bytes]], tail: Sequence[tuple[str, bytes]]) -> None:
        """Be the router that wrote this, each in the order of names. ValueError: it cannot be, and nothing has changed.
        The names are the disk's until the next snapshot."""
        before = self.floor
        now_wanted = (tuple(before.queues.values()), tuple(each.agent for each in before.agents.values()))
        try:
            parts, draws = [part for _, part in state], self._draws
            self.floor = load_at_once(parts, draws.new_id, draws.random, before.evaluate, before.calendar)
            for _, batch in tail:
                for record in msgspec.msgpack.decode(batch, type=list[EventRecord]):
                    self._again(record)
            self.floor.policy = before.policy
            self._configure(*now_wanted)
        except ValueError:
            self.floor = before
            raise
        finally:
            self._draws.give_again((), (), ())
            self._draws.noted()
            self._parts, self._tail = [name for name, _ in state], [name for name, _ in tail]
            self._whole = True

    def _again(self, record: EventRecord) -> None:
        kind = getattr(acd.events, record.kind, None)
        if kind is None:
            raise ValueError(f"there is no event {record.kind} any more")
        self._draws.give_again(record.ids, record.chances, record.answers)
        super().handle(msgspec.msgpack.decode(record.data, type=kind), record.now)

    def _configure(self, queues: tuple[Queue, ...], agents: tuple[Agent, ...]) -> None:
        """What it wrote has its configuration; that of now is a change like any other."""
        plan = self.plan(queues, agents)
        if plan.problems:
            raise ValueError("; ".join(plan.problems))
        if plan.changes:
            log.info("restart.configuration_changed", changes=len(plan.changes))
            super().apply(plan, self.floor.now)


def _always(number: str, when: float) -> float:
    del number
    return when
