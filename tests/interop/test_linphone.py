"""linphone as caller."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.interop.kit.linphone import Linphone, LinphoneOrder
from tests.interop.kit.server import Server

pytestmark = pytest.mark.interop

StartLinphone = Callable[[LinphoneOrder], Linphone]


def test_linphone_calls_and_its_digits_reach_the_flow(server: Server, linphone: StartLinphone) -> None:
    phone = linphone(LinphoneOrder("somebody", server.sip_port, tone_hz=440))
    phone.call("3001")
    for digit in "2468#":
        phone.type(digit)
    server.wait_idle(20)
    steps = [e["data"] for e in server.history(server.calls()[0]["id"]) if e["kind"] == "flow.step"]
    assert any(step["step"].startswith("known") for step in steps), steps
