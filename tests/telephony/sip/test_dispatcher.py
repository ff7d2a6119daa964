"""What comes in from strangers: refusals, mistakes, keep-alives, Vias; nothing is ever raised."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telephony.sip.address import Address
from telephony.sip.core import ALLOW
from telephony.sip.events import IncomingCall, MalformedMessage
from telephony.sip.parser import parse_message
from tests.telephony.sip.kit import ANSWER, Network, Node, request_text

BODIES = "application/sdp, multipart/mixed"
GZIPPED = "Content-Type: application/sdp\nContent-Encoding: gzip\n"


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def server(network: Network) -> Node:
    return network.node("10.0.0.2")


def lines(node: Node) -> list[str]:
    return [packet.start_line for packet in node.said()]


@pytest.mark.parametrize(("text", "status", "header", "value"), [
    (request_text("PUBLISH"), 405, "allow", ALLOW[1]),
    (request_text("NEWMETHOD"), 405, "allow", ALLOW[1]),
    (request_text("INVITE", extra="Require: 100rel, teleport\n"), 420, "unsupported", "teleport"),
    (request_text("INVITE", uri="nobody:knows"), 416, "server", "Cordboard/0.1"),
    (request_text("INVITE", extra="Content-Type: text/plain\n", body="x"), 415, "accept", BODIES),
    (request_text("INVITE", extra=GZIPPED, body="x"), 415, "accept-encoding", "identity"),
    (request_text("INVITE").replace("Max-Forwards: 70", "Max-Forwards: 0"), 483, "server", "Cordboard/0.1"),
    (request_text("OPTIONS").replace("Max-Forwards: 70", "Max-Forwards: 0"), 200, "accept", BODIES),
    (request_text("BYE", to_tag="gone"), 481, "server", "Cordboard/0.1"),
    (request_text("BYE"), 481, "server", "Cordboard/0.1"),
    (request_text("INVITE", to_tag="gone"), 481, "server", "Cordboard/0.1"),
    (request_text("INVITE").replace("Contact: <sip:hand@10.9.9.9:5060>\n", ""), 400, "server", "Cordboard/0.1"),
    (request_text("REGISTER"), 401, "server", "Cordboard/0.1"),
])  # fmt: skip
def test_refusals(server: Node, text: str, status: int, header: str, value: str) -> None:
    server.hear(text)
    [packet] = server.said()
    response = parse_message(packet.data)
    assert packet.data.startswith(b"SIP/2.0 %d " % status)
    assert response.header(header) == value
    assert response.to_tag is not None
    assert server.of(IncomingCall) == []
    server.hear(text)
    assert server.said()[0].data.split(b"\r\n")[2] == packet.data.split(b"\r\n")[2]  # the same tag


@pytest.mark.parametrize("text", [
    request_text("INVITE").replace("CSeq: 1 INVITE", "CSeq: 1 BYE"),
    request_text("INVITE").replace("Content-Length: 0", "Content-Length: 500"),
    request_text("INVITE", uri="sip:a b"),
    request_text("INVITE", uri="sip:a@b@c"),
    request_text("OPTIONS").replace("To: <sip", "To: <sip\r"),
])  # fmt: skip
def test_mistakes_that_can_be_answered_get_400(server: Node, text: str) -> None:
    server.hear(text)
    assert lines(server) == ["SIP/2.0 400 Bad Request"]
    assert server.user_agent.counters.malformed == 1


@pytest.mark.parametrize("text", [
    "garbage from nowhere", "GET / HTTP/1.1\nHost: x\n\n", request_text("INVITE").replace("Via:", "Veea:"),
    request_text("INVITE").replace("SIP/2.0/UDP", "SIP/9/UDP"), "SIP/2.0 200 OK\n\n",
    request_text("ACK").replace("CSeq: 1", "CSeq: x"),
])  # fmt: skip
def test_mistakes_that_cannot_be_answered_are_dropped_and_counted(server: Node, text: str) -> None:
    server.hear(text)
    assert lines(server) == []
    assert server.user_agent.counters.malformed == 1
    assert len(server.of(MalformedMessage)) == 1


def test_complaints_come_once_a_minute_a_source(network: Network, server: Node) -> None:
    for host, port in (("10.1.1.1", 1), ("10.1.1.1", 2), ("10.1.1.2", 1)):
        server.hear("nonsense\n\n", Address("udp", host, port))
    assert len(server.of(MalformedMessage)) == 2
    network.now += 61
    server.hear("nonsense\n\n", Address("udp", "10.1.1.1", 1))
    assert len(server.of(MalformedMessage)) == 3
    assert server.user_agent.counters.malformed == 4


def test_keep_alives(server: Node) -> None:
    stream = Address("tcp", "10.9.9.9", 40000)
    server.hear(b"\r\n\r\n", stream)
    assert [(packet.data, packet.destination) for packet in server.said()] == [(b"\r\n", stream)]
    for data in (b"\r\n\r\n", b"\0\0\0\0", b"", b"\r\n"):
        server.hear(data)
    assert lines(server) == []
    assert server.of(MalformedMessage) == []
    assert server.user_agent.counters.keep_alives == 5


@pytest.mark.parametrize(("via", "stamped", "destination"), [
    ("10.9.9.9:5060;branch=z9hG4bKv", "10.9.9.9:5060;branch=z9hG4bKv", ("10.9.9.9", 5060)),
    ("10.9.9.9;branch=z9hG4bKv", "10.9.9.9;branch=z9hG4bKv", ("10.9.9.9", 5060)),
    ("192.168.1.5:5070;branch=z9hG4bKv", "192.168.1.5:5070;branch=z9hG4bKv;received=10.9.9.9", ("10.9.9.9", 5070)),
    ("192.168.1.5:5070;rport;branch=z9hG4bKv", "192.168.1.5:5070;rport=40001;branch=z9hG4bKv;received=10.9.9.9",
     ("10.9.9.9", 40001)),
    ("10.9.9.9:5060;received=6.6.6.6;branch=z9hG4bKv", "10.9.9.9:5060;received=10.9.9.9;branch=z9hG4bKv",
     ("10.9.9.9", 5060)),
])  # fmt: skip
def test_where_responses_go(server: Node, via: str, stamped: str, destination: tuple[str, int]) -> None:
    text = request_text("OPTIONS").replace(
        "10.9.9.9:5060;branch=z9hG4bKhand", f"{via}, SIP/2.0/TCP proxy;branch=1"
    )
    server.hear(text, Address("udp", "10.9.9.9", 40001))
    [packet] = server.said()
    assert parse_message(packet.data).headers("via") == [
        f"SIP/2.0/UDP {stamped}",
        "SIP/2.0/TCP proxy;branch=1",
    ]
    assert packet.destination == Address("udp", *destination)


def test_rfc_2543_transactions_are_matched_too(network: Network, server: Node) -> None:
    old = request_text("INVITE", branch="1")
    server.hear(old)
    server.hear(old)
    assert len(server.of(IncomingCall)) == 1
    server.user_agent.reject(server.incoming(), 486, network.now)
    refusal = parse_message(server.said()[0].data)
    server.hear(request_text("ACK", branch="1", to_tag=refusal.to_tag or ""))
    network.run(3)
    assert len(network.log) == 0  # confirmed: Timer G sends nothing


def test_requests_out_of_order_get_500(network: Network, server: Node) -> None:
    server.hear(request_text("INVITE", seq=5))
    server.user_agent.answer(server.incoming(), ANSWER, network.now)
    tag = parse_message(server.said()[0].data).to_tag or ""
    server.hear(request_text("OPTIONS", to_tag=tag, seq=4, branch="z9hG4bKlow"))
    server.hear(request_text("OPTIONS", to_tag=tag, seq=9, branch="z9hG4bKhigh"))
    server.hear(request_text("OPTIONS", to_tag=tag, seq=9, branch="z9hG4bKhigh"))
    assert lines(server) == ["SIP/2.0 500 Server Internal Error", "SIP/2.0 200 OK", "SIP/2.0 200 OK"]


def test_stray_responses_and_acks_are_counted(server: Node) -> None:
    server.hear(request_text("ACK", to_tag="x"))
    server.hear(request_text("INVITE").replace("INVITE sip:1000@10.0.0.2 SIP/2.0", "SIP/2.0 200 OK"))
    assert lines(server) == []
    counters = server.user_agent.counters
    assert (counters.stray_acks, counters.stray_responses, counters.malformed) == (1, 1, 0)


HOSTILE = 'Authorization: Digest realm="cordboard", nonce="1.2.3"\nRecord-Route: <sip:p;lr>\nRequire: x\n'
SAMPLES = [
    request_text(method, extra=HOSTILE).replace("\n", "\r\n").encode()
    for method in ("INVITE", "REGISTER", "CANCEL", "ACK", "BYE", "OPTIONS")
]


@settings(max_examples=300)
@given(
    st.sampled_from(SAMPLES),
    st.lists(st.tuples(st.integers(0, 500), st.binary(max_size=5)), max_size=5),
    st.sampled_from(["udp", "tcp"]),
)
def test_nothing_is_ever_raised(sample: bytes, damage: list[tuple[int, bytes]], transport: str) -> None:
    server = Network().node("10.0.0.2")
    data = bytearray(sample)
    for position, replacement in damage:
        data[position : position + len(replacement)] = replacement
    for _ in range(2):
        server.hear(bytes(data), Address(transport, "10.9.9.9", 5060))
    for event in server.of(IncomingCall):
        server.user_agent.hang_up(event.session, server.network.now)
    server.said()
    server.network.run(100)
