"""Fixtures of the interoperability tests: running servers, phones, and an end for everything that a test
started."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from tests.interop.kit.baresip import Baresip, BaresipOrder
from tests.interop.kit.linphone import Linphone, LinphoneOrder
from tests.interop.kit.ports import free_port
from tests.interop.kit.processes import RunningProcess
from tests.interop.kit.pyvoip import PyVoip, PyVoipOrder
from tests.interop.kit.server import CONFIGURATIONS, Server
from tests.interop.kit.sipp import Sipp, SippOrder

Order = TypeVar("Order")
Process = TypeVar("Process", bound=RunningProcess)


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


def _starter(
    make: Callable[[Order, Path], Process], name: str, folder: Path, processes: list[RunningProcess]
) -> Callable[[Order], Process]:
    """Starts what is ordered in a folder of its own, and ends it with the test."""

    def start(order: Order) -> Process:
        process = make(order, folder / f"{name}-{len(processes)}")
        processes.append(process)
        return process

    return start


@pytest.fixture
def sipp(tmp_path: Path, processes: list[RunningProcess]) -> Callable[[SippOrder], Sipp]:
    """Start SIPp with a scenario."""
    return _starter(Sipp, "sipp", tmp_path, processes)


@pytest.fixture
def baresip(tmp_path: Path, processes: list[RunningProcess]) -> Callable[[BaresipOrder], Baresip]:
    """Start a baresip phone."""
    return _starter(Baresip, "baresip", tmp_path, processes)


@pytest.fixture
def linphone(tmp_path: Path, processes: list[RunningProcess]) -> Callable[[LinphoneOrder], Linphone]:
    """Start a linphone."""
    return _starter(Linphone, "linphone", tmp_path, processes)


@pytest.fixture
def pyvoip(tmp_path: Path, processes: list[RunningProcess]) -> Callable[[PyVoipOrder], PyVoip]:
    """Let pyVoIP make a call."""
    return _starter(PyVoip, "pyvoip", tmp_path, processes)
