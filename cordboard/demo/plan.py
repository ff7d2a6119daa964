"""Who comes to a demo and what they mean to do: drawn beforehand from one seed, so that a demo can be
repeated.

What the callers know of the example's flow is here and nowhere else: its keys, and that a customer number is
asked for. Pure: no clock, no network.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

SALES, SUPPORT, HOURS = "1", "2", "3"
ARRIVAL_EVERY_S = 2.2
"""On average. Three agents with talks of some seconds keep up with that, but not always: queues are to be
seen."""


class Errand(Enum):
    """What brings a caller."""

    BUY = "buy"
    COMPLAIN = "complain"
    ASK_HOURS = "ask for the opening hours"
    LOSE_PATIENCE = "hang up while waiting"


DECK = (
    Errand.BUY,
    Errand.COMPLAIN,
    Errand.ASK_HOURS,
    Errand.BUY,
    Errand.LOSE_PATIENCE,
    Errand.COMPLAIN,
    Errand.BUY,
    Errand.ASK_HOURS,
)
"""The mix, shuffled anew for every eight callers, so that a short demo has some of each."""


@dataclass(frozen=True, slots=True)
class CallerPlan:
    """One caller. Times are seconds; `key_after_s` counts from the first sound of a prompt, `patience_s` from
    the last key, `talk_s` from the first word of the agent's."""

    number: str
    arrives_s: float
    errand: Errand
    key: str
    key_after_s: float
    customer: str
    digit_every_s: float
    patience_s: float
    talk_s: float
    voice: int


@dataclass(frozen=True, slots=True)
class AgentPlan:
    """One agent's manner: how soon they pick up, how long before they end a talk themselves (None: never)."""

    pick_up_s: float
    ends_talk_s: float | None
    voice: int


def callers(seed: int) -> Iterator[CallerPlan]:
    """Callers without end, in the order in which they come."""
    rng = random.Random(f"callers {seed}")
    arrives_s, n = 0.5, 0
    while True:
        deck = list(DECK)
        rng.shuffle(deck)
        for errand in deck:
            n += 1
            yield _caller(rng, n, arrives_s, errand)
            arrives_s += rng.uniform(0.4, 1.6) * ARRIVAL_EVERY_S


def _caller(rng: random.Random, n: int, arrives_s: float, errand: Errand) -> CallerPlan:
    keys = {Errand.BUY: SALES, Errand.COMPLAIN: SUPPORT, Errand.ASK_HOURS: HOURS}
    return CallerPlan(
        number=f"+44207946{n % 10000:04d}",  # 020 7946 0xxx is kept free for fiction
        arrives_s=arrives_s,
        errand=errand,
        key=keys.get(errand) or rng.choice((SALES, SUPPORT)),
        key_after_s=rng.uniform(0.8, 3.5),
        customer="".join(rng.choices("0123456789", k=rng.randint(4, 8))),
        digit_every_s=rng.uniform(0.25, 0.5),
        patience_s=rng.uniform(1.5, 4.0) if errand is Errand.LOSE_PATIENCE else rng.uniform(25.0, 60.0),
        talk_s=rng.uniform(3.5, 8.0),
        voice=rng.randrange(1000),
    )


def agent_manners(seed: int, agent: str) -> Iterator[AgentPlan]:
    """How an agent takes one call after the other."""
    rng = random.Random(f"agent {agent} {seed}")
    voice = rng.randrange(1000)
    while True:
        ends = rng.uniform(2.5, 5.0) if rng.random() < 0.2 else None
        yield AgentPlan(pick_up_s=rng.uniform(0.6, 2.2), ends_talk_s=ends, voice=voice)
