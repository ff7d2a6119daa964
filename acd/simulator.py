"""Runs the router on made events in made time: the same code that routes live calls, with no clock behind it.

Data flow: streams of contacts -> Router -> effects -> simulated agents who answer, talk and do their paperwork.
Chance comes from outside (`Chance`, such as `random.Random(seed)`), so a run can be repeated exactly. Agents
answer at once unless `answer_s` says otherwise.

    p_wait         share of contacts who were not connected at once
    mean_wait_s    over all contacts, answered or not
    service_level  answered within their queue's service_level_s / (answered + abandoned), 0 to 1
    asa_s          mean wait of the answered
    abandon_rate   abandoned / (answered + abandoned)
    occupancy      time on contacts and paperwork / time logged in, over all agents; `groups` of each queue's agents

Contacts come from streams (for ever, until `contacts` have come) or from records in the order of time (until there are
no more). Callers whom a rule offers a callback take it, and answer when they are rung; other targets of overflow,
except queues, are the end of a contact here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
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
from acd.events import (
    AgentLoggedIn,
    AgentScheduled,
    CallbackRequested,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    EffectDone,
    Event,
    OfferAccepted,
    Tick,
)
from acd.floor import Evaluate
from acd.model import Agent, Presence, Queue, RouterPolicy, Strategy
from acd.queue_rules import OverflowTo
from acd.router import Router
from acd.ticket import FINAL, TicketStatus
from acd.workload import Chance, ContactRecord, Shift

Draw = Callable[[], float]
"""A length of time in seconds, by chance or not."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Contacts of one kind: how long until the next one, how long each talks, how long each is ready to wait."""

    queue: str
    gap: Draw
    talk: Draw
    patience: Draw | None = None
    skills: tuple[tuple[str, int], ...] = ()
    priority: int = 0


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """The figures are defined in the module's docstring; one that has nothing to be taken over is 0."""

    contacts: int
    answered: int
    abandoned: int
    refused: int
    p_wait: float
    mean_wait_s: float
    service_level: float
    asa_s: float
    abandon_rate: float
    occupancy: float
    seconds: float
    overflowed: int = 0
    callbacks: int = 0
    callbacks_served: int = 0
    groups: Mapping[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class _Tally:
    arrived: int = 0
    finished: int = 0
    answered: int = 0
    in_time: int = 0
    abandoned: int = 0
    refused: int = 0
    waited: int = 0
    wait_s: float = 0.0
    answered_wait_s: float = 0.0
    overflowed: int = 0
    callbacks: int = 0
    callbacks_served: int = 0


@dataclass(slots=True)
class _Customer:
    queue: str
    talk: Draw
    arrived_at: float
    service_level_s: float


_Action = Callable[[], None]


class Simulation:
    """One run: `contacts` arrivals, until the last of them is gone."""

    def __init__(
        self,
        queues: Sequence[Queue],
        agents: Sequence[Agent],
        streams: Iterable[Stream],
        chance: Chance,
        *,
        contacts: int | None = None,
        records: Iterable[ContactRecord] = (),
        shifts: Sequence[Shift] = (),
        answer_s: float = 0.0,
        policy: RouterPolicy | None = None,
        evaluate: Evaluate | None = None,
    ) -> None:
        ids = count()
        self.router = Router(
            queues, agents, lambda: str(next(ids)), policy=policy, random=chance.random, evaluate=evaluate
        )
        self._queues = {queue.id: queue for queue in queues}
        self._agents = agents
        self._streams = tuple(streams)
        if self._streams and contacts is None:
            raise ValueError("streams never end: say how many contacts")
        self._contacts = contacts
        self._records: Iterator[ContactRecord] = iter(records)
        self._recorded = True
        self._shifts = shifts
        self._since_login: dict[str, float] = {}
        self._logged_in_s: dict[str, float] = {}
        self._answer_s = answer_s
        self._now = 0.0
        self._order = count()
        self._agenda: list[tuple[float, int, _Action]] = []
        self._customers: dict[str, _Customer] = {}
        self._tally = _Tally()
        self._waits: dict[str, tuple[float, int]] = {queue.id: (0.0, 0) for queue in queues}

    def run(self) -> SimulationResult:
        self._staff()
        self._next_record()
        for stream in self._streams:
            self._later(stream.gap(), partial(self._arrive, stream))
        while self._goes_on():
            self._step()
        return self._result()

    def _staff(self) -> None:
        self._since_login = {agent.id: 0.0 for agent in self._agents if agent.static}
        for shift in self._shifts:
            self._later(shift.start_s, partial(self._feed, AgentScheduled(shift.agent, on_duty=True)))
            self._later(shift.end_s, partial(self._feed, AgentScheduled(shift.agent, on_duty=False)))
        if not self._shifts:
            for agent in self._agents:
                self._feed(AgentLoggedIn(agent.id))

    def _goes_on(self) -> bool:
        tally = self._tally
        if self._recorded:
            return True
        return tally.finished < (tally.arrived if self._contacts is None else self._contacts)

    def mean_wait_s(self, queue: str) -> float:
        """Of the contacts of one queue, answered or not."""
        waits_s, contacts = self._waits[queue]
        return waits_s / contacts if contacts else 0.0

    def _step(self) -> None:
        due = self.router.next_deadline()
        if due is not None and (not self._agenda or due <= self._agenda[0][0]):
            self._now = max(self._now, due)
            self._feed(Tick())
        else:
            self._now, _, action = heappop(self._agenda)
            action()

    def _later(self, seconds: float, action: _Action) -> None:
        heappush(self._agenda, (self._now + seconds, next(self._order), action))

    def _feed(self, event: Event) -> None:
        for effect in self.router.handle(event, self._now):
            self._carry_out(effect)

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case OfferAgent():
                # Even an answer at once is an event of its own, after this one is done.
                offer_id = effect.offer.id
                self._later(self._answer_s, lambda: self._feed(OfferAccepted(offer_id)))
            case Connect():
                self._connected(effect.contact)
            case RefuseContact() | EndContact():
                if self._customers.pop(effect.contact, None) is not None:
                    self._tally.refused += 1
                    self._tally.finished += 1
            case PresenceChanged():
                self._count_login(effect)
            case OverflowContact():
                self._overflowed(effect)
            case PlaceCallback():
                placed = EffectDone(effect.effect_id)
                self._later(self._answer_s, lambda: self._feed(placed))
            case TicketChanged():
                if effect.ticket.status in FINAL and effect.ticket.status is not TicketStatus.SERVED:
                    self._tally.finished += self._customers.pop(effect.ticket.id, None) is not None
            case VerifyContact():
                effect_id = effect.effect_id
                self._later(0.0, lambda: self._feed(EffectDone(effect_id)))
            case _:
                pass  # the rest is for phones and people

    def _arrive(self, stream: Stream) -> None:
        if self._contacts is not None and self._tally.arrived >= self._contacts:
            return
        self._later(stream.gap(), lambda: self._arrive(stream))
        patience_s = None if stream.patience is None else stream.patience()
        self._come(stream.queue, stream.talk, patience_s, dict(stream.skills), stream.priority)

    def _next_record(self) -> None:
        record = next(self._records, None)
        if record is None:
            self._recorded = False
        else:
            self._later(record.at_s - self._now, lambda: self._replay(record))

    def _replay(self, record: ContactRecord) -> None:
        talk_s = record.talk_s
        self._come(record.queue, lambda: talk_s, record.patience_s, record.skills, record.priority)
        self._next_record()

    def _come(
        self, queue: str, talk: Draw, patience_s: float | None, skills: Mapping[str, int], priority: int
    ) -> None:
        contact = str(self._tally.arrived)
        self._tally.arrived += 1
        self._customers[contact] = _Customer(queue, talk, self._now, self._queues[queue].service_level_s)
        if patience_s is not None:
            self._later(patience_s, lambda: self._give_up(contact))
        self._feed(ContactQueued(contact, queue, skills, priority))

    def _count_login(self, effect: PresenceChanged) -> None:
        if effect.presence is Presence.OFFLINE:
            since = self._since_login.pop(effect.agent)
            self._logged_in_s[effect.agent] = self._logged_in_s.get(effect.agent, 0.0) + self._now - since
        else:
            self._since_login.setdefault(effect.agent, self._now)

    def _overflowed(self, effect: OverflowContact) -> None:
        if effect.target.kind is OverflowTo.QUEUE:
            return
        customer = self._customers.pop(effect.contact)
        self._tally.overflowed += 1
        if effect.target.kind is not OverflowTo.CALLBACK:
            self._tally.finished += 1
            return
        ticket = f"callback {effect.contact}"
        self._customers[ticket] = customer
        self._tally.callbacks += 1
        asked = CallbackRequested(ticket, ticket, effect.target.name or effect.queue, effect.contact)
        self._later(0.0, lambda: self._feed(asked))

    def _connected(self, contact: str) -> None:
        customer, tally = self._customers.pop(contact), self._tally
        self._later(customer.talk(), lambda: self._feed(ContactEnded(contact)))
        tally.finished += 1
        if contact.startswith("callback "):
            tally.callbacks_served += 1
            return
        wait_s = self._now - customer.arrived_at
        tally.answered += 1
        tally.in_time += wait_s <= customer.service_level_s
        tally.waited += wait_s > self._answer_s
        self._count_wait(customer, wait_s)
        tally.answered_wait_s += wait_s

    def _give_up(self, contact: str) -> None:
        customer = self._customers.pop(contact, None)
        if customer is None:
            return  # answered meanwhile
        self._tally.abandoned += 1
        self._tally.finished += 1
        self._tally.waited += 1
        self._count_wait(customer, self._now - customer.arrived_at)
        self._feed(ContactLeft(contact))

    def _count_wait(self, customer: _Customer, wait_s: float) -> None:
        self._tally.wait_s += wait_s
        waits_s, contacts = self._waits[customer.queue]
        self._waits[customer.queue] = waits_s + wait_s, contacts + 1

    def _result(self) -> SimulationResult:
        tally = self._tally
        decided = tally.answered + tally.abandoned
        return SimulationResult(
            contacts=tally.finished,
            answered=tally.answered,
            abandoned=tally.abandoned,
            refused=tally.refused,
            p_wait=tally.waited / decided if decided else 0.0,
            mean_wait_s=tally.wait_s / decided if decided else 0.0,
            service_level=tally.in_time / decided if decided else 0.0,
            asa_s=tally.answered_wait_s / tally.answered if tally.answered else 0.0,
            abandon_rate=tally.abandoned / decided if decided else 0.0,
            occupancy=self._occupancy([agent.id for agent in self._agents]),
            seconds=self._now,
            overflowed=tally.overflowed,
            callbacks=tally.callbacks,
            callbacks_served=tally.callbacks_served,
            groups={
                queue: self._occupancy([agent.id for agent in self._agents if queue in agent.queues])
                for queue in self._queues
            },
        )

    def _occupancy(self, staff: Iterable[str]) -> float:
        worked_s = logged_in_s = 0.0
        for agent in staff:
            worked_s += self.router.floor.agents[agent].load.worked_until(self._now)
            since = self._since_login.get(agent)
            logged_in_s += self._logged_in_s.get(agent, 0.0) + (0.0 if since is None else self._now - since)
        return worked_s / logged_in_s if logged_in_s else 0.0


@dataclass(frozen=True, slots=True)
class PlainSystem:
    """One queue or several alike, exponential times: what queueing theory has formulas for.

    `arrivals_per_s` are over all queues together; agents are shared out evenly. `patience_s` None: nobody
    gives up.
    """

    agents: int
    talk_s: float
    arrivals_per_s: float
    patience_s: float | None = None
    queues: int = 1
    service_level_s: float = 20.0
    strategy: Strategy = Strategy.LONGEST_IDLE

    def simulate(self, contacts: int, chance: Chance) -> SimulationResult:
        """ValueError: fewer agents than queues, or a rate or a time that is not positive."""
        if not (0 < self.queues <= self.agents and self.talk_s > 0 and self.arrivals_per_s > 0):
            raise ValueError("a plain system needs an agent for each queue, and times and rates above 0")
        for_ever = 1e12
        queues = [
            Queue(f"q{n}", service_level_s=self.service_level_s, max_wait_s=for_ever, strategy=self.strategy)
            for n in range(self.queues)
        ]
        staff = [Agent(f"a{n}", "", {}, (queues[n % self.queues].id,)) for n in range(self.agents)]
        gap = self.arrivals_per_s / self.queues
        streams = [
            Stream(
                queue.id,
                gap=lambda: chance.expovariate(gap),
                talk=lambda: chance.expovariate(1.0 / self.talk_s),
                patience=self._patience(chance),
            )
            for queue in queues
        ]
        policy = RouterPolicy(max_missed=0, verify_contact_s=for_ever)
        return Simulation(queues, staff, streams, chance, contacts=contacts, policy=policy).run()

    def _patience(self, chance: Chance) -> Draw | None:
        if self.patience_s is None:
            return None
        rate = 1.0 / self.patience_s
        return lambda: chance.expovariate(rate)
