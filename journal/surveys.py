"""What callers thought of it: CSAT, NPS and CES, read from the journal's `survey.answered` events.

Each question is counted for itself, over all calls and then for each queue and each agent it was about:

    answered, skipped   how many; a question is skipped by key, by silence or after wrong keys
    average             mean of the answers: CSAT is 1 to 5, NPS 0 to 10, CES 1 to 7
    score   csat        answers of 4 and 5, in percent of all answers
            nps         percent of promoters (9, 10) less percent of detractors (0 to 6): -100 to 100
            ces         answers of 5 and more, in percent
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from journal.event import Event

KIND = "survey.answered"
Scale = Literal["csat", "nps", "ces"]
About = Literal["all", "queue", "agent"]


@dataclass(frozen=True, slots=True)
class SurveyKpis:
    """One question, about everything, one queue or one agent. Without an answer, average and score are None."""

    question: str
    scale: Scale
    about: About
    who: str | None
    answered: int
    skipped: int
    average: float | None
    score: float | None


@dataclass(slots=True)
class _Tally:
    values: list[int] = field(default_factory=list)
    skipped: int = 0


def measure_surveys(events: Iterable[Event]) -> tuple[SurveyKpis, ...]:
    """By question; each question's whole first, then its queues, then its agents. Other kinds are passed over."""
    tallies: dict[tuple[str, Scale, About, str | None], _Tally] = {}
    for event in events:
        scale = _scale(event.data.get("scale"))
        if event.kind != KIND or scale is None:
            continue
        name, value = str(event.data.get("name")), event.data.get("value")
        for about, who in _subjects(event):
            tally = tallies.setdefault((name, scale, about, who), _Tally())
            if isinstance(value, int):
                tally.values.append(value)
            else:
                tally.skipped += 1
    order: tuple[About, ...] = ("all", "queue", "agent")
    keys = sorted(tallies, key=lambda key: (key[0], key[1], order.index(key[2]), key[3] or ""))
    return tuple(_figures(*key, tallies[key]) for key in keys)


def _subjects(event: Event) -> list[tuple[About, str | None]]:
    found: list[tuple[About, str | None]] = [("all", None)]
    queue, agent = event.data.get("queue"), event.data.get("agent")
    if isinstance(queue, str):
        found.append(("queue", queue))
    if isinstance(agent, str):
        found.append(("agent", agent))
    return found


def _scale(value: object) -> Scale | None:
    match value:
        case "csat" | "nps" | "ces":
            return value
        case _:
            return None


def _figures(question: str, scale: Scale, about: About, who: str | None, tally: _Tally) -> SurveyKpis:
    values = tally.values
    return SurveyKpis(
        question,
        scale,
        about,
        who,
        answered=len(values),
        skipped=tally.skipped,
        average=sum(values) / len(values) if values else None,
        score=_SCORES[scale](values) if values else None,
    )


def _percent(values: list[int], low: int, high: int) -> float:
    return 100.0 * sum(low <= value <= high for value in values) / len(values)


_SCORES: Mapping[Scale, Callable[[list[int]], float]] = {
    "csat": lambda values: _percent(values, 4, 5),
    "nps": lambda values: _percent(values, 9, 10) - _percent(values, 0, 6),
    "ces": lambda values: _percent(values, 5, 7),
}
