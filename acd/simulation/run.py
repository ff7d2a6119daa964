"""Runs the router on made events in made time: the same code that routes live calls, with no clock behind it.

Data flow: records of contacts -> Router -> effects -> simulated callers and agents -> events. Chance comes from outside
(`Chance`, such as `random.Random(seed)`), so a run can be repeated exactly. Agents answer at once unless `answer_s`
says otherwise, and are at work by their shifts, or all the time if there are none. What else the router is told at its
time (queues that open and close) is given as `told`.

A run ends when all who came are gone, callbacks included. Targets of overflow other than queues and callbacks are the
end of a contact here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from itertools import count

from acd.effects import (
    Connect,
    Effect,
    EndContact,
    OfferAgent,
    OverflowContact,
    PlaceCallback,
    PresenceChanged,
    RefuseContact,
    TicketChanged,
    VerifyContact,
)
from acd.events import AgentLoggedIn, AgentScheduled, EffectDone, Event, OfferAccepted, Tick
from acd.floor import Calendar, Evaluate
from acd.model import Agent, Queue, RouterPolicy
from acd.router import Router
from acd.simulation.agenda import Agenda
from acd.simulation.callers import Callers
from acd.simulation.distributions import Chance
from acd.simulation.service import SimulationResult, total
from acd.simulation.staff import Staff
from acd.simulation.workload import CallbackHabits, ContactRecord, Shift
from acd.ticket import FINAL, TicketStatus


class Simulation:
    """One run over `records`, which must end and be in the order of time."""

    def __init__(
        self,
        queues: Sequence[Queue],
        agents: Sequence[Agent],
        records: Iterable[ContactRecord],
        chance: Chance,
        *,
        shifts: Sequence[Shift] = (),
        told: Sequence[tuple[float, Event]] = (),
        callbacks: CallbackHabits | None = None,
        answer_s: float = 0.0,
        policy: RouterPolicy | None = None,
        evaluate: Evaluate | None = None,
        calendar: Calendar | None = None,
    ) -> None:
        ids = count()
        self.router = Router(
            queues,
            agents,
            lambda: str(next(ids)),
            policy=policy,
            random=chance.random,
            evaluate=evaluate,
            calendar=calendar,
        )
        floor = self.router.floor
        self._agents = agents
        self._shifts = shifts
        self._told = told
        self._records: Iterator[ContactRecord] = iter(records)
        self._more = True
        self._answer_s = answer_s
        self._agenda = Agenda()
        self._staff = Staff(agents, floor.agents)
        habits = CallbackHabits() if callbacks is None else callbacks
        self._callers = Callers(queues, floor, self._agenda, self._feed, chance, habits, answer_s)

    def run(self) -> SimulationResult:
        """To the end."""
        self._begin_day()
        self._next_record()
        while self._more or self._callers.finished < self._callers.arrived:
            self._step()
        return self._result()

    def _begin_day(self) -> None:
        for at_s, event in self._told:
            self._agenda.later(at_s, partial(self._feed, event))
        for shift in self._shifts:
            for at_s, on_duty in ((shift.start_s, True), (shift.end_s, False)):
                self._agenda.later(at_s, partial(self._feed, AgentScheduled(shift.agent, on_duty=on_duty)))
        if not self._shifts:
            for agent in self._agents:
                self._feed(AgentLoggedIn(agent.id))

    def _step(self) -> None:
        agenda, due = self._agenda, self.router.next_deadline()
        planned = agenda.next()
        if due is not None and (planned is None or due <= planned):
            agenda.now = max(agenda.now, due)
            self._feed(Tick())
        else:
            agenda.step()

    def _next_record(self) -> None:
        record = next(self._records, None)
        if record is None:
            self._more = False
        else:
            self._agenda.later(record.at_s - self._agenda.now, partial(self._arrive, record))

    def _arrive(self, record: ContactRecord) -> None:
        self._callers.come(record)
        self._next_record()

    def _feed(self, event: Event) -> None:
        for effect in self.router.handle(event, self._agenda.now):
            self._carry_out(effect)

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case OfferAgent():
                # Even an answer at once is an event of its own, after this one is done.
                self._agenda.later(self._answer_s, partial(self._feed, OfferAccepted(effect.offer.id)))
            case PresenceChanged():
                self._staff.count(effect, self._agenda.now)
            case Connect():
                self._callers.connected(effect.contact, effect.agent)
            case RefuseContact() if effect.contact in self.router.floor.tickets:
                pass  # rung back for nothing, and to be rung again
            case RefuseContact() | EndContact():
                self._callers.refused(effect.contact)
            case OverflowContact():
                self._callers.overflowed(effect)
            case PlaceCallback():
                self._callers.rung_back(effect)
            case TicketChanged():
                if effect.ticket.status in FINAL and effect.ticket.status is not TicketStatus.SERVED:
                    self._callers.not_served(effect.ticket.id)
            case VerifyContact():
                self._agenda.later(0.0, partial(self._feed, EffectDone(effect.effect_id)))
            case _:
                pass  # the rest is for phones and people

    def _result(self) -> SimulationResult:
        now, counts = self._agenda.now, self._callers.counts
        return SimulationResult(
            **asdict(total(counts.values()).service()),
            occupancy=self._staff.occupancy(now),
            seconds=now,
            queues={queue: each.service() for queue, each in counts.items()},
            groups={queue: self._staff.occupancy(now, queue) for queue in counts},
        )
