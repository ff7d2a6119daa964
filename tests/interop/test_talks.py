"""A caller and an agent, both SIPp: through flow and queue into a talk that is recorded, ended from either
side."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.interop.kit.asserts import assert_tones_on_their_sides, finished_recordings, kinds, only
from tests.interop.kit.captures import Digit, Silence, Tone
from tests.interop.kit.server import Server
from tests.interop.kit.sipp import Sipp, SippOrder

pytestmark = pytest.mark.interop

StartSipp = Callable[[SippOrder], Sipp]


def test_caller_ends_the_talk_and_each_side_is_recorded_on_its_channel(
    server: Server, sipp: StartSipp, desk_port: int
) -> None:
    agent = sipp(SippOrder("agent-answers-and-talks", port=desk_port, tone_hz=880))
    order = SippOrder(
        "caller-talks-then-hangs-up", remote=server.sip_port, number="3002", tone_hz=440, talk_ms=3500
    )
    caller = sipp(order)
    caller.succeed()
    agent.succeed()
    assert_tones_on_their_sides(finished_recordings(server, 1)[0], least_s=2.0)
    server.wait_idle()


def test_agent_ends_the_talk_and_the_caller_is_let_go(
    server: Server, sipp: StartSipp, desk_port: int
) -> None:
    agent = sipp(SippOrder("agent-answers-then-hangs-up", port=desk_port, tone_hz=880, talk_ms=2000))
    caller = sipp(SippOrder("caller-talks-until-hung-up", remote=server.sip_port, number="3002"))
    agent.succeed()
    caller.succeed()
    assert_tones_on_their_sides(finished_recordings(server, 1)[0], least_s=1.5)
    call = server.calls()[0]
    assert only(server.history(call["id"]), "call.connected")["agent"] == "desk"


def test_digit_leads_through_the_menu_to_the_agent(server: Server, sipp: StartSipp, desk_port: int) -> None:
    agent = sipp(SippOrder("agent-answers-and-talks", port=desk_port, tone_hz=880))
    keys = [Silence(0.4), Digit("2"), Tone(440, 4.0)]
    order = SippOrder(
        "caller-presses-keys-then-hangs-up", remote=server.sip_port, number="3000", keys=keys, talk_ms=4000
    )
    caller = sipp(order)
    caller.succeed()
    agent.succeed()
    assert_tones_on_their_sides(finished_recordings(server, 1)[0], least_s=1.5)
    history = server.history(server.calls()[0]["id"])
    assert only(history, "queue.joined")["queue"] == "static"
    order_of_events = [
        k for k in kinds(history) if k in ("call.arrived", "queue.joined", "offer.made", "call.connected")
    ]
    assert order_of_events == ["call.arrived", "queue.joined", "offer.made", "call.connected"]


def test_flow_alone_serves_a_caller(server: Server, sipp: StartSipp) -> None:
    caller = sipp(SippOrder("caller-talks-until-hung-up", remote=server.sip_port, number="3003"))
    caller.succeed()
    server.wait_idle()
    history = server.history(server.calls()[0]["id"])
    assert only(history, "flow.ended")["contained"] is True
    assert server.recordings() == []


def test_offer_that_comes_with_the_acknowledgement(server: Server, sipp: StartSipp, desk_port: int) -> None:
    agent = sipp(SippOrder("agent-answers-and-talks", port=desk_port, tone_hz=880))
    scenario = "caller-leaves-the-offer-to-the-server"
    caller = sipp(SippOrder(scenario, remote=server.sip_port, number="3002", talk_ms=3500))
    caller.succeed()
    agent.succeed()
    assert_tones_on_their_sides(finished_recordings(server, 1)[0], least_s=2.0)


def test_number_that_nobody_has(server: Server, sipp: StartSipp) -> None:
    caller = sipp(
        SippOrder("caller-talks-then-hangs-up", remote=server.sip_port, number="9999", timeout_s=10)
    )
    assert caller.wait(20) != 0
    assert caller.received("SIP/2.0 404") == 1, caller.messages()
    assert server.snapshot()["server"]["calls_now"] == 0
