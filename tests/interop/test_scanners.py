"""Scanners against a running server: silence for them, service for everybody else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.interop.kit.ports import LOOPBACK
from tests.interop.kit.processes import RunningProcess
from tests.interop.kit.server import CONFIGURATIONS, Server
from tests.interop.kit.sip_probe import SipProbe
from tests.interop.kit.software import require_program, require_sipvicious

pytestmark = pytest.mark.interop

NEIGHBOUR = "127.0.0.3"  # another host, as far as the server can tell
SCAN_S = 60.0


@pytest.fixture
def start(tmp_path: Path, processes: list[RunningProcess]) -> Iterator[Any]:
    running: list[Server] = []

    def begin(**environment: str) -> Server:
        server = Server(CONFIGURATIONS / "defended", tmp_path / "server", environment)
        processes.append(server)
        running.append(server)
        return server

    yield begin
    for server in running:
        server.stop()


def scan(
    tool: str, server: Server, folder: Path, processes: list[RunningProcess], *arguments: str
) -> RunningProcess:
    """Run one of sipvicious' tools to its end."""
    command = [require_sipvicious(tool), *arguments, f"-p{server.sip_port}", LOOPBACK]
    process = RunningProcess(tool, command, folder / tool)
    processes.append(process)
    process.wait(SCAN_S)
    return process


def answers_to(server: Server, host: str) -> str | None:
    """What OPTIONS from a host gets."""
    with SipProbe(server.sip_port, host) as probe:
        probe.request("OPTIONS", "3003")
        return probe.receive(1.0)


def bans(server: Server) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.get("/v1/sip/bans")["bans"]
    return found


def assert_banned_alone(server: Server, why: str) -> None:
    [ban] = bans(server)
    assert (ban["source"], ban["why"], ban["count"]) == (LOOPBACK, why, 1)
    assert 0 < ban["ends_in_s"] <= 300
    assert answers_to(server, LOOPBACK) is None
    answer = answers_to(server, NEIGHBOUR)
    assert answer is not None
    assert answer.startswith("SIP/2.0 200")


def test_a_scanner_finds_nobody(start: Any, tmp_path: Path, processes: list[RunningProcess]) -> None:
    server = start()
    found = scan("svmap", server, tmp_path, processes, "-v")
    assert "Cordboard" not in found.said(), found.said()
    assert_banned_alone(server, "calls itself a scanner")
    status = server.get("/v1/sip")
    assert status["scanner_messages"] == status["bans"] == 1


@pytest.mark.parametrize("method", ["REGISTER", "INVITE", "OPTIONS"])
def test_extensions_are_not_listed(
    start: Any, tmp_path: Path, processes: list[RunningProcess], method: str
) -> None:
    server = start()
    found = scan("svwar", server, tmp_path, processes, f"-m{method}", "-e3000-3010", "--force")
    assert "3003" not in found.said()
    assert_banned_alone(server, "calls itself a scanner")


def test_a_scanner_that_hides_its_name_is_banned_for_guessing_numbers(
    start: Any, tmp_path: Path, processes: list[RunningProcess]
) -> None:
    server = start(INTEROP_BAN_SCANNERS="false")
    scan("svwar", server, tmp_path, processes, "-mINVITE", "-e4000-4100", "--force")
    assert_banned_alone(server, "numbers that are not ours")


def test_a_scanner_that_hides_its_name_is_banned_for_guessing_passwords(
    start: Any, tmp_path: Path, processes: list[RunningProcess]
) -> None:
    # svcrack knows MD5 alone: a challenge for SHA-256 makes it crash.
    server = start(INTEROP_BAN_SCANNERS="false", INTEROP_DIGEST="MD5")
    cracked = scan("svcrack", server, tmp_path, processes, "-urosa", "-r1-200")
    assert "a-secret" not in cracked.said()
    assert_banned_alone(server, "wrong passwords")
    assert server.get("/v1/sip")["failed_authentications"] == 5


def test_a_ban_is_lifted_by_hand(start: Any, tmp_path: Path, processes: list[RunningProcess]) -> None:
    server = start()
    scan("svmap", server, tmp_path, processes)
    assert answers_to(server, LOOPBACK) is None
    url = f"http://{LOOPBACK}:{server.http_port}"
    for command, says in (("list", LOOPBACK), ("lift", "is listened to again"), ("list", "nobody is banned")):
        arguments = [LOOPBACK] if command == "lift" else []
        done = run_cordboard(tmp_path, processes, "sip", "bans", command, *arguments, "--url", url)
        assert says in done.said()
    assert answers_to(server, LOOPBACK) is not None


def run_cordboard(folder: Path, processes: list[RunningProcess], *arguments: str) -> RunningProcess:
    program = str(Path(sys.executable).with_name("cordboard"))
    process = RunningProcess("-".join(arguments[1:3]), [program, *arguments], folder / "commands")
    processes.append(process)
    assert process.wait(20) == 0, process.said()
    return process


def test_an_honest_tool_is_answered(start: Any, tmp_path: Path, processes: list[RunningProcess]) -> None:
    server = start()
    command = [require_program("sipsak"), "-v", "-s", f"sip:3003@{LOOPBACK}:{server.sip_port}"]
    process = RunningProcess("sipsak", command, tmp_path / "sipsak")
    processes.append(process)
    assert process.wait(20) == 0, process.said()
    assert bans(server) == []


@pytest.mark.alone
def test_a_flood_of_options_is_cut_and_the_neighbour_is_served(
    start: Any, tmp_path: Path, processes: list[RunningProcess]
) -> None:
    server = start()
    command = [require_program("sipsak"), "-F", "-e", "20000", "-s", f"sip:3003@{LOOPBACK}:{server.sip_port}"]
    for attempt in range(
        5
    ):  # a flood may be over, most of it dropped by the system, before the server has read any
        process = RunningProcess("sipsak", command, tmp_path / f"sipsak-{attempt}")
        processes.append(process)
        process.wait(30)
        if bans(server):
            break
    server.eventually(lambda: bool(bans(server)), "ban")
    assert_banned_alone(server, "too many messages")
