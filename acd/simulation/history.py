"""A day that was, as a workload: the contacts to the second, or days like it.

What history does not say is drawn from what it does:

    talk of who was not answered    from the talks of the same queue (of all queues, if it had none)
    patience of who was answered    more than they waited; how much more, from those who waited longer still: the
                                    product-limit estimate of Kaplan and Meier (1958), given that they waited so long.
                                    Who outlives all who gave up waits for ever
    patience of who went elsewhere  the same
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from acd.simulation.distributions import Chance
from acd.simulation.workload import QUARTER_S, ContactRecord


@dataclass(frozen=True, slots=True)
class Observed:
    """One contact as it was. `talk_s` None: not talked to; `gave_up`: `waited_s` was all of its patience."""

    at_s: float
    queue: str
    waited_s: float
    gave_up: bool
    talk_s: float | None = None
    wrap_up_s: float | None = None
    skills: tuple[tuple[str, int], ...] = ()
    priority: int = 0
    callback_after_s: float | None = None


class Patience:
    """How long callers are ready to wait, estimated from waits of which some ended otherwise (censored)."""

    def __init__(self, waits: Iterable[tuple[float, bool]]) -> None:
        """`waits`: so many seconds, and whether it was all the patience there was."""
        ordered = sorted(waits, key=lambda wait: (wait[0], not wait[1]))
        at_risk = range(len(ordered), 0, -1)
        self._times = [waited_s for waited_s, gave_up in ordered if gave_up]
        steps = [1 - 1 / left for left, (_, gave_up) in zip(at_risk, ordered, strict=True) if gave_up]
        # Negative, so that they rise: how many of all still wait after each of the times.
        self._minus_survival = [-share for share in accumulate(steps, lambda a, b: a * b)]

    def draw(self, chance: Chance, more_than_s: float = -1.0) -> float | None:
        """One patience that is longer than this; None is for ever."""
        first = bisect_right(self._times, more_than_s)
        survived = -self._minus_survival[first - 1] if first else 1.0
        left = survived * (1.0 - chance.random())
        found = bisect_right(self._minus_survival, -left, lo=first)
        return self._times[found] if found < len(self._times) else None


class History:
    """One day. `contacts` in the order of time, `at_s` from the day's beginning. ValueError: nobody was answered."""

    def __init__(self, contacts: Sequence[Observed]) -> None:
        self._contacts = contacts
        self._talks: dict[str, list[Observed]] = defaultdict(list)
        waits: dict[str, list[tuple[float, bool]]] = defaultdict(list)
        for each in contacts:
            waits[each.queue].append((each.waited_s, each.gave_up))
            if each.talk_s is not None:
                self._talks[each.queue].append(each)
        self._all_talks = [each for each in contacts if each.talk_s is not None]
        if not self._all_talks:
            raise ValueError("nobody was answered that day: there is no talk to learn from")
        self._patience = {queue: Patience(found) for queue, found in waits.items()}

    def replay(self, chance: Chance) -> Iterator[ContactRecord]:
        """The contacts to the second; only what was not seen is drawn."""
        for each in self._contacts:
            more_than_s = None if each.gave_up else each.waited_s
            yield self._record(each, each.at_s, chance, more_than_s)

    def like_it(self, chance: Chance) -> Iterator[ContactRecord]:
        """Another day of the kind: as many contacts in each quarter of an hour as Poisson's law gives, each of them
        like one that came in that quarter.
        """
        quarters: dict[int, list[Observed]] = defaultdict(list)
        for each in self._contacts:
            quarters[int(each.at_s // QUARTER_S)].append(each)
        for quarter, models in sorted(quarters.items()):
            at_s, end_s = quarter * QUARTER_S, (quarter + 1) * QUARTER_S
            while (at_s := at_s + chance.expovariate(len(models) / QUARTER_S)) < end_s:
                model = models[int(chance.random() * len(models))]
                yield self._record(model, at_s, chance, -1.0, new_talk=True)

    def _record(
        self,
        seen: Observed,
        at_s: float,
        chance: Chance,
        more_than_s: float | None,
        *,
        new_talk: bool = False,
    ) -> ContactRecord:
        """`more_than_s` None: the patience is known."""
        talk = seen
        if seen.talk_s is None or new_talk:
            talks = self._talks.get(seen.queue) or self._all_talks
            talk = talks[int(chance.random() * len(talks))]
        assert talk.talk_s is not None
        patience_s: float | None = seen.waited_s
        if more_than_s is not None:
            patience_s = self._patience[seen.queue].draw(chance, more_than_s)
        return ContactRecord(
            at_s,
            seen.queue,
            talk.talk_s,
            patience_s,
            dict(seen.skills),
            seen.priority,
            talk.wrap_up_s,
            seen.callback_after_s,
        )
