"""What a simulated centre has to do: contacts by rates of a quarter of an hour or as records, shifts, callbacks taken.

Everything is drawn from the `Chance` that is given, each source from its own, so that two configurations can be given
the very same contacts. Records are in the order of time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from operator import attrgetter

import msgspec

from acd.simulation.distributions import Chance, Distribution, Draw

QUARTER_S = 900.0
"""What rates of arrival are given for."""


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """One contact, made or from a journal. `patience_s` None: waits for ever; `wrap_up_s` None: the agent's paperwork
    takes all that the queue allows, else so long, but no longer than that. `callback_after_s`: asks for a callback when
    it has been in line for so long, 0 without having been in one; None: does as `CallbackHabits` say.
    """

    at_s: float
    queue: str
    talk_s: float
    patience_s: float | None = None
    skills: Mapping[str, int] = field(default_factory=dict)
    priority: int = 0
    wrap_up_s: float | None = None
    callback_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """Contacts of one kind without end: how long until the next one, how long each talks and is ready to wait."""

    queue: str
    gap: Draw
    talk: Draw
    patience: Draw | None = None
    skills: Mapping[str, int] = field(default_factory=dict)
    priority: int = 0

    def contacts(self) -> Iterator[ContactRecord]:
        """For ever: the taker says when it is enough."""
        at_s = 0.0
        while True:
            at_s += self.gap()
            patience_s = None if self.patience is None else self.patience()
            yield ContactRecord(at_s, self.queue, self.talk(), patience_s, self.skills, self.priority)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Contacts of one queue: `per_quarter` expected in each quarter of an hour from 0 on, Poisson within it."""

    queue: str
    per_quarter: Sequence[float]
    talk: Distribution
    patience: Distribution | None = None
    skills: Mapping[str, int] = field(default_factory=dict)
    priority: int = 0
    wrap_up: Distribution | None = None

    def contacts(self, chance: Chance) -> Iterator[ContactRecord]:
        """One day of them."""
        for quarter, expected in enumerate(self.per_quarter):
            at_s, end_s = quarter * QUARTER_S, (quarter + 1) * QUARTER_S
            # Without memory, so every quarter may begin anew.
            while expected > 0 and (at_s := at_s + chance.expovariate(expected / QUARTER_S)) < end_s:
                yield self._contact(at_s, chance)

    def _contact(self, at_s: float, chance: Chance) -> ContactRecord:
        return ContactRecord(
            at_s,
            self.queue,
            self.talk.draw(chance),
            None if self.patience is None else self.patience.draw(chance),
            self.skills,
            self.priority,
            None if self.wrap_up is None else self.wrap_up.draw(chance),
        )


@dataclass(frozen=True, slots=True)
class Shift:
    """An agent is logged in from `start_s` to `end_s`; a talk at its end is finished."""

    agent: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class CallbackHabits:
    """What callers do about callbacks.

    `taken` is the share who take one that they are offered: after `offered_after_s` in a line (None: nobody is offered
    one there), or by an overflow into a callback or one of these `branches` of the flow. `reached` is the share of
    attempts at which the caller answers.
    """

    offered_after_s: float | None = None
    taken: float = 1.0
    reached: float = 1.0
    branches: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not (0 <= self.taken <= 1 and 0 <= self.reached <= 1):
            raise ValueError("taken and reached are shares from 0 to 1")


def in_order(sources: Iterable[Iterator[ContactRecord]]) -> Iterator[ContactRecord]:
    """Sources that are each in the order of time, as one that is."""
    return merge(*sources, key=attrgetter("at_s"))


def from_records(records: Iterable[Mapping[str, object]]) -> list[ContactRecord]:
    """Contacts in any order, each with the fields of a ContactRecord.

    ValueError (msgspec.ValidationError) names the field that is wrong.
    """
    found = [msgspec.convert(dict(record), ContactRecord) for record in records]
    return sorted(found, key=attrgetter("at_s"))
