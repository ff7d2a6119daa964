"""Fixtures of the interoperability tests: running servers, phones, and an end for everything that a test
started."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.interop.kit.baresip import Baresip, BaresipOrder
from tests.interop.kit.linphone import Linphone, LinphoneOrder
from tests.interop.kit.ports import free_port
from tests.interop.kit.processes import RunningProcess
from tests.interop.kit.pyvoip import PyVoip, PyVoipOrder
from tests.interop.kit.server import CONFIGURATIONS, Server
from tests.interop.kit.sipp import Sipp, SippOrder


@pytest.fixture
def processes() -> Iterator[list[RunningProcess]]:
    """Append what you start: it is ended with the test, however that goes."""
    started: list[RunningProcess] = []
    yield started
    for process in reversed(started):
        process.end()


@pytest.fixture
def desk_port() -> int:
    """Where the static agent of the test configuration has a phone, if a test puts one there."""
    return free_port()


@pytest.fixture
def prompts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Spoken once a test run, for all its processes if it has several: each prompt is written whole or not at
    all."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "prompts"


@pytest.fixture
def server(
    tmp_path: Path, processes: list[RunningProcess], desk_port: int, prompts: Path
) -> Iterator[Server]:
    """The test configuration's server; ends by Ctrl-C after the test and must do so cleanly."""
    environment = {"INTEROP_AGENT_PORT": str(desk_port)}
    running = Server(CONFIGURATIONS / "centre", tmp_path / "server", environment, prompts=prompts)
    processes.append(running)
    yield running
    running.stop()


@pytest.fixture
def sipp(tmp_path: Path, processes: list[RunningProcess]) -> Callable[[SippOrder], Sipp]:
    """Start SIPp with a scenario."""

    def start(order: SippOrder) -> Sipp:
        process = Sipp(order, tmp_path / f"sipp-{len(processes)}")
        processes.append(process)
        return process

    return start


@pytest.fixture
def baresip(tmp_path: Path, processes: list[RunningProcess]) -> Callable[[BaresipOrder], Baresip]:
    """Start a baresip phone."""

    def start(order: BaresipOrder) -> Baresip:
        process = Baresip(order, tmp_path / f"baresip-{len(processes)}")
        processes.append(process)
        return process

    return start


@pytest.fixture
def linphone(tmp_path: Path, processes: list[RunningProcess]) -> Callable[[LinphoneOrder], Linphone]:
    """Start a linphone."""

    def start(order: LinphoneOrder) -> Linphone:
        process = Linphone(order, tmp_path / f"linphone-{len(processes)}")
        processes.append(process)
        return process

    return start


@pytest.fixture
def pyvoip(tmp_path: Path, processes: list[RunningProcess]) -> Callable[[PyVoipOrder], PyVoip]:
    """Let pyVoIP make a call."""

    def start(order: PyVoipOrder) -> PyVoip:
        process = PyVoip(order, tmp_path / f"pyvoip-{len(processes)}")
        processes.append(process)
        return process

    return start
