"""Phones that people have: baresip as agent and as caller, pyVoIP as caller."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.interop.kit.asserts import assert_tones_on_their_sides, channels, finished_recordings, only
from tests.interop.kit.baresip import BaresipOrder
from tests.interop.kit.captures import Digit, Silence, Tone
from tests.interop.kit.pyvoip import PyVoip, PyVoipOrder
from tests.interop.kit.server import Server
from tests.interop.kit.sipp import SippOrder
from tests.interop.kit.talks import ROSA, StartBaresip, StartSipp, heard_hz, on_duty, sipp_calls

pytestmark = pytest.mark.interop

StartPyVoip = Callable[[PyVoipOrder], PyVoip]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_baresip_registers_with_its_password_answers_and_is_heard(
    server: Server, sipp: StartSipp, baresip: StartBaresip, transport: str
) -> None:
    phone = on_duty(server, baresip(BaresipOrder("rosa", ROSA, server.sip_port, transport=transport)))
    keys = [Silence(0.4), Digit("1"), Tone(440, 4.5)]
    sipp_calls(server, sipp, phone, keys, 4.5)
    assert_tones_on_their_sides(finished_recordings(server, 1)[0], least_s=1.5)
    phone.quit()
    assert heard_hz(phone) == pytest.approx(440, abs=5), "the agent hears the caller"
    server.eventually(lambda: server.agent("rosa")["presence"] == "offline", "rosa off duty")


def test_baresip_with_a_wrong_password_is_not_let_in(server: Server, baresip: StartBaresip) -> None:
    phone = baresip(BaresipOrder("rosa", "not-the-secret", server.sip_port))
    phone.wait_until(lambda: "401" in phone.said() or "403" in phone.said(), 10, "refusal")
    assert server.agent("rosa")["presence"] == "offline"


def test_baresip_calls_and_its_digits_reach_the_flow(server: Server, baresip: StartBaresip) -> None:
    order = BaresipOrder("somebody", "none", server.sip_port, tone_hz=440, registration_s=0)
    phone = baresip(order)
    phone.command("dial", f"sip:3001@127.0.0.1:{server.sip_port}")
    phone.wait_for("CALL_ESTABLISHED")
    for digit in "2468#":
        phone.command("sndcode", digit)
    phone.wait_for("CALL_CLOSED", 15)
    steps = [e["data"] for e in server.history(server.calls()[0]["id"]) if e["kind"] == "flow.step"]
    assert any(step["step"].startswith("known") for step in steps), steps


def test_pyvoip_calls_through_the_menu_to_an_agent(
    server: Server, sipp: StartSipp, pyvoip: StartPyVoip, desk_port: int
) -> None:
    agent = sipp(SippOrder("agent-answers-and-talks", port=desk_port, tone_hz=880))
    caller = pyvoip(
        PyVoipOrder(server.sip_port, "3000", keys="0.5:2", talk_after_s=1.0, talk_s=4.0, tone_hz=440)
    )
    assert caller.wait(30) == 0, caller.tail()
    agent.succeed()
    left, right = channels(finished_recordings(server, 1)[0])
    assert left.frequency_hz == pytest.approx(440, abs=5)
    assert right.frequency_hz == pytest.approx(880, abs=5)
    ended = caller.event("ended")
    assert ended is not None
    assert ended["by"] == "caller"
    assert float(str(ended["heard_dbfs"])) > -25, "the caller hears the agent"
    history = server.history(server.calls()[0]["id"])
    assert only(history, "call.ended")["by"] == "remote"
    server.wait_idle()


def test_pyvoip_is_let_go_by_the_flow(server: Server, pyvoip: StartPyVoip) -> None:
    caller = pyvoip(PyVoipOrder(server.sip_port, "3001", keys="0.5:2,0.8:4,1.1:6,1.4:8,1.7:#", talk_s=12.0))
    assert caller.wait(30) == 0, caller.tail()
    ended = caller.event("ended")
    assert ended is not None
    assert ended["by"] == "server"
    steps = [e["data"] for e in server.history(server.calls()[0]["id"]) if e["kind"] == "flow.step"]
    assert any(step["step"].startswith("known") for step in steps), steps


def test_pyvoip_registers_with_a_password(server: Server, pyvoip: StartPyVoip) -> None:
    caller = pyvoip(PyVoipOrder(server.sip_port, "3003", user="rosa", password=ROSA, talk_s=8.0))
    server.eventually(lambda: server.agent("rosa")["presence"] == "available", "rosa on duty")
    assert caller.wait(30) == 0, caller.tail()
