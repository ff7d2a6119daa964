"""A small call centre under a fake clock: a Router, the invariants after every event, and short words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import count
from typing import TypeVar

from acd.effects import CancelOffer, Effect, OfferAgent, PresenceChanged
from acd.events import (
    AgentLoggedIn,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    Event,
    OfferAccepted,
    OfferRefused,
    Tick,
)
from acd.floor import Calendar, Evaluate
from acd.invariants import violations
from acd.model import Agent, AgentOffer, Presence, Queue, RouterPolicy
from acd.router import Router

E = TypeVar("E")


class Centre:
    """Feeds a router and keeps what it said. `feed` returns the effects of that event only."""

    def __init__(
        self,
        queues: Iterable[Queue],
        agents: Iterable[Agent],
        policy: RouterPolicy | None = None,
        random: Callable[[], float] | None = None,
        evaluate: Evaluate | None = None,
        calendar: Calendar | None = None,
    ) -> None:
        numbers = count(1)
        self.router = Router(
            queues,
            agents,
            lambda: f"id{next(numbers)}",
            policy=policy,
            random=random,
            evaluate=evaluate,
            calendar=calendar,
        )
        self.now = 0.0
        self.check()

    def check(self) -> None:
        assert violations(self.router) == []

    def feed(self, event: Event) -> list[Effect]:
        effects = self.router.handle(event, self.now)
        self.check()
        return effects

    def wait(self, seconds: float) -> list[Effect]:
        """Let time pass, with a Tick at every deadline as the server would."""
        until, effects = self.now + seconds, []
        while (due := self.router.next_deadline()) is not None and due <= until:
            self.now = max(self.now, due)
            effects += self.feed(Tick())
        self.now = until
        return effects

    def log_in(self, *agents: str) -> list[Effect]:
        effects = []
        for agent in agents:
            effects += self.feed(AgentLoggedIn(agent))
            self.now += 1.0
        return effects

    def call(self, contact: str, queue: str = "q", priority: int = 0, **skills: int) -> list[Effect]:
        return self.feed(ContactQueued(contact, queue, skills, priority))

    def hang_up(self, contact: str) -> list[Effect]:
        return self.feed(ContactLeft(contact))

    def end(self, contact: str) -> list[Effect]:
        return self.feed(ContactEnded(contact))

    def accept(self, agent: str) -> list[Effect]:
        return self.feed(OfferAccepted(self.offer_to(agent).id))

    def refuse(self, agent: str, reason: str = "busy") -> list[Effect]:
        return self.feed(OfferRefused(self.offer_to(agent).id, reason))

    def offer_to(self, agent: str) -> AgentOffer:
        offer_id = self.router.floor.agents[agent].offer
        assert offer_id is not None, f"nothing rings at {agent}"
        return self.router.floor.offers[offer_id].offer

    def presence(self, agent: str) -> Presence:
        return self.router.floor.agents[agent].presence

    def reason(self, agent: str) -> str | None:
        return self.router.floor.agents[agent].reason


def of_type(effects: Iterable[Effect], kind: type[E]) -> list[E]:
    return [effect for effect in effects if isinstance(effect, kind)]


def offered(effects: Iterable[Effect]) -> list[tuple[str, str]]:
    """(contact, agent) of every offer made."""
    return [(e.offer.contact, e.offer.agent) for e in of_type(effects, OfferAgent)]


def cancelled(effects: Iterable[Effect]) -> list[tuple[str | None, str]]:
    return [(e.agent, e.reason) for e in of_type(effects, CancelOffer)]


def moves(effects: Iterable[Effect]) -> list[tuple[str, Presence]]:
    return [(e.agent, e.presence) for e in of_type(effects, PresenceChanged)]


def agents(*ids: str, queues: tuple[str, ...] = ("q",), **skills: int) -> list[Agent]:
    return [Agent(agent_id, agent_id.title(), skills, queues) for agent_id in ids]
