"""What happens before a talk: hung up while it rings, nobody answers, busy, cancelled before any answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.interop.kit.asserts import kinds, only
from tests.interop.kit.server import Server
from tests.interop.kit.sip_probe import SipProbe
from tests.interop.kit.sipp import Sipp, SippOrder

pytestmark = pytest.mark.interop

StartSipp = Callable[[SippOrder], Sipp]


def test_caller_hangs_up_while_the_agent_rings_and_the_agent_gets_cancel(
    server: Server, sipp: StartSipp, desk_port: int
) -> None:
    agent = sipp(SippOrder("agent-rings-until-cancelled", port=desk_port))
    caller = sipp(
        SippOrder("caller-talks-then-hangs-up", remote=server.sip_port, number="3002", talk_ms=1000)
    )
    agent.wait_for("INVITE")
    caller.succeed()
    agent.succeed()
    assert agent.received("CANCEL") == 1
    server.wait_idle()
    history = server.history(server.calls()[0]["id"])
    assert "call.connected" not in kinds(history)
    server.eventually(lambda: server.agent("desk")["presence"] == "available", "agent free again")


def test_caller_keeps_the_place_when_the_agent_does_not_answer(
    server: Server, sipp: StartSipp, desk_port: int
) -> None:
    silent = sipp(SippOrder("agent-rings-until-cancelled", port=desk_port))
    scenario = "caller-talks-then-hangs-up"
    caller = sipp(SippOrder(scenario, remote=server.sip_port, number="3002", talk_ms=8000))
    silent.wait_for("INVITE")
    assert server.snapshot()["queues"][1]["id"] == "static"
    silent.succeed()  # the server's ring timeout is 2 s
    answering = sipp(SippOrder("agent-answers-and-talks", port=desk_port, tone_hz=880))
    caller.succeed()
    answering.succeed()
    history = server.history(server.calls()[0]["id"])
    assert only(history, "queue.joined")["queue"] == "static", "the caller joined once and never again"
    assert only(history, "call.connected")["agent"] == "desk"


def test_caller_keeps_the_place_when_the_agent_is_busy(
    server: Server, sipp: StartSipp, desk_port: int
) -> None:
    busy = sipp(SippOrder("agent-is-busy", port=desk_port))
    scenario = "caller-talks-then-hangs-up"
    caller = sipp(SippOrder(scenario, remote=server.sip_port, number="3002", talk_ms=2500))
    busy.succeed()
    server.eventually(lambda: server.snapshot()["server"]["calls_now"] == 1, "call still there")
    caller.succeed()
    history = server.history(server.calls()[0]["id"])
    assert only(history, "queue.joined")["queue"] == "static"
    assert "call.connected" not in kinds(history)


def test_hang_up_in_the_moment_of_the_answer(server: Server, sipp: StartSipp) -> None:
    scenario = "caller-hangs-up-before-the-answer-is-acknowledged"
    caller = sipp(SippOrder(scenario, remote=server.sip_port, number="3002", calls=5, at_once=5))
    caller.succeed()
    server.wait_idle()


def test_cancel_on_the_heels_of_the_invite(server: Server) -> None:
    with SipProbe(server.sip_port) as probe:
        probe.invite("3002")
        probe.cancel()
        responses = probe.finish_cancelled_call()
    assert any(line.startswith("SIP/2.0 200") and "CANCEL" in cseq for line, cseq in responses), responses
    finals = [line for line, cseq in responses if "INVITE" in cseq and not line.startswith("SIP/2.0 1")]
    assert finals, responses
    server.wait_idle()
