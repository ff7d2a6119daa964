"""Our registrations against our registrar, core to core."""

from __future__ import annotations

import itertools

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


def registers(network: Network) -> list[str]:
    """Every REGISTER that was sent, as text."""
    return [packet.data.decode() for packet in network.log if packet.data.startswith(b"REGISTER ")]


def test_a_refresh_uses_the_nonce_it_has_with_a_rising_count(network: Network, phone: Node) -> None:
    config = UserAgentConfig(nonce_life_s=3600.0)
    server = network.node("10.0.0.2", passwords=Passwords(alice="secret"), config=config)
    register(phone, server)
    network.run(600)
    sent = registers(network)
    assert (
        len(sent) == 4
    )  # one without credentials, its repetition with them, two refreshes: no other challenge
    assert [f"nc={n:08x}" in text for n, text in enumerate(sent)] == [False, True, True, True]


def test_a_stale_nonce_is_replaced_without_giving_up(network: Network, phone: Node) -> None:
    config = UserAgentConfig(nonce_life_s=10.0)
    server = network.node("10.0.0.2", passwords=Passwords(alice="secret"), config=config)
    register(phone, server)
    network.run(600)
    assert phone.of(RegistrationFailed) == []
    assert len(phone.of(Registered)) == 3
    assert sum(b"stale=true" in packet.data for packet in network.log) == 2


def test_a_failed_registration_is_tried_at_growing_intervals(network: Network, phone: Node) -> None:
    times: list[float] = []
    server = network.node("10.0.0.2", passwords=Passwords())
    phone.on_event = lambda event: times.append(network.now)
    register(phone, server)
    network.run(20_000)
    waits = [later - earlier for earlier, later in itertools.pairwise(times)]
    for n, wait in enumerate(waits):
        longest = min(1800.0, 30.0 * 2**n)
        assert longest / 2 <= wait <= longest + 1
    assert len(waits) > 10


def test_a_success_forgets_the_failures(network: Network, phone: Node, server: Node) -> None:
    register(phone, server)
    del network.nodes[server.address]
    network.run(400)
    failures = len(phone.of(RegistrationFailed))
    assert failures >= 2
    network.nodes[server.address] = server
    network.run(600)
    assert phone.of(Registered)
    [registration] = phone.user_agent._registrations._all.values()
    assert registration.failures == 0


def proxied(phone: Node, server: Node, reply: dict[int, str]) -> list[str]:
    """Answer the nth REGISTER by hand; what was sent."""
    register(phone, server)
    sent = []
    for n in range(len(reply) + 1):
        said = phone.said()
        if not said:
            return sent
        [packet] = said
        text = packet.data.decode()
        sent.append(text)
        if n in reply:
            copied = "".join(
                f"{line}\r\n"
                for line in text.split("\r\n")
                if line.split(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq")
            )
            phone.hear(f"SIP/2.0 {reply[n]}\r\n{copied}Content-Length: 0\r\n\r\n".encode(), server.address)
    return sent


def test_a_proxy_and_then_the_registrar_ask(phone: Node, server: Node) -> None:
    reply = {
        0: '407 Ask\r\nProxy-Authenticate: Digest realm="proxy", nonce="p1", qop="auth"',
        1: '401 Ask\r\nWWW-Authenticate: Digest realm="registrar", nonce="r1"',
    }
    sent = proxied(phone, server, reply)
    assert "Authorization" not in sent[0]
    assert 'Proxy-Authorization: Digest username="alice", realm="proxy"' in sent[1]
    assert 'realm="proxy"' in sent[2]
    assert "nc=00000002" in sent[2]
    assert '\r\nAuthorization: Digest username="alice", realm="registrar"' in sent[2]


def test_retry_after_is_heeded(network: Network, phone: Node, server: Node) -> None:
    register(phone, server)
    [packet] = phone.said()
    lines = packet.data.decode().split("\r\n")
    copied = "\r\n".join(
        each for each in lines if each.split(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq")
    )
    phone.hear(
        f"SIP/2.0 503 No\r\n{copied}\r\nRetry-After: 600\r\nContent-Length: 0\r\n\r\n".encode(),
        server.address,
    )
    due = phone.user_agent._registrations._all
    assert next(iter(due.values())).due == network.now + 600


URN = "urn:uuid:00000000-0000-4000-8000-00000000cafe"


def on_a_stream(network: Network, **server_config: int) -> tuple[Node, Node]:
    server = network.node(
        "10.0.0.2",
        transport="tcp",
        passwords=Passwords(alice="secret"),
        config=UserAgentConfig(**server_config),
    )
    return network.node("10.0.0.1", transport="tcp", config=UserAgentConfig(instance=URN)), server


def test_on_a_stream_the_flow_is_named_and_the_registrar_is_told_to_keep_it(network: Network) -> None:
    phone, server = on_a_stream(network, flow_timer_s=60)
    register(phone, server, expires_s=3600)
    network.run(300)
    assert all(f'+sip.instance="<{URN}>";reg-id=1' in text for text in registers(network))
    assert all("\r\nSupported: path, outbound\r\n" in text for text in registers(network))
    [binding] = server.user_agent.registrar.bindings("alice", network.now)
    assert (binding.instance, binding.reg_id, binding.flow) == (URN, 1, phone.address)
    pings = network.sent(lambda packet: packet.data == b"\r\n\r\n")
    assert 5 <= len(pings) <= 6, "every 48 to 60 s, as the Flow-Timer asks"


def test_each_registration_of_an_address_has_a_flow_number_of_its_own(network: Network) -> None:
    phone, server = on_a_stream(network)
    first = register(phone, server)
    register(phone, server)
    network.roundtrip()
    assert [each.reg_id for each in server.user_agent.registrar.bindings("alice", network.now)] == [2, 1]
    phone.user_agent.unregister(first, network.now)
    network.roundtrip()
    assert [each.reg_id for each in server.user_agent.registrar.bindings("alice", network.now)] == [2]


def test_on_udp_the_instance_is_named_and_no_flow(network: Network, server: Node) -> None:
    phone = network.node("10.0.0.1", config=UserAgentConfig(instance=URN))
    register(phone, server)
    network.roundtrip()
    [binding] = server.user_agent.registrar.bindings("alice", network.now)
    assert (binding.instance, binding.reg_id) == (URN, None)
    assert not any("outbound" in text for text in registers(network))


def test_a_proxy_that_keeps_no_flows_is_gone_through_without(network: Network) -> None:
    phone, server = on_a_stream(network)
    sent = proxied(phone, server, {0: "439 First Hop Lacks Outbound Support", 1: "439 Again"})[:2]
    assert "reg-id=1" in sent[0]
    assert "reg-id" not in sent[1]
    assert "outbound" not in sent[1]
    assert [event.status for event in phone.of(RegistrationFailed)] == [439]
