"""Fixtures of the interoperability tests: a running server, and an end for everything that a test started."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.kit.ports import free_port
from tests.interop.kit.processes import RunningProcess
from tests.interop.kit.server import CONFIGURATIONS, Server


@pytest.fixture
def processes() -> Iterator[list[RunningProcess]]:
    """Append what you start: it is ended with the test, however that goes."""
    started: list[RunningProcess] = []
    yield started
    for process in reversed(started):
        process.end()


@pytest.fixture
def agent_ports() -> tuple[int, int]:
    """Where the two static agents of the test configuration have their phones."""
    return free_port(), free_port()


@pytest.fixture
def server(tmp_path: Path, processes: list[RunningProcess], agent_ports: tuple[int, int]) -> Iterator[Server]:
    """The test configuration's server; ends by Ctrl-C after the test and must do so cleanly."""
    first, second = agent_ports
    environment = {"INTEROP_FIRST_AGENT": str(first), "INTEROP_SECOND_AGENT": str(second)}
    running = Server(CONFIGURATIONS / "centre", tmp_path / "server", environment)
    processes.append(running)
    yield running
    running.stop()
