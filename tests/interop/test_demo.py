"""The demo as its users run it: it counts what the server counted, and leaves recordings but no process behind."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.interop.kit.processes import RunningProcess
from tests.interop.kit.server import processes_that_mention
from tests.interop.kit.software import require_pyvoip
from tests.interop.kit.tones import measure, read_wav

pytestmark = pytest.mark.interop

PROGRAM = str(Path(sys.executable).with_name("cordboard"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def result(folder: Path) -> Any:
    """What one short demo printed last."""
    require_pyvoip()
    data = ["--data", str(folder / "data")]
    process = RunningProcess(
        "demo", [PROGRAM, "demo", "--headless", "--seconds", "20", "--json", *data], folder
    )
    try:
        code = process.wait(120)
    finally:
        process.end()
    assert code == 0, process.tail()
    return json.loads(process.said().splitlines()[-1])


def test_every_call_is_accounted_for(result: Any) -> None:
    assert set(result) == {"offered", "contained", "answered", "abandoned", "recordings"}
    assert result["offered"] >= 5
    assert result["answered"] >= 2
    assert result["contained"] >= 1
    assert result["offered"] == result["contained"] + result["answered"] + result["abandoned"]


def test_every_answered_call_is_recorded_and_both_sides_speak(result: Any) -> None:
    assert len(result["recordings"]) == result["answered"]
    for recording in result["recordings"]:
        channels = read_wav(Path(recording["path"]))
        assert len(channels) == 2
        assert measure(channels[0]).seconds == pytest.approx(recording["seconds"], abs=0.05)
        for side in ("caller_dbfs", "agent_dbfs"):
            assert -35 < recording[side] < -10, recording


def test_one_of_the_callers_was_pyvoip(result: Any, folder: Path) -> None:
    del result
    events = [json.loads(line) for line in (folder / "data" / "pyvoip.log").read_text().splitlines()]
    assert [event["event"] for event in events] == ["ready", "answered", "ended"]


def test_nothing_is_left_running_and_nobody_complained(result: Any, folder: Path) -> None:
    del result
    assert processes_that_mention(str(folder)) == []
    assert (folder / "data" / "people.log").read_text().strip() == "on duty"
    assert "Traceback" not in (folder / "data" / "server.log").read_text()


def test_killed_demo_takes_its_processes_along(tmp_path: Path) -> None:
    command = [PROGRAM, "demo", "--headless", "--seconds", "60", "--data", str(tmp_path / "data")]
    process = RunningProcess("demo", command, tmp_path)
    try:
        people = tmp_path / "data" / "people.log"
        process.wait_until(lambda: people.exists() and "on duty" in people.read_text(), 60, "agents on duty")
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL
    finally:
        process.end()
    deadline = time.monotonic() + 20
    while processes_that_mention(str(tmp_path)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_that_mention(str(tmp_path)) == []
