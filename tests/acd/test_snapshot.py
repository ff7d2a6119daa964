"""The router as data: what the state machine test cannot show. That a restored one answers the same, it does."""

from __future__ import annotations

import msgspec
import pytest

from acd.model import Agent, Queue, Strategy
from acd.router import Router
from acd.snapshot import dump_in_steps
from tests.acd.centre import Centre, offered


def test_what_is_no_snapshot_is_refused() -> None:
    with pytest.raises(ValueError):
        Router.load(b"nonsense", str)
    head = msgspec.msgpack.decode(next(dump_in_steps(Centre([Queue("q")], []).router.floor)))
    other = msgspec.msgpack.encode({**head, "version": 99})
    with pytest.raises(ValueError, match="a snapshot of version 99, expected"):
        Router.load(msgspec.msgpack.encode([other]), str)
    with pytest.raises(ValueError):
        Router.load(msgspec.msgpack.encode([]), str)


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
