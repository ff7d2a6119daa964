"""Starting: a port that is taken, and a configuration with mistakes."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from tests.interop.kit.ports import LOOPBACK, free_port
from tests.interop.kit.processes import RunningProcess
from tests.interop.kit.server import CONFIGURATIONS, processes_that_mention, serve_command


def _serve(
    tmp_path: Path, processes: list[RunningProcess], config: str, sip_port: int, http_port: int
) -> RunningProcess:
    command = serve_command(CONFIGURATIONS / config, sip_port, http_port, tmp_path / "data")
    process = RunningProcess("server", command, tmp_path)
    processes.append(process)
    return process


@pytest.mark.parametrize("taken", ["sip over UDP", "sip over TCP", "http"])
def test_busy_port_is_told_in_one_line(tmp_path: Path, processes: list[RunningProcess], taken: str) -> None:
    kind = socket.SOCK_DGRAM if taken == "sip over UDP" else socket.SOCK_STREAM
    sip_port, http_port = free_port(), free_port()
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind((LOOPBACK, http_port if taken == "http" else sip_port))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        process = _serve(tmp_path, processes, "centre", sip_port, http_port)
        code = process.wait(30)
    assert code == 1
    lines = [line for line in process.said().splitlines() if line.strip()]
    assert len(lines) == 1, process.said()
    assert str(http_port if taken == "http" else sip_port) in lines[0]
    assert ("--http-port" if taken == "http" else "--sip-port") in lines[0], "says how to change it"
    assert processes_that_mention(str(tmp_path / "data")) == []


def test_every_mistake_of_a_configuration_is_told_with_its_place(
    tmp_path: Path, processes: list[RunningProcess]
) -> None:
    process = _serve(tmp_path, processes, "broken", free_port(), free_port())
    assert process.wait(30) == 2
    said = process.said()
    for place, words in {
        r"cordboard\.yaml:4:\d+": "mian",
        r"cordboard\.yaml:6:\d+": "soon",
        r"cordboard\.yaml:9:\d+": "saless",
        r"main\.yaml:7:\d+": "nowhere",
        r"main\.yaml:8:\d+": "soon",
        r"main\.yaml:9:\d+": "sya",
        r"main\.yaml:11:\d+": "saels",
    }.items():
        told = [line for line in said.splitlines() if re.search(place, line)]
        assert any(words in line for line in told), f"{place} {words}\n{said}"
    assert "Traceback" not in said
    assert not (tmp_path / "data" / "journal.db").exists(), "nothing was started"
