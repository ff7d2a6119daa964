"""What the torture tests share: a server that hears one message, and what it says to it.

The messages carry the labels of RFC 4475 and RFC 5118 and the peculiarity that each label stands for; values
that do not matter are our own.
"""

from __future__ import annotations

from dataclasses import dataclass

from telephony.sip.address import Address
from telephony.sip.config import UserAgentConfig
from telephony.sip.events import Event
from telephony.sip.message import Request, Response
from telephony.sip.parser import check, parse_message
from tests.telephony.sip.kit import Network, Node

SDP = "v=0\no=m 29739 7272939 IN IP4 192.0.2.3\ns=-\nc=IN IP4 192.0.2.4\nt=0 0\nm=audio 49217 RTP/AVP 0 12\n"


def wire(text: str) -> bytes:
    """Text with LF line ends as it goes over the wire."""
    return text.replace("\n", "\r\n").encode("utf-8", "surrogateescape")


def with_length(head: str, body: str = SDP) -> bytes:
    """A message with its true Content-Length."""
    return wire(f"{head}Content-Length: {len(wire(body))}\n\n{body}")


@dataclass
class Heard:
    """What a message did to a server."""

    node: Node
    events: list[Event]
    responses: list[Response]

    @property
    def status(self) -> int | None:
        """The first response's status; None: the message was dropped."""
        return self.responses[0].status if self.responses else None


def hear(data: bytes, *, transport: str = "udp") -> Heard:
    """Let a fresh server hear a message. Registrations need no password here."""
    network = Network()
    node = network.node(
        "192.0.2.200", transport=transport, config=UserAgentConfig(authenticate_registrations=False)
    )
    node.hear(data, Address(transport, "192.0.2.1", 5060))
    said = [parse_message(packet.data) for packet in node.said()]
    assert all(isinstance(each, Response) for each in said)
    return Heard(node, list(node.events), [each for each in said if isinstance(each, Response)])


def read_request(data: bytes) -> Request:
    """Parse and check a request that must be well-formed."""
    request = parse_message(data)
    assert isinstance(request, Request)
    check(request)
    return request
