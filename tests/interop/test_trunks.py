"""Two servers joined by a trunk, and a registrar that is SIPp."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.interop.kit.ports import free_port
from tests.interop.kit.processes import RunningProcess
from tests.interop.kit.server import CONFIGURATIONS, Server
from tests.interop.kit.sipp import Sipp, SippOrder

pytestmark = pytest.mark.interop

CARRIER = "127.0.0.2"


@pytest.fixture
def carrier(tmp_path: Path, processes: list[RunningProcess]) -> Iterator[Server]:
    running = Server(CONFIGURATIONS / "carrier", tmp_path / "carrier")
    processes.append(running)
    yield running
    running.stop()


@pytest.fixture
def branch(tmp_path: Path, processes: list[RunningProcess], carrier: Server) -> Iterator[Server]:
    ports = {"INTEROP_CARRIER_PORT": str(carrier.sip_port), "INTEROP_DEAD_PORT": str(free_port())}
    running = Server(CONFIGURATIONS / "branch", tmp_path / "branch", ports)
    processes.append(running)
    running.eventually(lambda: bool(trunk(running)["registered"]), "registration")
    yield running
    running.stop()


def trunk(server: Server, name: str = "carrier") -> dict[str, Any]:
    [found] = [each for each in server.get("/v1/trunks")["trunks"] if each["name"] == name]
    return dict(found)


def test_a_call_goes_out_over_the_trunk_that_lives_with_its_caller_id(
    branch: Server, carrier: Server, sipp: Callable[[SippOrder], Sipp]
) -> None:
    # Both trunks carry the number, the dead one is asked first: its check that fails takes it out.
    branch.eventually(lambda: trunk(branch, "dead")["state"] == "down", "dead trunk taken out", 10)
    assert trunk(branch)["state"] == "up"
    caller = sipp(
        SippOrder(
            "caller-is-silent-then-hangs-up",
            remote=branch.sip_port,
            number="3000",
            talk_ms=1500,
            timeout_s=60,
        )
    )
    carrier.eventually(lambda: bool(carrier.calls()), "call at the carrier", 15)
    [outside] = carrier.calls()
    assert (outside["caller"], outside["called"]) == ("+442079460199", "+442079460000")
    assert trunk(branch)["calls_now"] == 1
    caller.succeed()
    branch.wait_idle()
    state = trunk(branch)
    assert (state["calls_out"], state["calls_now"], state["usable"]) == (1, 0, True)
    [call] = branch.calls()
    assert_ladder_is_drawn(branch, call["id"])


def assert_ladder_is_drawn(server: Server, call: str) -> None:
    messages = server.get(f"/v1/calls/{call}/sip")["messages"]
    lines = [(each["party"], each["first_line"].removeprefix("SIP/2.0 ").split()[0]) for each in messages]
    for party in ("caller1", "outside"):
        its = [said for who, said in lines if who == party]
        assert [its[0], its[-2], its[-1]] == ["INVITE", "BYE", "200"], its
        assert "ACK" in its
    outgoing = [each["text"] for each in messages if each["party"] == "outside" and each["sent"]]
    # The far end learns nothing of the caller: not the address, not the Call-ID.
    caller_ids = {each["call_id"] for each in messages if each["party"] == "caller1"}
    assert not any(call_id in text for text in outgoing for call_id in caller_ids)
    assert "P-Asserted-Identity: <sip:+442079460199@127.0.0.2>" in outgoing[0]


def test_a_call_comes_in_over_the_registration(
    branch: Server, carrier: Server, sipp: Callable[[SippOrder], Sipp]
) -> None:
    carrier.eventually(lambda: carrier.agent("branch")["presence"] == "available", "branch at the carrier")
    order = SippOrder(
        "caller-is-silent-then-hangs-up",
        remote=carrier.sip_port,
        remote_host=CARRIER,
        number="02079460123",
        talk_ms=1500,
    )
    call = sipp(order)
    branch.eventually(lambda: bool(branch.calls()), "call at the branch", 15)
    [arrived] = branch.calls()
    assert (arrived["called"], trunk(branch)["calls_in"]) == ("branch", 1)
    call.succeed()
    branch.wait_idle()


def test_a_registrar_that_asks_as_a_proxy(
    tmp_path: Path, processes: list[RunningProcess], sipp: Callable[[SippOrder], Sipp]
) -> None:
    """407 first, then success."""
    registrar = sipp(SippOrder("registrar-asks-407-then-takes-it", timeout_s=30))
    folder = tmp_path / "config"
    folder.mkdir()
    for file in (CONFIGURATIONS / "branch").iterdir():
        text = file.read_text().replace("sip:127.0.0.2:", "sip:127.0.0.1:")
        (folder / file.name).write_text(text)
    server = Server(folder, tmp_path / "server", {"INTEROP_CARRIER_PORT": str(registrar.port)})
    processes.append(server)
    server.eventually(lambda: bool(trunk(server)["registered"]), "registration")
    registrar.succeed()
    assert re.search(r'Proxy-Authorization: Digest username="branch", realm="proxy"', registrar.messages())
    server.end()
