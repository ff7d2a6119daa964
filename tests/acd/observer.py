"""A brute-force matcher that checks every decision of the router, knowing only events and effects.

Of contacts for whom several phones ring at once it judges only that those who are rung may serve them, and of
contacts that relax or prefer an agent nothing: their tests are their own.

It keeps its own picture of who is free and who waits, in plain dictionaries, scans everybody for every
offer, and shares no code with the router's indexes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from acd.effects import (
    ContactRequeued,
    Effect,
    OfferAgent,
    PresenceChanged,
    RefuseContact,
    TicketChanged,
)
from acd.events import ContactQueued, Event
from acd.model import Agent, Presence, Queue

FREE = (Presence.AVAILABLE, Presence.UNREACHABLE)


@dataclass
class Seen:
    """An agent from outside. Whether they back off is told by the test: no effect says so."""

    agent: Agent
    presence: Presence = Presence.OFFLINE
    idle_since: float = 0.0
    backs_off: bool = False


@dataclass
class Waiting:
    """A contact from outside."""

    queue: Queue
    skills: dict[str, int]
    priority: int
    arrived_at: float
    number: int


@dataclass
class Observer:
    """Feed it every event with its effects; it raises AssertionError at the first wrong offer."""

    queues: dict[str, Queue]
    agents: dict[str, Seen]
    waiting: dict[str, Waiting] = field(default_factory=dict)
    rung_for: dict[str, Waiting] = field(default_factory=dict)
    wide: dict[str, Waiting] = field(default_factory=dict)
    relaxed: set[str] = field(default_factory=set)
    arrivals: int = 0

    def watch(self, event: Event, effects: list[Effect], now: float) -> None:
        if isinstance(event, ContactQueued) and event.contact not in {
            *self.waiting,
            *self.rung_for,
            *self.wide,
            *self.relaxed,
        }:
            self.arrivals += 1
            queue = self.queues[event.queue]
            if queue.ladder or queue.overflow or queue.id.startswith("back") or event.preferred:
                self.relaxed.add(event.contact)
            else:
                place = self.waiting if queue.ring_width == 1 else self.wide
                place[event.contact] = Waiting(queue, dict(event.skills), event.priority, now, self.arrivals)
        for effect in effects:
            if isinstance(effect, TicketChanged):
                self.relaxed.add(effect.ticket.id)
            self._effect(effect, now)

    def forget(self, contact: str) -> None:
        self.relaxed.discard(contact)
        self.wide.pop(contact, None)
        self.waiting.pop(contact, None)
        self.rung_for.pop(contact, None)

    def _effect(self, effect: Effect, now: float) -> None:
        if isinstance(effect, OfferAgent | ContactRequeued | RefuseContact):
            contact_id = effect.offer.contact if isinstance(effect, OfferAgent) else effect.contact
            if contact_id in self.relaxed:
                return
        match effect:
            case PresenceChanged(agent=agent_id, presence=presence):
                seen = self.agents[agent_id]
                if presence in FREE and seen.presence not in (
                    Presence.RINGING,
                    Presence.RESERVED,
                    Presence.UNREACHABLE,
                ):
                    seen.idle_since = now
                seen.presence = presence
            case RefuseContact(contact=contact):
                self.forget(contact)
            case ContactRequeued(contact=contact) if contact not in self.wide:
                self.waiting[contact] = self.rung_for.pop(contact)
            case OfferAgent(offer=offer) if offer.contact in self.wide:
                agent, contact = self.agents[offer.agent], self.wide[offer.contact]
                assert qualifies(agent.agent, contact), f"{offer.agent} may not serve {offer.contact}"
            case OfferAgent(offer=offer):
                self._judge(offer.contact, offer.agent)
                self.rung_for[offer.contact] = self.waiting.pop(offer.contact)

    def _judge(self, contact_id: str, agent_id: str) -> None:
        contact, agent = self.waiting[contact_id], self.agents[agent_id]
        assert qualifies(agent.agent, contact), f"{agent_id} may not serve {contact_id}"
        best = min(
            (id_ for id_, each in self.waiting.items() if qualifies(agent.agent, each)),
            key=lambda id_: (-self.waiting[id_].priority, self.waiting[id_].number),
        )
        assert contact_id == best, f"{agent_id} was given {contact_id} before {best}"
        # The chosen one has just been moved to RINGING.
        free = [
            (seen.idle_since, number, id_)
            for number, (id_, seen) in enumerate(self.agents.items())
            if id_ == agent_id or (seen.presence is Presence.AVAILABLE and not seen.backs_off)
            if qualifies(seen.agent, contact)
        ]
        assert agent_id == min(free)[2], f"{contact_id} went to {agent_id} before {min(free)[2]}"


def qualifies(agent: Agent, contact: Waiting) -> bool:
    required = [*contact.queue.skills.items(), *contact.skills.items()]
    return contact.queue.id in agent.queues and all(
        agent.skills.get(skill, 0) >= level for skill, level in required
    )
