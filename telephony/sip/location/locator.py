"""Finds the targets of names and remembers what DNS said and which targets were dead (RFC 3263 section 4.3).

Questions come out, answers go in; whoever asks for the same thing meanwhile waits for the same answer. Answers are
kept as long as DNS allows, failures for half a minute, so that a name server that is down is not asked for each call.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from telephony.sip.address import Address
from telephony.sip.location.procedure import Search, targets_of
from telephony.sip.location.records import Answer, Question

_LEAST_TTL_S, _MOST_TTL_S, _NEGATIVE_TTL_S = 5.0, 3600.0, 30.0
_REMEMBERED = 4096
OnLocated = Callable[[list[Address], float], None]


@dataclass(slots=True, eq=False)
class _Waiting:
    """A search that has questions open."""

    search: Search
    asked: list[Question]
    told: dict[Question, Answer]
    on_located: OnLocated


class Locator:
    """`supported` gives our transports, the preferred first; `families` the address records we can send to."""

    def __init__(
        self,
        supported: Callable[[], Sequence[str]],
        families: Callable[[], Sequence[str]],
        fraction: Callable[[], float],
    ) -> None:
        self._supported = supported
        self._families = families
        self._fraction = fraction
        self._cache: OrderedDict[Question, tuple[Answer, float]] = OrderedDict()
        self._waiting: dict[Question, list[_Waiting]] = {}
        self._to_ask: list[Question] = []
        self._down: OrderedDict[Address, float] = OrderedDict()

    def locate(self, where: Address, now: float, on_located: OnLocated) -> None:
        """Call `on_located` with the targets in the order to be tried; at once if all is known. None: nowhere."""
        search = targets_of(where, self._supported(), self._families(), self._fraction)
        try:
            asked = next(search)
        except StopIteration as found:
            self._found(found.value, on_located, now)
            return
        self._ask(_Waiting(search, asked, {}, on_located), now)

    def _ask(self, waiting: _Waiting, now: float) -> None:
        """Take what is known, and wait for the rest; goes on until something is not known."""
        while True:
            for question in waiting.asked:
                known = self._cache.get(question)
                if known is not None and known[1] > now:
                    waiting.told[question] = known[0]
                elif question not in waiting.told:
                    self._wait(question, waiting)
            if any(question not in waiting.told for question in waiting.asked):
                return
            answers = [waiting.told[question] for question in waiting.asked]
            try:
                waiting.asked = waiting.search.send(answers)
            except StopIteration as found:
                self._found(found.value, waiting.on_located, now)
                return

    def _wait(self, question: Question, waiting: _Waiting) -> None:
        others = self._waiting.get(question)
        if others is None:
            self._waiting[question] = [waiting]
            self._to_ask.append(question)
        elif waiting not in others:
            others.append(waiting)

    def _found(self, targets: list[Address], on_located: OnLocated, now: float) -> None:
        """The dead ones go last, in their order."""
        on_located(sorted(targets, key=lambda each: self._down.get(each, 0.0) > now), now)

    def questions(self) -> list[Question]:
        """What is to be asked; each is given once, and an answer to each is expected, be it a failure."""
        asked, self._to_ask = self._to_ask, []
        return asked

    def answered(self, question: Question, answer: Answer, now: float) -> None:
        """Take an answer; what waited for it goes on."""
        useful = answer.records and not answer.failed
        life = min(max(answer.ttl_s, _LEAST_TTL_S), _MOST_TTL_S) if useful else _NEGATIVE_TTL_S
        self._cache[question] = (answer, now + life)
        self._cache.move_to_end(question)
        if len(self._cache) > _REMEMBERED:
            self._cache.popitem(last=False)
        for waiting in self._waiting.pop(question, ()):
            waiting.told[question] = answer
            if all(each in waiting.told for each in waiting.asked):
                self._ask(waiting, now)

    def failed(self, target: Address, until: float) -> None:
        """A target does not serve: others go first until then."""
        self._down[target] = until
        self._down.move_to_end(target)
        if len(self._down) > _REMEMBERED:
            self._down.popitem(last=False)

    def is_down(self, target: Address, now: float) -> bool:
        """Whether a target was found dead not long ago."""
        return self._down.get(target, 0.0) > now
