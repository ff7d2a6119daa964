"""Texts in and out (RFC 3428)."""

from __future__ import annotations

import pytest

from telephony.sip.config import UserAgentConfig
from telephony.sip.events import MessageDelivered, MessageFailed, MessageReceived
from telephony.sip.headers import NameAddr
from telephony.sip.session import ClientCredentials
from tests.telephony.sip.kit import Network, Node, Passwords

OPEN = UserAgentConfig(authenticate_registrations=False)


def text(phone: Node, server: Node, **options: object) -> str:
    target = server.uri("1000")
    return phone.user_agent.message(
        target, phone.network.now, body=b"hello", from_=NameAddr(phone.uri("alice")), to=NameAddr(target),
        **options,  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.parametrize("status", [200, 202])
def test_a_text(status: int) -> None:
    network = Network()
    config = UserAgentConfig(authenticate_registrations=False, message_status=status)
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2", config=config)
    sent = text(phone, server)
    network.roundtrip()
    event = server.last(MessageReceived)
    assert (event.session, event.request.body) == (None, b"hello")
    assert event.request.header("content-type") == "text/plain;charset=utf-8"
    assert phone.of(MessageDelivered) == [MessageDelivered(sent, status)]  # type: ignore[arg-type]


def test_refused_by_configuration() -> None:
    network = Network()
    config = UserAgentConfig(authenticate_registrations=False, message_status=403)
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2", config=config)
    text(phone, server)
    network.roundtrip()
    assert server.of(MessageReceived) == []
    assert [event.status for event in phone.of(MessageFailed)] == [403]


def test_only_of_whom_they_say_they_are() -> None:
    network = Network()
    phone = network.node("10.0.0.1")
    server = network.node("10.0.0.2", passwords=Passwords(alice="secret", bob="other"))
    text(phone, server)
    text(phone, server, credentials=ClientCredentials("alice", "wrong"))
    text(phone, server, credentials=ClientCredentials("bob", "other"))
    network.roundtrip()
    assert [event.status for event in phone.of(MessageFailed)] == [401, 401, 403]
    assert server.of(MessageReceived) == []
    text(phone, server, credentials=ClientCredentials("alice", "secret"))
    network.roundtrip()
    assert len(server.of(MessageReceived)) == len(phone.of(MessageDelivered)) == 1


def test_nobody_there() -> None:
    network = Network(loss=1.0)
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2")
    text(phone, server)
    network.run(33)
    assert [event.status for event in phone.of(MessageFailed)] == [408]


@pytest.mark.parametrize("seed", range(10))
def test_once_each_on_a_bad_network(seed: int) -> None:
    network = Network(loss=0.25, duplication=0.3, delay_s=(0.0, 0.3), seed=seed)
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2", config=OPEN)
    for _ in range(3):
        text(phone, server)
    network.run(40)
    assert len(server.of(MessageReceived)) == len(phone.of(MessageDelivered)) == 3
