"""Our registrations against our registrar, core to core."""

from __future__ import annotations

import pytest

from telephony.sip.config import UserAgentConfig
from telephony.sip.events import BindingsChanged, Registered, RegistrationFailed, Unregistered
from tests.telephony.sip.kit import Network, Node, Passwords


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def phone(network: Network) -> Node:
    return network.node("10.0.0.1")


@pytest.fixture
def server(network: Network) -> Node:
    return network.node("10.0.0.2", passwords=Passwords(alice="secret"))


def register(phone: Node, server: Node, password: str = "secret", user: str = "alice", expires_s: int = 300):
    agent = phone.user_agent
    return agent.register(server.address, server.uri(user), user, password, phone.network.now, expires_s)


def test_registering_refreshing_and_leaving(network: Network, phone: Node, server: Node) -> None:
    registration = register(phone, server)
    network.roundtrip()
    assert phone.of(Registered) == [Registered(registration, 300)]
    [binding] = server.last(BindingsChanged).bindings
    assert (binding.aor, binding.flow, str(binding.contact)) == (
        "alice",
        phone.address,
        "sip:alice@10.0.0.1:5060",
    )
    network.run(1000)
    assert len(phone.of(Registered)) == 4
    assert server.user_agent.registrar.bindings("alice", network.now)
    phone.user_agent.unregister(registration, network.now)
    network.roundtrip()
    assert phone.of(Unregistered) == [Unregistered(registration)]
    assert server.last(BindingsChanged).bindings == ()
    network.run(1000)
    assert phone.user_agent.next_timer() is None


@pytest.mark.parametrize(("user", "password"), [("alice", "wrong"), ("nobody", "secret")])
def test_a_wrong_password_is_refused_after_one_try(
    network: Network, phone: Node, server: Node, user: str, password: str
) -> None:
    registration = register(phone, server, password, user)
    network.roundtrip()
    assert phone.of(RegistrationFailed) == [RegistrationFailed(registration, 401)]
    answers = [packet.start_line for packet in network.log if not packet.is_request]
    assert answers == ["SIP/2.0 401 Unauthorized"] * 2
    assert server.user_agent.counters.failed_authentications == 1


def test_somebody_elses_address_is_403(network: Network, phone: Node, server: Node) -> None:
    phone.user_agent.register(server.address, server.uri("bob"), "alice", "secret", network.now)
    network.roundtrip()
    assert [event.status for event in phone.of(RegistrationFailed)] == [403]


def test_a_lost_200_is_sent_again_and_no_replay(network: Network, phone: Node, server: Node) -> None:
    network.drop(lambda packet: packet.is_response(200, "REGISTER"))
    register(phone, server)
    network.run(2)
    assert len(phone.of(Registered)) == 1
    assert len(network.sent(lambda packet: packet.is_response(401, "REGISTER"))) == 1
    assert len(server.of(BindingsChanged)) == 1


def test_the_interval_is_raised_when_too_brief(network: Network, phone: Node) -> None:
    config = UserAgentConfig(min_expires_s=120, authenticate_registrations=False)
    server = network.node("10.0.0.3", config=config)
    registration = register(phone, server, expires_s=60)
    network.roundtrip()
    assert phone.of(Registered) == [Registered(registration, 120)]


def test_nobody_answers_and_then_somebody_does(network: Network, phone: Node, server: Node) -> None:
    network.loss = 1.0
    registration = register(phone, server)
    network.run(33)
    assert phone.of(RegistrationFailed) == [RegistrationFailed(registration, 408)]
    network.loss = 0.0
    network.run(31)
    assert phone.of(Registered) == [Registered(registration, 300)]


def test_a_binding_that_is_not_refreshed_expires(network: Network, phone: Node, server: Node) -> None:
    register(phone, server)
    network.roundtrip()
    network.loss = 1.0
    network.run(301)
    assert server.last(BindingsChanged).bindings == ()
