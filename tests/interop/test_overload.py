"""More calls than the server takes: the rest hears 503 at once, and no call that was accepted fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.interop.kit.processes import RunningProcess
from tests.interop.kit.server import CONFIGURATIONS, Server
from tests.interop.kit.sipp import Sipp, SippOrder

pytestmark = [pytest.mark.interop, pytest.mark.alone]

CALLS = 400


@pytest.fixture
def narrow(tmp_path: Path, processes: list[RunningProcess]) -> Iterator[Server]:
    """A server whose door closes when more than ten new requests wait, and that takes one a turn."""
    marks = {"INTEROP_WAITING_HIGH": "10", "INTEROP_PER_TURN": "1", "INTEROP_MESSAGES": "0"}
    running = Server(CONFIGURATIONS / "defended", tmp_path / "server", marks)
    processes.append(running)
    yield running
    running.stop()


def test_refused_or_served_and_nothing_between(narrow: Server, sipp: Callable[[SippOrder], Sipp]) -> None:
    before = sipp(
        SippOrder("caller-is-silent-then-hangs-up", remote=narrow.sip_port, number="3003", talk_ms=1500)
    )
    narrow.eventually(lambda: narrow.snapshot()["server"]["calls_now"] == 1, "call in progress")
    crowd = sipp(
        SippOrder(
            "caller-may-be-refused",
            calls=CALLS,
            remote=narrow.sip_port,
            number="3003",
            at_once=CALLS,
            per_second=4000,  # a burst: a quiet machine serves 400 a second without a queue
            talk_ms=500,
            trace=False,
        )
    )
    crowd.succeed()
    before.succeed()
    status = narrow.get("/v1/sip")
    assert status["overloads"] >= 1
    assert status["overload_refusals"] > 0
    assert int(crowd.statistics()["SuccessfulCall(C)"]) == CALLS
    served = status["calls_in"] - 1
    assert 0 < served < CALLS
    narrow.wait_idle()
    assert not narrow.get("/v1/sip")["overloaded"]
