"""The contacts of a stretch of time, and who was at work: what a simulation of that day is fed with.

A contact is one stay in line: it begins with queue.joined and ends with call.connected, queue.refused, queue.left, or
the call's end. One that overflows into another queue is the same contact, of the queue that it came into. The talk ends
with talk.ended, the paperwork with the agent's next presence after wrap-up. Somebody who asks for a callback
(callback.promised), in line or before they ever stood in one, is one contact too, whose talk is the ticket's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from journal.event import Event

KINDS = (
    "queue.joined",
    "call.connected",
    "queue.refused",
    "queue.left",
    "queue.overflowed",
    "call.ended",
    "talk.ended",
    "agent.presence",
    "server.started",
    "callback.changed",
    "callback.promised",
)

AWAY = ("offline", "paused", "unreachable")
"""Presences in which an agent is not there to serve anybody."""

_TO_A_QUEUE = "queue "


@dataclass(slots=True)
class PastContact:
    """`waited_s` until it was answered, gave up or went another way; `gave_up` tells the second from the third.

    `callback_after_s` is how long it was in line before it asked for a callback: 0 for one that never was, None for one
    that did not ask. `talk_s` is None for whoever was not talked to, `wrap_up_s` where no paperwork was seen.
    """

    queue: str
    joined_at: datetime
    skills: Mapping[str, int]
    priority: int = 0
    waited_s: float | None = None
    answered: bool = False
    gave_up: bool = False
    callback_after_s: float | None = None
    talk_s: float | None = None
    wrap_up_s: float | None = None


@dataclass(slots=True)
class PastShift:
    """An agent was there from one time to another."""

    agent: str
    began_at: datetime
    ended_at: datetime


@dataclass(slots=True)
class PastDay:
    """Contacts in the order in which they joined; shifts in the order in which they ended."""

    contacts: list[PastContact] = field(default_factory=list)
    shifts: list[PastShift] = field(default_factory=list)


@dataclass(slots=True)
class _Fold:
    since: datetime
    until: datetime
    day: PastDay = field(default_factory=PastDay)
    waiting: dict[str, PastContact] = field(default_factory=dict)
    talking: dict[str, tuple[PastContact, datetime]] = field(default_factory=dict)
    served: dict[str, PastContact] = field(default_factory=dict)
    wrapping_up: dict[str, datetime] = field(default_factory=dict)
    there_since: dict[str, datetime] = field(default_factory=dict)
    left: dict[str, PastContact] = field(default_factory=dict)
    ticket_queue: dict[str, str] = field(default_factory=dict)
    tickets: dict[str, PastContact] = field(default_factory=dict)


def past_day(events: Iterable[Event], since: datetime, until: datetime) -> PastDay:
    """From events of `KINDS` in the order of the log, which may begin before `since` (so that it is known who was
    there) and end after `until` (so that talks end).
    """
    fold = _Fold(since, until)
    for event in events:
        if event.kind == "agent.presence":
            _presence(fold, event)
        elif event.kind == "server.started":
            for agent in list(fold.there_since):
                _goes(fold, agent, event.at)
        elif event.call is not None:
            _call(fold, event, event.call)
    for agent in list(fold.there_since):
        _goes(fold, agent, until)
    return fold.day


def _call(fold: _Fold, event: Event, call: str) -> None:
    match event.kind:
        case "queue.joined":
            _joined(fold, event, call)
        case "call.connected":
            waited = _out_of_line(fold, event, call)
            if waited is not None:
                waited.answered = True
            if (contact := waited or fold.tickets.get(call)) is not None:
                fold.talking[call] = contact, event.at
                fold.served[str(event.data.get("agent"))] = contact
        case "queue.left":
            if (contact := _out_of_line(fold, event, call)) is not None:
                fold.left[call] = contact
        case "queue.refused":
            _out_of_line(fold, event, call)
        case "callback.changed":
            fold.ticket_queue[call] = str(event.data.get("queue"))
        case "callback.promised":
            _promised(fold, event, call)
        case "queue.overflowed" if not str(event.data.get("target")).startswith(_TO_A_QUEUE):
            _out_of_line(fold, event, call)
        case "call.ended":
            if (contact := _out_of_line(fold, event, call)) is not None:
                contact.gave_up = True
        case "talk.ended":
            if (talk := fold.talking.pop(call, None)) is not None:
                talk[0].talk_s = (event.at - talk[1]).total_seconds()


def _joined(fold: _Fold, event: Event, call: str) -> None:
    skills, priority = event.data.get("skills"), event.data.get("priority")
    contact = PastContact(
        queue=str(event.data.get("queue")),
        joined_at=event.at,
        skills={str(skill): int(level) for skill, level in skills.items() if isinstance(level, int)}
        if isinstance(skills, Mapping)
        else {},
        priority=priority if isinstance(priority, int) else 0,
    )
    fold.waiting[call] = contact
    if fold.since <= event.at < fold.until:
        fold.day.contacts.append(contact)


def _promised(fold: _Fold, event: Event, call: str) -> None:
    ticket = str(event.data.get("ticket"))
    contact = fold.left.pop(call, None)
    if contact is not None:
        contact.callback_after_s = contact.waited_s
    elif (queue := fold.ticket_queue.get(ticket)) is not None:
        contact = PastContact(queue, event.at, {}, waited_s=0.0, callback_after_s=0.0)
        if fold.since <= event.at < fold.until:
            fold.day.contacts.append(contact)
    if contact is not None:
        fold.tickets[ticket] = contact


def _out_of_line(fold: _Fold, event: Event, call: str) -> PastContact | None:
    contact = fold.waiting.pop(call, None)
    if contact is not None:
        contact.waited_s = (event.at - contact.joined_at).total_seconds()
    return contact


def _presence(fold: _Fold, event: Event) -> None:
    agent, presence = str(event.data.get("agent")), event.data.get("presence")
    began = fold.wrapping_up.pop(agent, None)
    if began is not None and (contact := fold.served.pop(agent, None)) is not None:
        contact.wrap_up_s = (event.at - began).total_seconds()
    if presence == "wrap-up":
        fold.wrapping_up[agent] = event.at
    if presence in AWAY:
        _goes(fold, agent, event.at)
    else:
        fold.there_since.setdefault(agent, event.at)


def _goes(fold: _Fold, agent: str, at: datetime) -> None:
    came = fold.there_since.pop(agent, None)
    if came is None:
        return
    began_at, ended_at = max(came, fold.since), min(at, fold.until)
    if began_at < ended_at:
        fold.day.shifts.append(PastShift(agent, began_at, ended_at))
