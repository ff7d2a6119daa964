"""linphone as caller, and as an agent's phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.interop.kit.asserts import assert_tones_on_their_sides, finished_recordings
from tests.interop.kit.linphone import Linphone, LinphoneOrder
from tests.interop.kit.server import Server
from tests.interop.kit.sipp import Sipp, SippOrder

pytestmark = pytest.mark.interop

StartLinphone = Callable[[LinphoneOrder], Linphone]
StartSipp = Callable[[SippOrder], Sipp]


def test_linphone_calls_and_its_digits_reach_the_flow(server: Server, linphone: StartLinphone) -> None:
    phone = linphone(LinphoneOrder("somebody", server.sip_port, tone_hz=440))
    phone.call("3001")
    for digit in "2468#":
        phone.type(digit)
    server.wait_idle(20)
    steps = [e["data"] for e in server.history(server.calls()[0]["id"]) if e["kind"] == "flow.step"]
    assert any(step["step"].startswith("known") for step in steps), steps


def test_linphone_registers_with_its_password_answers_and_is_heard(
    server: Server, sipp: StartSipp, linphone: StartLinphone
) -> None:
    phone = linphone(LinphoneOrder("rosa", server.sip_port, password="a-secret-for-rosa"))
    server.eventually(lambda: server.agent("rosa")["presence"] == "available", "rosa on duty", 30)
    order = SippOrder(
        "caller-talks-then-hangs-up", remote=server.sip_port, number="3006", tone_hz=440, talk_ms=5000
    )
    sipp(order).succeed()
    assert_tones_on_their_sides(finished_recordings(server, 1)[0], least_s=2.0)
    server.wait_idle()
    phone.type("unregister")
    server.eventually(lambda: server.agent("rosa")["presence"] == "offline", "rosa off duty", 30)
