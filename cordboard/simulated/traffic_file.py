"""The traffic file of `cordboard simulate`: a day by quarters of an hour, as YAML; rates may also stand in a CSV.

The models hold what is written there; `cordboard.simulated.traffic` makes a workload of it. Rates in a CSV file: a
column `time`, then one for each queue with the contacts expected in the quarter of an hour that begins then.
"""

from __future__ import annotations

import csv
import math
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from acd.simulation.distributions import Distribution, Shape
from callflows.source import FlowProblems, Problem, load_document, validate
from callflows.validation import describe
from callflows.values import Duration
from cordboard.config import ConfigurationProblems
from cordboard.queue_settings import SkillLevels
from cordboard.setting import Settings
from cordboard.simulated.values import Quarter, Rate, TimeOfDay, parse_quarter

QUARTERS = 96
"""Of a day."""


def _date(value: object) -> date:
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError(f'expected a day such as "2026-11-23", got {describe(value)}') from None


def _length(value: object) -> object:
    """`4m` alone is an exponential mean."""
    return {"mean": value} if isinstance(value, str) else value


class LengthSettings(Settings):
    """A length of time by chance."""

    shape: Shape = Field(
        Shape.EXPONENTIAL,
        description=f"{', '.join(f'`{each}`' for each in Shape)}; `history` draws from `seen`.",
    )
    mean: Duration | None = Field(None, description="The mean; not for `history`.")
    spread: float = Field(1.0, gt=0, description="Standard deviation / mean, for `lognormal`.")
    seen: tuple[Duration, ...] = Field((), description="Lengths seen, for `history`.")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.shape is Shape.HISTORY) != bool(self.seen):
            raise ValueError("lengths that were seen belong to the shape history, and only there")
        if self.shape is not Shape.HISTORY and not self.mean:
            raise ValueError("expected a mean of more than 0s")
        return self

    def distribution(self) -> Distribution:
        """As it is drawn from."""
        return Distribution(self.shape, self.mean or 0.0, self.spread, self.seen)


Length = Annotated[LengthSettings, BeforeValidator(_length)]


class ContactsSettings(Settings):
    """Contacts of one kind. What is left out is as at the top of the file."""

    queue: str = Field(description="The queue that they come into.")
    arrivals: dict[Quarter, Rate] | str = Field(
        description='Rates from a time of day on: `{"08:00": 40/h, "18:00": 0/h}`; or a CSV file beside this one.'
    )
    talk: Length | None = Field(None, description="How long they talk.")
    wrap_up: Length | None = Field(
        None, description="How long the paperwork takes; all that the queue allows, if not given."
    )
    patience: Length | None = Field(None, description="How long they are ready to wait.")
    skills: SkillLevels = Field(default_factory=dict, description="What they ask for beyond the queue.")
    priority: int = Field(0, description="Their priority.")


class ShiftSettings(Settings):
    """Agents at work, every day that is simulated."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    agents: tuple[str, ...] = Field(min_length=1, description="Ids, `*` and `?` as in file names.")
    began: TimeOfDay = Field(alias="from", description="When they log in.")
    ended: TimeOfDay = Field(alias="to", description="When they log out; a talk is finished first.")

    @model_validator(mode="after")
    def _takes_time(self) -> Self:
        if self.began >= self.ended:
            raise ValueError("a shift ends after it begins: one over midnight is written as two")
        return self


class CallbackTraffic(Settings):
    """What callers do about callbacks."""

    offered_after: Duration | None = Field(None, description="So long in line, and callers are offered one.")
    branches: tuple[str, ...] = Field((), description="Overflow branches of flows that offer one, too.")
    taken: float = Field(1.0, ge=0, le=1, description="The share of callers who take one.")
    reached: float = Field(1.0, ge=0, le=1, description="The share of attempts that the caller answers.")


class TrafficFile(Settings):
    """A day."""

    contacts: tuple[ContactsSettings, ...] = Field(min_length=1, description="Who rings, kind by kind.")
    day: Annotated[date, BeforeValidator(_date)] | None = Field(
        None, description="Which day it is, for opening hours; everything is open, if not given."
    )
    talk: Length | None = Field(None, description="How long they talk; --aht, if not given.")
    wrap_up: Length | None = Field(None, description="How long the paperwork takes.")
    patience: Length | None = Field(
        None, description="How long they are ready to wait; --patience, if not given."
    )
    answer: Duration = Field(0.0, description="How long a phone rings before it is answered.")
    shifts: tuple[ShiftSettings, ...] = Field(
        (), description="Who is at work when; all always, if not given."
    )
    callbacks: CallbackTraffic | None = Field(
        None, description="Callbacks; those of overflow are always taken."
    )


def load_traffic(path: Path) -> TrafficFile:
    """Read and check a traffic file; a `.csv` is its rates alone. ConfigurationProblems: all of its mistakes."""
    if path.suffix == ".csv":
        contacts: list[dict[str, Any]] = [{"queue": queue, "arrivals": path.name} for queue in _columns(path)]
        return TrafficFile.model_validate({"contacts": contacts})
    try:
        document = load_document(path)
    except FlowProblems as error:
        raise ConfigurationProblems(list(error.problems)) from error
    found, problems = validate(TrafficFile, document)
    if found is None:
        raise ConfigurationProblems(problems)
    return found


def quarterly(contacts: ContactsSettings, folder: Path) -> list[float]:
    """Contacts expected in each quarter of the day. ConfigurationProblems: the CSV file does not say."""
    if isinstance(contacts.arrivals, str):
        return _from_csv(folder / contacts.arrivals, contacts.queue)
    expected, rate = [], 0.0
    for quarter in range(QUARTERS):
        rate = contacts.arrivals.get(quarter, rate)
        expected.append(rate * 900.0)
    return expected


def _columns(path: Path) -> list[str]:
    return [name for name in _rows(path)[0] if name != "time"]


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="")
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationProblems([Problem(path, 1, 1, "", f"cannot be read: {error}")]) from error
    if not rows or "time" not in rows[0] or None in rows[0]:
        message = "expected a column time, and one for each queue, with a row for each quarter of an hour"
        raise ConfigurationProblems([Problem(path, 1, 1, "", message)])
    return rows


def _from_csv(path: Path, queue: str) -> list[float]:
    expected, problems = [0.0] * QUARTERS, []
    rows = _rows(path)
    if queue not in rows[0]:
        raise ConfigurationProblems([Problem(path, 1, 1, "", f'there is no column "{queue}"')])
    for line, row in enumerate(rows, 2):
        try:
            quarter, number = parse_quarter(row["time"].strip()), float(row[queue] or 0)
            if not (math.isfinite(number) and number >= 0) or quarter >= QUARTERS:
                raise ValueError(f'expected a number of contacts, got "{row[queue]}"')
        except ValueError as error:
            problems.append(Problem(path, line, 1, queue, str(error)))
        else:
            expected[quarter] += number
    if problems:
        raise ConfigurationProblems(problems)
    return expected
