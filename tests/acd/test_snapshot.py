"""The router as data: what the state machine test cannot show. That a restored one answers the same, it does."""

from __future__ import annotations

import msgspec
import pytest

from acd.model import Agent, Queue, Strategy
from acd.router import Router
from tests.acd.centre import Centre, offered


def test_what_is_no_snapshot_is_refused() -> None:
    with pytest.raises(ValueError):
        Router.load(b"nonsense", str)
    state = msgspec.msgpack.decode(Centre([Queue("q")], []).router.dump())
    with pytest.raises(ValueError, match="expected 1"):
        Router.load(msgspec.msgpack.encode({**state, "version": 99}), str)


@pytest.mark.parametrize("strategy", list(Strategy))
def test_every_strategy_goes_on_where_it_was(strategy: Strategy) -> None:
    draws = iter([0.1, 0.9, 0.4, 0.7, 0.2, 0.8, 0.5, 0.6] * 50)
    staff = [Agent(name, "", {"tax": level}, ("q",)) for name, level in (("ann", 3), ("bob", 3), ("cem", 9))]
    queues = [Queue("q", skills={"tax": 1}, strategy=strategy, ring_timeout_s=900)]
    centre = Centre(queues, staff, random=lambda: next(draws))
    centre.log_in("ann", "bob", "cem")
    for number in range(7):
        ((contact, agent),) = offered(centre.call(f"c{number}"))
        centre.accept(agent)
        centre.now += number
        centre.end(contact)
    ids = iter(range(1000, 2000))
    twin = Centre([], [])
    twin.router = Router.load(centre.router.dump(), lambda: f"id{next(ids)}", random=lambda: 0.5)
    twin.now = centre.now
    twin.check()
    for number in range(3):
        assert offered(twin.call(f"d{number}")) == offered(centre.call(f"d{number}"))


def test_a_snapshot_that_kept_idle_agents_by_demand_is_read_too() -> None:
    staff = [Agent(name, "", {"tax": level}, ("q",)) for name, level in (("ann", 3), ("bob", 9), ("cem", 1))]
    centre = Centre([Queue("q", skills={"tax": 2}, ring_timeout_s=900)], staff)
    centre.log_in("bob", "ann", "cem")
    ((contact, agent),) = offered(centre.call("c1"))
    centre.accept(agent)
    centre.end(contact)
    state = msgspec.msgpack.decode(centre.router.dump())
    for group in state["groups"]:
        idle = group.pop("idle")
        for demand in group["demands"]:
            demand["idle"] = [entry for entry in idle if entry[3] != "cem"]
    twin = Centre([], [])
    twin.router = Router.load(msgspec.msgpack.encode(state), lambda: "id9", random=lambda: 0.5)
    twin.now = centre.now
    twin.check()
    assert twin.router.dump() == Router.load(centre.router.dump(), lambda: "id9").dump()
