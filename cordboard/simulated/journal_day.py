"""A day of a journal as a workload: its contacts, its talks, its callers' patience, and when its agents were there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from operator import attrgetter
from pathlib import Path

from acd.model import Agent
from acd.simulation.history import History, Observed
from acd.simulation.workload import QUARTER_S, Shift
from cordboard.simulated.workloads import Staffing, Workload, always_there
from journal.contacts import PastContact, PastDay
from journal.reading import JournalReader


def journal_day(database: Path, day: date, known: frozenset[str], *, like_it: bool = False) -> Workload:
    """The day by this machine's calendar, to the second, or (`like_it`) days of its kind.

    An agent of `known` who was not there that day is not there; one whom only another configuration has always is.
    NoJournal: nothing is there. ValueError: nobody rang or was answered on that day.
    """
    since = datetime.combine(day, time.min).astimezone()
    until = datetime.combine(day + timedelta(days=1), time.min).astimezone()
    past = JournalReader(database).day(since, until)
    if not past.contacts:
        raise ValueError(f"no contact joined a queue on {day}")
    first = min([past.contacts[0].joined_at, *(shift.began_at for shift in past.shifts)])
    # On a quarter of an hour, so that days like it have the same quarters.
    begin = since + timedelta(seconds=(first - since).total_seconds() // QUARTER_S * QUARTER_S)
    history = History([_observed(each, begin) for each in past.contacts])
    return Workload(
        queues=frozenset(each.queue for each in past.contacts),
        records=history.like_it if like_it else history.replay,
        staffing=_staffing(past, begin, known) if past.shifts else always_there,
        began_at=begin,
        lasts_s=(until - begin).total_seconds(),
    )


def _observed(contact: PastContact, begin: datetime) -> Observed:
    return Observed(
        at_s=(contact.joined_at - begin).total_seconds(),
        queue=contact.queue,
        waited_s=contact.waited_s or 0.0,
        gave_up=contact.gave_up,
        talk_s=contact.talk_s,
        wrap_up_s=contact.wrap_up_s,
        skills=tuple(sorted(contact.skills.items())),
        priority=contact.priority,
        callback_after_s=contact.callback_after_s,
    )


def _staffing(past: PastDay, begin: datetime, known: frozenset[str]) -> Staffing:
    day = [
        Shift(
            each.agent,
            (each.began_at - begin).total_seconds(),
            (each.ended_at - begin).total_seconds(),
        )
        for each in past.shifts
    ]
    whole_s = max(shift.end_s for shift in day)

    def staffing(agents: Sequence[Agent]) -> tuple[list[Agent], list[Shift]]:
        # Those at fixed addresses are always there, whatever the journal says of them.
        moving = {agent.id for agent in agents if not agent.static}
        new = [Shift(agent, 0.0, whole_s) for agent in sorted(moving - known)]
        shifts = [shift for shift in day if shift.agent in moving]
        return list(agents), sorted([*new, *shifts], key=attrgetter("start_s", "agent"))

    return staffing
