"""The first key figures, measured over the journal by one pass over its events.

Every contact that joined a queue since the given time counts for that queue:

    offered        contacts that joined
    answered       of those, talked to an agent
    abandoned      of those, hung up while they waited
    refused        of those, given back by the queue, or taken out again by the flow (for a callback, a message)
    service level  answered within the threshold / (answered + abandoned), in percent
    ASA            average speed of answer: mean wait of the answered, from joining to being connected
    AHT            average handling time: mean talk time, plus the wrap-up that followed it

`contained` are calls that the flow ended itself without any queue, out of all calls that have ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from journal.event import Event

DEFAULT_SERVICE_LEVEL_S = 20.0

KINDS = (
    "call.arrived",
    "call.connected",
    "call.ended",
    "flow.ended",
    "queue.joined",
    "queue.left",
    "queue.refused",
    "talk.ended",
    "agent.presence",
)


@dataclass(frozen=True, slots=True)
class QueueKpis:
    """One queue. A figure is None as long as there is nothing to take it over."""

    queue: str
    offered: int
    answered: int
    abandoned: int
    refused: int
    service_level_s: float
    service_level_percent: float | None
    asa_s: float | None
    aht_s: float | None


@dataclass(frozen=True, slots=True)
class Kpis:
    """All queues that had contacts, by name, and the calls as a whole."""

    since: datetime
    calls: int
    contained: int
    queues: tuple[QueueKpis, ...]


@dataclass(slots=True)
class _Tally:
    offered: int = 0
    abandoned: int = 0
    refused: int = 0
    waits_s: list[float] = field(default_factory=list)
    talks_s: list[float] = field(default_factory=list)
    wrap_up_s: float = 0.0


@dataclass(slots=True)
class _Fold:
    """What is remembered between two events: who waits where, who talks, whose paperwork is for which queue."""

    calls: int = 0
    contained: int = 0
    tallies: dict[str, _Tally] = field(default_factory=dict)
    joined: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    talking: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    last_queue: dict[str, str] = field(default_factory=dict)
    wrapping_up: dict[str, datetime] = field(default_factory=dict)

    def tally(self, queue: str) -> _Tally:
        return self.tallies.setdefault(queue, _Tally())


def measure(events: Iterable[Event], since: datetime, service_levels_s: Mapping[str, float]) -> Kpis:
    """Events in the order of the log, of the kinds in `KINDS`; others are passed over."""
    fold = _Fold()
    for event in events:
        if event.kind == "agent.presence":
            _presence(fold, event)
        elif event.call is not None:
            _call(fold, event, event.call)
    queues = tuple(
        _figures(queue, tally, service_levels_s.get(queue, DEFAULT_SERVICE_LEVEL_S))
        for queue, tally in sorted(fold.tallies.items())
    )
    return Kpis(since, fold.calls, fold.contained, queues)


def _call(fold: _Fold, event: Event, call: str) -> None:
    match event.kind:
        case "call.arrived":
            fold.calls += 1
        case "queue.joined":
            queue = str(event.data.get("queue"))
            fold.tally(queue).offered += 1
            fold.joined[call] = (queue, event.at)
        case "call.connected":
            _connected(fold, event, call)
        case "talk.ended":
            if (talk := fold.talking.pop(call, None)) is not None:
                fold.tally(talk[0]).talks_s.append((event.at - talk[1]).total_seconds())
        case "queue.refused" | "queue.left":
            if (waited := fold.joined.pop(call, None)) is not None:
                fold.tally(waited[0]).refused += 1
        case "call.ended":
            if (waited := fold.joined.pop(call, None)) is not None:
                fold.tally(waited[0]).abandoned += 1
        case "flow.ended":
            fold.contained += bool(event.data.get("contained"))


def _connected(fold: _Fold, event: Event, call: str) -> None:
    waited = fold.joined.pop(call, None)
    if waited is None:
        return  # it joined before the time asked about
    queue, joined_at = waited
    fold.tally(queue).waits_s.append((event.at - joined_at).total_seconds())
    fold.talking[call] = (queue, event.at)
    agent = event.data.get("agent")
    if isinstance(agent, str):
        fold.last_queue[agent] = queue


def _presence(fold: _Fold, event: Event) -> None:
    """Paperwork runs from presence wrap-up to whatever the agent does next, for the queue last served."""
    agent = event.data.get("agent")
    if not isinstance(agent, str):
        return
    began = fold.wrapping_up.pop(agent, None)
    if began is not None and agent in fold.last_queue:
        fold.tally(fold.last_queue[agent]).wrap_up_s += (event.at - began).total_seconds()
    if event.data.get("presence") == "wrap-up":
        fold.wrapping_up[agent] = event.at


def _figures(queue: str, tally: _Tally, service_level_s: float) -> QueueKpis:
    answered = len(tally.waits_s)
    decided = answered + tally.abandoned
    in_time = sum(wait <= service_level_s for wait in tally.waits_s)
    talks = len(tally.talks_s)
    return QueueKpis(
        queue=queue,
        offered=tally.offered,
        answered=answered,
        abandoned=tally.abandoned,
        refused=tally.refused,
        service_level_s=service_level_s,
        service_level_percent=100.0 * in_time / decided if decided else None,
        asa_s=sum(tally.waits_s) / answered if answered else None,
        aht_s=(sum(tally.talks_s) + tally.wrap_up_s) / talks if talks else None,
    )
