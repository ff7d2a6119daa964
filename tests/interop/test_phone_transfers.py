"""What an agent does with a real phone during a talk: holds it, takes it back, transfers it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.interop.kit.baresip import Baresip, BaresipOrder
from tests.interop.kit.captures import Digit, Silence, Tone
from tests.interop.kit.server import Server
from tests.interop.kit.sipp import Sipp, SippOrder

pytestmark = pytest.mark.interop

ROSA = "a-secret-for-rosa"


def answers(server: Server, call: str, direction: str) -> list[str]:
    """Our 200s to the agent's phone whose session description has that direction."""
    messages = server.get(f"/v1/calls/{call}/sip")["messages"]
    return [
        each["text"] for each in messages
        if each["sent"] and each["party"] == "rosa" and each["first_line"].startswith("SIP/2.0 200")
        and direction in each["text"]
    ]  # fmt: skip


def test_baresip_holds_resumes_and_transfers_to_a_number(
    server: Server, sipp: Callable[[SippOrder], Sipp], baresip: Callable[[BaresipOrder], Baresip]
) -> None:
    phone = baresip(BaresipOrder("rosa", ROSA, server.sip_port))
    server.eventually(lambda: server.agent("rosa")["presence"] == "available", "rosa on duty")
    keys = [Silence(0.4), Digit("1"), Tone(440, 9)]
    sipp(
        SippOrder(
            "caller-presses-keys-then-hangs-up",
            remote=server.sip_port,
            number="3000",
            keys=keys,
            talk_ms=9000,
        )
    )
    phone.wait_for("CALL_ESTABLISHED", 15)
    call = server.calls()[0]["id"]
    for command, direction in (("hold", "a=recvonly"), ("resume", "a=sendrecv")):
        before = len(answers(server, call, direction))
        phone.command(command)
        server.eventually(lambda: len(answers(server, call, direction)) > before, f"the answer to {command}")  # noqa: B023
    server.eventually(lambda: server.agent("rosa")["presence"] == "on_contact", "still talking", 2)
    phone.command("transfer", f"sip:3001@127.0.0.1:{server.sip_port}")
    phone.wait_for("CALL_CLOSED", 10)

    def transferred() -> bool:
        kinds = [(event["kind"], event["data"]) for event in server.history(call)]
        moved = [data["to"] for kind, data in kinds if kind == "call.transferred"]
        return moved == ["digits"] and any(kind == "flow.entered" for kind, _ in kinds)

    server.eventually(transferred, "the caller in the number's flow")
