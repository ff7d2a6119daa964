"""Thirty callers at once on the benchmark configuration: every talk bridged and recorded, no packet lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.interop.kit.asserts import assert_tones_on_their_sides, finished_recordings
from tests.interop.kit.processes import RunningProcess
from tests.interop.kit.server import Server
from tests.interop.kit.sipp import Sipp, SippOrder

pytestmark = pytest.mark.interop

BENCHMARK = Path(__file__).resolve().parents[2] / "callflows" / "examples" / "benchmark"
CALLERS = 30


@pytest.fixture
def benchmark(
    tmp_path: Path, processes: list[RunningProcess], desk_port: int, prompts: Path
) -> Iterator[Server]:
    environment = {"CORDBOARD_AGENT_COUNT": str(CALLERS), "CORDBOARD_AGENT_PORT": str(desk_port)}
    running = Server(BENCHMARK, tmp_path / "server", environment, prompts=prompts)
    processes.append(running)
    yield running
    running.stop()


@pytest.mark.alone
def test_thirty_talks_at_once_lose_no_packet(
    benchmark: Server, sipp: Callable[[SippOrder], Sipp], desk_port: int
) -> None:
    agents = sipp(
        SippOrder("agent-answers-and-talks", calls=CALLERS, port=desk_port, tone_hz=880, timeout_s=60)
    )
    callers = sipp(
        SippOrder(
            "caller-talks-then-hangs-up",
            calls=CALLERS,
            at_once=CALLERS,
            per_second=15,
            remote=benchmark.sip_port,
            number="2000",
            tone_hz=440,
            talk_ms=8000,
            timeout_s=60,
        )
    )
    benchmark.eventually(lambda: _talking(benchmark) == CALLERS, f"{CALLERS} talks at once", 20)
    callers.succeed()
    agents.succeed()
    for recording in finished_recordings(benchmark, CALLERS, timeout_s=30):
        assert_tones_on_their_sides(recording, least_s=5.0)
    assert benchmark.snapshot()["server"]["media_packets_lost"] == 0
    benchmark.wait_idle()


def test_silent_line_and_prompted_line(benchmark: Server, sipp: Callable[[SippOrder], Sipp]) -> None:
    for number in ("1000", "1001"):
        order = SippOrder(
            "caller-talks-then-hangs-up", remote=benchmark.sip_port, number=number, talk_ms=1500
        )
        sipp(order).succeed()
    benchmark.wait_idle()
    assert benchmark.recordings() == []


def _talking(server: Server) -> int:
    return sum(call["state"] == "talking" for call in server.snapshot()["calls"])
