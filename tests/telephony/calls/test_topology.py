"""Topology hidden: nothing that the caller's side says of its network is in what the server sends to the other side.

A real user agent takes the caller's INVITE and rings the agent with what the exchange gives it.
"""

from __future__ import annotations

import asyncio

import pytest

from telephony.calls.dialling import Dial
from telephony.calls.exchange import Exchange, ExchangeListeners
from telephony.calls.leg import Leg
from telephony.sip.address import Address
from telephony.sip.uri import SipUri
from tests.telephony.calls.fakes import FakeMedia
from tests.telephony.sip.kit import Network, Node, request_text

INSIDE = (
    "10.9.9.9",
    "192.168.77.5",
    "caller.example",
    "pbx-17",
    "Secret-Phone",
    "7a57e-call",
    "z9hG4bKsecret",
)
OFFER = (
    "v=0\r\no=pbx-17 1 1 IN IP4 192.168.77.5\r\ns=-\r\nc=IN IP4 192.168.77.5\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
)
HEAD = request_text(
    "INVITE",
    call_id="7a57e-call@pbx-17",
    branch="z9hG4bKsecret",
    extra="Record-Route: <sip:edge.caller.example;lr>\nUser-Agent: Secret-Phone/1.0\n"
    "Via: SIP/2.0/UDP 192.168.77.5:5060;branch=z9hG4bKsecret2\nOrganization: pbx-17\n"
    "P-Asserted-Identity: <sip:+441614960000@caller.example>\nContent-Type: application/sdp\n",
    body=OFFER,
).partition("\n\n")[0]
INVITE = f"{HEAD}\n\n".replace("\n", "\r\n") + OFFER


class NodeEndpoint:
    """A node of the fake network as the exchange's endpoint; packets stay with the user agent."""

    def __init__(self, node: Node) -> None:
        self.user_agent = node.user_agent

    def flush(self) -> None:
        """Nothing: the test takes what is to be sent."""


@pytest.fixture
def server() -> Node:
    return Network().node("10.0.0.2")


def exchange_at(server: Node, callers: list[Leg]) -> Exchange:
    """An exchange with a real user agent; who calls is appended."""
    exchange = Exchange(
        NodeEndpoint(server),  # type: ignore[arg-type]
        FakeMedia(),  # type: ignore[arg-type]
        ExchangeListeners(incoming=callers.append, bindings=lambda _event: None),
        new_id=iter(f"leg-{n}" for n in range(99)).__next__,
        advertised_host="10.0.0.2",
    )
    server.on_event = exchange.on_sip_event
    return exchange


async def test_an_unknown_number_is_the_same_404_on_the_wire_whoever_asks(server: Node) -> None:
    callers: list[Leg] = []
    exchange = exchange_at(server, callers)
    answers = set()
    for n, (user, number) in enumerate((("hand", "999"), ("rosa", "999"), ("+442079460000", "rosa"))):
        text = request_text("INVITE", f"sip:{number}@10.0.0.2", branch=f"z9hG4bK{n}", call_id=f"c{n}")
        server.hear(text.replace("<sip:hand@", f"<sip:{user}@"))
        server.said()  # 100
        exchange.reject(callers[-1], 404, "no such number")
        [answer] = [packet.data.decode() for packet in server.said()]
        theirs = ("Via:", "From:", "To:", "Call-ID:")  # copied from the request
        answers.add(tuple(line for line in answer.split("\r\n") if not line.startswith(theirs)))
    [answer] = answers
    assert answer[0] == "SIP/2.0 404 Not Found"


async def test_no_address_of_the_caller_reaches_the_agents_phone(server: Node) -> None:
    callers: list[Leg] = []
    exchange = exchange_at(server, callers)
    assert all(each in INVITE for each in INSIDE)
    server.hear(INVITE.encode())
    [caller] = callers
    server.said()  # what the caller is answered
    destination = Address("udp", "10.0.0.3", 5060)
    target = SipUri.parse("sip:rosa@10.0.0.3")
    exchange.dial(Dial(target, "rosa", "Sales", caller.peer, destination, near=caller))
    for _ in range(10):
        await asyncio.sleep(0)
    [invite] = [packet for packet in server.said() if packet.destination.host == "10.0.0.3"]
    assert invite.is_a("INVITE")
    text = invite.data.decode()
    assert "m=audio" in text
    assert [each for each in INSIDE if each in text] == []
