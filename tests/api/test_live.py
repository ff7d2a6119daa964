"""The state as a reader holds it."""

from datetime import timedelta
from typing import Any

import pytest

from api.changes import advance, change_message, snapshot_message
from api.live import LiveState


def test_durations_run_on_with_the_readers_clock(system: Any) -> None:
    live = LiveState()
    system.advance(12)
    live.apply(snapshot_message(advance(None, system.snapshot())), now=1000.0)

    assert live.calls["c1"].lasted_s(1000.0) == pytest.approx(12.0)
    assert live.calls["c1"].lasted_s(1003.0) == pytest.approx(15.0)
    assert live.queues["support"].lasted_s(1001.0) == pytest.approx(5.0)
    assert live.up_s(1010.0) == pytest.approx(timedelta(hours=1).total_seconds() + 22)


def test_a_change_leaves_alone_what_it_does_not_name(system: Any) -> None:
    first = advance(None, system.snapshot())
    live = LiveState()
    live.apply(snapshot_message(first), now=0.0)
    ada = live.agents["ada"]
    system.advance(5)
    del system.calls_live["c1"]
    system.server = system.server.model_copy(update={"calls_now": 7})
    live.apply(change_message(first, advance(first, system.snapshot())), now=5.0)

    assert live.agents["ada"] is ada
    assert live.agents["ada"].lasted_s(5.0) == pytest.approx(5.0)
    assert live.calls == {}
    assert live.server is not None
    assert live.server.calls_now == 7


def test_a_new_snapshot_forgets_the_old_server(system: Any) -> None:
    live = LiveState()
    live.apply(snapshot_message(advance(None, system.snapshot())), now=0.0)
    system.calls_live.clear()
    system.put_call("fresh")
    live.apply(snapshot_message(advance(None, system.snapshot())), now=60.0)

    assert set(live.calls) == {"fresh"}


def test_nothing_is_known_at_first() -> None:
    assert LiveState().up_s(100.0) == 0.0
