"""From a traffic file to a workload. Time begins with the first shift or the first quarter in which anybody rings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from fnmatch import fnmatchcase
from itertools import takewhile
from operator import attrgetter
from pathlib import Path

from acd.model import Agent
from acd.simulation.distributions import Chance, Distribution
from acd.simulation.workload import QUARTER_S, Arrivals, CallbackHabits, ContactRecord, Shift, in_order
from cordboard.simulated.traffic_file import (
    ContactsSettings,
    LengthSettings,
    ShiftSettings,
    TrafficFile,
    load_traffic,
    quarterly,
)
from cordboard.simulated.values import DAY_S
from cordboard.simulated.workloads import Staffing, Workload, always_there


def traffic(path: Path, talk: Distribution, patience: Distribution | None) -> Workload:
    """The workload of a traffic file; `talk` and `patience` where it does not say.

    ConfigurationProblems: mistakes in the file. ValueError: nobody ever rings.
    """
    file = load_traffic(path)
    days = [quarterly(each, path.parent) for each in file.contacts]
    idle = [sum(1 for _ in takewhile(lambda number: number == 0, day)) for day in days]
    first = min(idle)
    if first == len(days[0]):
        raise ValueError(f"{path}: nobody ever rings")
    begin_s = min([first * QUARTER_S, *(shift.began for shift in file.shifts)])
    begin_quarter = int(begin_s // QUARTER_S)
    begin_s = begin_quarter * QUARTER_S
    arrivals = [
        _arrivals(file, each, day[begin_quarter:], talk, patience)
        for each, day in zip(file.contacts, days, strict=True)
    ]

    def records(chance: Chance) -> Iterator[ContactRecord]:
        return in_order(each.contacts(chance) for each in arrivals)

    habits = file.callbacks
    return Workload(
        queues=frozenset(each.queue for each in arrivals),
        records=records,
        staffing=_staffing(file.shifts, begin_s) if file.shifts else always_there,
        callbacks=CallbackHabits()
        if habits is None
        else CallbackHabits(habits.offered_after, habits.taken, habits.reached, frozenset(habits.branches)),
        answer_s=file.answer,
        began_at=None
        if file.day is None
        else datetime.combine(file.day, time.min).astimezone() + timedelta(seconds=begin_s),
        lasts_s=DAY_S - begin_s,
    )


def _arrivals(
    file: TrafficFile,
    contacts: ContactsSettings,
    per_quarter: Sequence[float],
    talk: Distribution,
    patience: Distribution | None,
) -> Arrivals:
    return Arrivals(
        queue=contacts.queue,
        per_quarter=tuple(per_quarter),
        talk=_drawn(contacts.talk or file.talk) or talk,
        patience=_drawn(contacts.patience or file.patience) or patience,
        skills=dict(contacts.skills),
        priority=contacts.priority,
        wrap_up=_drawn(contacts.wrap_up or file.wrap_up),
    )


def _drawn(length: LengthSettings | None) -> Distribution | None:
    return None if length is None else length.distribution()


def _staffing(shifts: Sequence[ShiftSettings], begin_s: float) -> Staffing:
    def staffing(agents: Sequence[Agent]) -> tuple[list[Agent], list[Shift]]:
        found: list[Shift] = []
        for shift in shifts:
            for pattern in shift.agents:
                named = [agent.id for agent in agents if fnmatchcase(agent.id, pattern)]
                if not named:
                    raise ValueError(f'shifts: there is no agent "{pattern}"')
                found += [Shift(agent, shift.began - begin_s, shift.ended - begin_s) for agent in named]
        # Whoever has a fixed address is at work by the shifts here, too.
        return [replace(agent, static=False) for agent in agents], sorted(
            found, key=attrgetter("start_s", "agent")
        )

    return staffing
