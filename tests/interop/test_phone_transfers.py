"""What an agent does with a real phone during a talk: holds it, takes it back, transfers it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from telephony.sip.digest import Challenge, answer_challenge
from tests.interop.kit.baresip import Baresip, BaresipOrder
from tests.interop.kit.captures import Digit, Silence, Tone
from tests.interop.kit.ports import free_port
from tests.interop.kit.server import Server
from tests.interop.kit.sip_probe import SDP, SipProbe
from tests.interop.kit.sipp import Sipp, SippOrder

pytestmark = pytest.mark.interop

StartSipp = Callable[[SippOrder], Sipp]
StartBaresip = Callable[[BaresipOrder], Baresip]
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


def dialog_with_rosa(server: Server, call: str) -> str:
    """The call to the agent's phone as a Replaces names it: the tags as the server has them."""
    messages = [each for each in server.get(f"/v1/calls/{call}/sip")["messages"] if each["party"] == "rosa"]
    answer = next(each["text"] for each in messages if each["first_line"].startswith("SIP/2.0 200"))
    ours, theirs = (re.search(rf"(?im)^{name}:.*;tag=([^;\s]+)", answer) for name in ("From", "To"))
    assert ours is not None
    assert theirs is not None
    return f"{messages[0]['call_id']};to-tag={ours[1]};from-tag={theirs[1]}"


def read_until(probe: SipProbe, wanted: str) -> str:
    seen: list[str] = []
    while (said := probe.receive(5.0)) is not None:
        if wanted in said:
            return said
        seen.append(said)
    raise AssertionError(f"no {wanted} in {seen}")


def subscribe(lamp: SipProbe, server: Server) -> None:
    """Watch rosa's phone, with a password."""
    wanted = "Event: dialog\r\nExpires: 600"
    lamp.request("SUBSCRIBE", "rosa", extra=wanted)
    refused = read_until(lamp, "SIP/2.0 401")
    challenge = re.search(r"WWW-Authenticate: (.*algorithm=MD5.*)\r", refused)
    assert challenge is not None, refused
    proof = answer_challenge(
        Challenge.parse(challenge[1]), user="rosa", password=ROSA, method="SUBSCRIBE",
        uri=f"sip:rosa@127.0.0.1:{server.sip_port}", cnonce="c",
    )  # fmt: skip
    lamp.request("SUBSCRIBE", "rosa", cseq=2, extra=f"{wanted}\r\nAuthorization: {proof}")
    read_until(lamp, "</dialog-info>")


def test_a_lamp_shows_baresips_talk_and_a_call_with_replaces_takes_its_place(
    server: Server, sipp: StartSipp, baresip: StartBaresip
) -> None:
    phone = baresip(BaresipOrder("rosa", ROSA, server.sip_port))
    server.eventually(lambda: server.agent("rosa")["presence"] == "available", "rosa on duty")
    with SipProbe(server.sip_port, user="rosa") as lamp, SipProbe(server.sip_port) as colleague:
        subscribe(lamp, server)
        keys = [Silence(0.4), Digit("1"), Tone(440, 9)]
        scenario = "caller-presses-keys-then-hangs-up"
        sipp(SippOrder(scenario, remote=server.sip_port, number="3000", keys=keys, talk_ms=9000))
        phone.wait_for("CALL_ESTABLISHED", 15)
        read_until(lamp, "<state>confirmed</state>")
        call = server.calls()[0]["id"]
        server.eventually(lambda: server.agent("rosa")["presence"] == "on_contact", "talk")
        replaces = f"Replaces: {dialog_with_rosa(server, call)}"
        colleague.request("INVITE", "rosa", extra=replaces, body=SDP.format(port=free_port()))
        assert "CSeq: 1 INVITE" in read_until(colleague, "SIP/2.0 200")
        phone.wait_for("CALL_CLOSED", 10)
    server.eventually(lambda: server.agent("rosa")["presence"] in ("wrap_up", "available"), "rosa let go")
    moved = [event["data"]["to"] for event in server.history(call) if event["kind"] == "call.transferred"]
    assert moved == ["probe"]
