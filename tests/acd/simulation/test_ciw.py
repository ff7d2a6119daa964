"""The router against Ciw on the very same contacts: systems that theory has formulas for, and one that it has not."""

from __future__ import annotations

import random
from collections.abc import Mapping
from itertools import islice

import pytest

import tests
from acd.model import Agent, Queue, RouterPolicy
from acd.simulation.plain import FOR_EVER_S, exponential
from acd.simulation.run import Simulation
from acd.simulation.service import SimulationResult
from acd.simulation.workload import ContactRecord, Stream, in_order
from tests.acd.simulation.ciw_oracle import Found, ask_ciw

ALL = frozenset({"q"})


def contacts(
    number: int, rates: Mapping[str, float], patience_s: float | None = None, seed: int = 1
) -> list[ContactRecord]:
    """Poisson arrivals at these rates, exponential talks of 1 s on the average."""
    chance = random.Random(seed)
    patience = None if patience_s is None else exponential(chance, patience_s)
    streams = [
        Stream(queue, exponential(chance, 1 / rate), exponential(chance, 1.0), patience)
        for queue, rate in rates.items()
    ]
    return list(islice(in_order(stream.contacts() for stream in streams), number))


def served_by_us(
    records: list[ContactRecord], agents: list[frozenset[str]], priorities: Mapping[str, int] | None = None
) -> SimulationResult:
    names = sorted({record.queue for record in records})
    queues = [Queue(name, max_wait_s=FOR_EVER_S) for name in names]
    staff = [Agent(f"a{n}", "", {}, tuple(sorted(serves))) for n, serves in enumerate(agents)]
    if priorities is not None:
        records = [
            ContactRecord(r.at_s, r.queue, r.talk_s, r.patience_s, priority=priorities[r.queue])
            for r in records
        ]
    policy = RouterPolicy(max_missed=0, verify_contact_s=FOR_EVER_S)
    return Simulation(queues, staff, records, random.Random(1), policy=policy).run()


def assert_the_same(ours: SimulationResult, theirs: Mapping[str, Found]) -> None:
    for queue, found in theirs.items():
        mine, decided = ours.queues[queue], found.answered + found.abandoned
        assert (mine.answered, mine.abandoned) == (found.answered, found.abandoned)
        assert mine.p_wait == pytest.approx(found.waited / decided, abs=1e-12)
        assert mine.mean_wait_s == pytest.approx(found.wait_s / decided, rel=1e-9)
        assert mine.asa_s == pytest.approx(found.answered_wait_s / found.answered, rel=1e-9)


def test_our_tests_are_found_before_those_that_ciw_installs() -> None:
    assert tests.__file__ is not None
    assert "site-packages" not in tests.__file__


def test_an_m_m_10() -> None:
    records = contacts(8000, {"q": 8.0})
    theirs = ask_ciw(records, [ALL] * 10)
    assert_the_same(served_by_us(records, [ALL] * 10), theirs)
    assert theirs["q"].waited / 8000 == pytest.approx(0.4092, abs=0.1), (
        "Erlang C; the tight test is elsewhere"
    )


def test_an_erlang_a() -> None:
    records = contacts(6000, {"q": 12.0}, patience_s=2.0)
    theirs = ask_ciw(records, [ALL] * 10)
    assert_the_same(served_by_us(records, [ALL] * 10), theirs)
    assert theirs["q"].abandoned / 6000 == pytest.approx(0.1957, abs=0.04)


def test_strict_priority() -> None:
    records = contacts(6000, {"high": 1.6, "low": 1.6})
    agents = [frozenset({"high", "low"})] * 4
    theirs = ask_ciw(records, agents, ranks={"high": 0, "low": 1})
    assert_the_same(served_by_us(records, agents, priorities={"high": 1, "low": 0}), theirs)
    assert theirs["low"].wait_s > 2 * theirs["high"].wait_s


@pytest.mark.parametrize("patience_s", [None, 1.5])
def test_two_skills_shared_in_part_which_have_no_closed_form(patience_s: float | None) -> None:
    """Two agents for tax alone, two for law alone, two for both; the longest idle of those who can."""
    records = contacts(6000, {"tax": 2.9, "law": 1.9}, patience_s)
    tax, law = frozenset({"tax"}), frozenset({"law"})
    agents = [tax, tax, law, law, tax | law, tax | law]
    theirs = ask_ciw(records, agents)
    assert_the_same(served_by_us(records, agents), theirs)
    assert theirs["tax"].wait_s / 2.9 > 1.2 * theirs["law"].wait_s / 1.9, "the busier skill waits longer"
    pooled = ask_ciw(records, [tax | law] * 6)
    assert pooled["tax"].wait_s < theirs["tax"].wait_s, "and skills that are not shared cost"
