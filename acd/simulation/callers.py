"""Simulated callers: they come, wait, give up, talk, take callbacks; and they are counted.

A caller who takes a callback goes on under the id of the ticket. `Callers` says what they do as router events; when,
the agenda says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from acd.effects import OverflowContact, PlaceCallback
from acd.events import (
    CallbackRequested,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    EffectDone,
    Event,
    WrapUpEnded,
)
from acd.floor import Floor
from acd.model import Queue
from acd.queue_rules import OverflowTo
from acd.simulation.agenda import Agenda
from acd.simulation.distributions import Chance
from acd.simulation.service import Counts
from acd.simulation.workload import CallbackHabits, ContactRecord


@dataclass(slots=True)
class _Caller:
    record: ContactRecord
    since: float
    counts: Counts
    service_level_s: float
    called_back: bool = False


class Callers:
    """Everybody who has come and is not gone. `answer_s` is how long an agent (or a caller rung back) rings."""

    def __init__(
        self,
        queues: Iterable[Queue],
        floor: Floor,
        agenda: Agenda,
        feed: Callable[[Event], None],
        chance: Chance,
        habits: CallbackHabits,
        answer_s: float,
    ) -> None:
        self.counts = {queue.id: Counts() for queue in queues}
        self.arrived = 0
        self.finished = 0
        self._queues = {queue.id: queue for queue in queues}
        self._floor = floor
        self._agenda = agenda
        self._feed = feed
        self._chance = chance
        self._habits = habits
        self._answer_s = answer_s
        self._callers: dict[str, _Caller] = {}

    def come(self, record: ContactRecord) -> None:
        """Somebody rings and is put into a queue."""
        contact, queue = str(self.arrived), self._queues[record.queue]
        self.arrived += 1
        self._callers[contact] = _Caller(
            record, self._agenda.now, self.counts[record.queue], queue.service_level_s
        )
        if record.callback_after_s == 0:
            self._be_called(contact, record.queue)
            return
        if record.patience_s is not None:
            self._agenda.later(record.patience_s, partial(self._give_up, contact))
        after_s = record.callback_after_s
        if after_s is None and self._habits.offered_after_s is not None and self._takes_it():
            after_s = self._habits.offered_after_s
        if after_s is not None:
            self._agenda.later(after_s, partial(self._rather_be_called, contact))
        self._feed(ContactQueued(contact, record.queue, record.skills, record.priority))

    def connected(self, contact: str, agent: str) -> None:
        """They talk, and the agent does the paperwork."""
        caller = self._callers.pop(contact)
        self._agenda.later(caller.record.talk_s, partial(self._hang_up, contact, agent, caller.record))
        self.finished += 1
        if caller.called_back:
            caller.counts.callbacks_served += 1
            caller.counts.finished += 1
            return
        wait_s = self._agenda.now - caller.since
        caller.counts.count_answer(wait_s, wait_s <= caller.service_level_s, wait_s <= self._answer_s)

    def refused(self, contact: str) -> None:
        """The router has let go of them; nothing to be counted if they are gone already."""
        caller = self._callers.pop(contact, None)
        if caller is not None:
            caller.counts.refused += 1
            self._finish(caller)

    def overflowed(self, effect: OverflowContact) -> None:
        """To another queue they go by themselves; into a callback if they take it; anywhere else they are gone."""
        target = effect.target
        if target.kind is OverflowTo.QUEUE:
            return
        caller = self._callers[effect.contact]
        caller.counts.overflowed += 1
        offered = target.kind is OverflowTo.CALLBACK or target.name in self._habits.branches
        if offered and self._takes_it():
            named = target.kind is OverflowTo.CALLBACK and target.name
            self._be_called(effect.contact, named or effect.queue)
        else:
            del self._callers[effect.contact]
            self._finish(caller)

    def rung_back(self, effect: PlaceCallback) -> None:
        """They answer, or let it ring until the router gives up."""
        if self._chance.random() < self._habits.reached:
            self._agenda.later(self._answer_s, partial(self._feed, EffectDone(effect.effect_id)))

    def not_served(self, ticket: str) -> None:
        """The callback was given up."""
        caller = self._callers.pop(ticket, None)
        if caller is not None:
            self._finish(caller)

    def _finish(self, caller: _Caller) -> None:
        self.finished += 1
        caller.counts.finished += 1

    def _takes_it(self) -> bool:
        # Certainty costs no chance, so that runs without callbacks draw the same numbers.
        return self._habits.taken >= 1 or self._chance.random() < self._habits.taken

    def _give_up(self, contact: str) -> None:
        caller = self._callers.pop(contact, None)
        if caller is not None:  # not answered meanwhile
            self.finished += 1
            caller.counts.count_abandonment(self._agenda.now - caller.since)
            self._feed(ContactLeft(contact))

    def _rather_be_called(self, contact: str) -> None:
        if contact in self._callers:
            self._be_called(contact, self._floor.contacts[contact].queue.id)

    def _be_called(self, contact: str, queue: str) -> None:
        caller, ticket = self._callers.pop(contact), f"callback {contact}"
        caller.called_back = True
        caller.counts.callbacks += 1
        self._callers[ticket] = caller
        # After the event that may be being handled now.
        record = caller.record
        asked = CallbackRequested(ticket, ticket, queue, contact, record.skills, record.priority)
        self._agenda.later(0.0, partial(self._feed, asked))

    def _hang_up(self, contact: str, agent: str, record: ContactRecord) -> None:
        paperwork_s, allowed_s = record.wrap_up_s, self._floor.agents[agent].wrap_up_s
        self._feed(ContactEnded(contact))
        if paperwork_s is not None and paperwork_s < allowed_s:
            self._agenda.later(paperwork_s, partial(self._feed, WrapUpEnded(agent)))
