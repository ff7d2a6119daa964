"""Flows that call people themselves, on the wire: SIPp is the caller, the carrier, and an agent's phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.interop.kit.ports import free_port
from tests.interop.kit.processes import RunningProcess
from tests.interop.kit.server import CONFIGURATIONS, Server
from tests.interop.kit.sipp import Sipp, SippOrder

pytestmark = pytest.mark.interop

StartSipp = Callable[[SippOrder], Sipp]


@pytest.fixture
def carrier_port() -> int:
    return free_port()


@pytest.fixture
def connecting(
    tmp_path: Path, processes: list[RunningProcess], prompts: Path, carrier_port: int, desk_port: int
) -> Iterator[Server]:
    ports = {"INTEROP_CARRIER_PORT": str(carrier_port), "INTEROP_AGENT_PORT": str(desk_port)}
    running = Server(CONFIGURATIONS / "connecting", tmp_path / "server", ports, prompts=prompts)
    processes.append(running)
    yield running
    running.stop()


def told(server: Server, kind: str) -> list[dict[str, Any]]:
    [call] = server.calls()
    return [event["data"] for event in server.history(call["id"]) if event["kind"] == kind]


def test_dial_rings_a_number_by_its_trunk_and_the_flow_goes_on_after_the_talk(
    connecting: Server, sipp: StartSipp, carrier_port: int
) -> None:
    outside = sipp(SippOrder("agent-answers-then-hangs-up", port=carrier_port, tone_hz=880, talk_ms=1500))
    caller = sipp(SippOrder("caller-talks-until-hung-up", remote=connecting.sip_port, number="1000"))
    outside.succeed()
    caller.succeed()
    connecting.wait_idle()
    assert "INVITE sip:+442079460100@" in outside.messages()
    [connected] = told(connecting, "call.connected")
    assert connected["agent"] == "+442079460100"
    assert [left["outcome"] for left in told(connecting, "party.left")] == ["answered"]
    assert told(connecting, "call.tagged")[0]["tags"] == {"outcome": "talked"}


def test_a_blind_transfer_asks_the_callers_side_to_call_the_number(
    connecting: Server, sipp: StartSipp, carrier_port: int
) -> None:
    caller = sipp(SippOrder("caller-is-transferred", remote=connecting.sip_port, number="1001"))
    caller.succeed()
    connecting.wait_idle()
    said = caller.messages()
    assert f"Refer-To: <sip:+442079460100@127.0.0.1:{carrier_port}>" in said
    [left] = told(connecting, "party.left")
    assert left["outcome"] == "transferred"
    assert told(connecting, "flow.ended")[0]["cause"] == "transferred"


def test_a_caller_whose_phone_takes_no_refer_is_joined_with_the_agent_and_recorded(
    connecting: Server, sipp: StartSipp, desk_port: int
) -> None:
    anna = sipp(SippOrder("agent-answers-then-hangs-up", port=desk_port, tone_hz=880, talk_ms=2000))
    caller = sipp(SippOrder("caller-talks-until-hung-up", remote=connecting.sip_port, number="1002"))
    anna.succeed()
    caller.succeed()
    connecting.wait_idle()
    assert told(connecting, "flow.ended")[0]["cause"] == "transferred"
    assert connecting.agent("anna")["presence"] == "available"
    connecting.eventually(lambda: bool(connecting.recordings()), "recording")
    [recording] = connecting.recordings()
    assert (recording["kind"], recording["agent"]) == ("talk", "anna")
    assert recording["caller_dbfs"] is not None
    assert recording["agent_dbfs"] is not None


def test_an_attended_transfer_is_joined_and_then_given_to_the_trunk_that_has_both_sides(
    connecting: Server, sipp: StartSipp, carrier_port: int
) -> None:
    outside = sipp(SippOrder("agent-answers-and-talks", port=carrier_port, tone_hz=880))
    caller = sipp(SippOrder("caller-is-transferred", remote=connecting.sip_port, number="1003"))
    caller.succeed()
    outside.succeed()
    connecting.wait_idle()
    [refer_to] = re.findall(r"Refer-To: <(.*)>", caller.messages())
    assert refer_to.startswith(f"sip:agent@127.0.0.1:{carrier_port}?Replaces=")
    [call_id] = set(re.findall(r"Call-ID: (.*)\n", outside.messages()))
    assert quote(call_id, safe="") in refer_to
    assert [left["outcome"] for left in told(connecting, "party.left")] == ["transferred"]
    assert told(connecting, "talk.ended")
    assert told(connecting, "flow.ended")[0]["cause"] == "transferred"
