"""Who the agents are, where they ring, and their passwords."""

from __future__ import annotations

import stat
from pathlib import Path

from acd.events import AgentLoggedIn, AgentLoggedOut, AgentReachable, AgentUnreachable
from cordboard.agent_settings import AgentLogin
from cordboard.config import CordboardFile
from cordboard.directory import PASSWORDS_FILE, Directory, load_passwords
from telephony.sip.address import Address
from telephony.sip.events import Binding, BindingsChanged
from telephony.sip.uri import SipUri

SETTINGS = CordboardFile.model_validate(
    {
        "numbers": {"1000": "main"},
        "queues": {"sales": {}},
        "agents": {"alice": {"password": "secret", "queues": ["sales"]}, "bob": {"name": "Bob"}},
        "static_agents": [{"count": 2, "contact": "sip:agent{n}@127.0.0.1:{port}", "port": 5090}],
    }
)


def binding(port: int, expires_at: float, aor: str = "alice") -> Binding:
    flow = Address("udp", "192.0.2.7", port)
    return Binding(aor, SipUri.parse(f"sip:{aor}@10.0.0.7:{port}"), flow, expires_at, None)


def test_static_agents_have_their_addresses_filled_in() -> None:
    directory = Directory(SETTINGS, {})
    reach = directory.reach("agent2")
    assert reach is not None
    assert (str(reach.target), reach.destination) == ("sip:agent2@127.0.0.1:5090", None)
    assert directory.agents["agent2"].static
    assert not directory.agents["alice"].static


def changed(directory: Directory, *bindings: Binding, asked: bool = True) -> tuple[object, ...]:
    return directory.on_bindings(BindingsChanged("alice", bindings, asked))


def test_registering_logs_in_once_and_taking_it_back_logs_out() -> None:
    directory = Directory(SETTINGS, {})
    assert directory.reach("alice") is None
    assert changed(directory, binding(1, 10.0)) == (AgentReachable("alice"), AgentLoggedIn("alice", "phone"))
    assert changed(directory, binding(1, 70.0)) == ()
    assert changed(directory) == (AgentLoggedOut("alice", "phone"), AgentUnreachable("alice"))
    assert changed(directory) == ()


def test_a_lost_registration_makes_unreachable_and_comes_back_as_what_it_was() -> None:
    directory = Directory(SETTINGS, {})
    changed(directory, binding(1, 10.0))
    assert changed(directory, asked=False) == (AgentUnreachable("alice"),)
    assert directory.reach("alice") is None
    assert changed(directory, binding(2, 10.0)) == (AgentReachable("alice"),)
    changed(directory, asked=False)
    assert changed(directory) == (AgentLoggedOut("alice", "phone"), AgentUnreachable("alice"))
    assert changed(directory, binding(3, 9.0)) == (AgentReachable("alice"), AgentLoggedIn("alice", "phone"))


def test_where_a_code_logs_in_registering_does_not() -> None:
    directory = Directory(SETTINGS.model_copy(update={"agent_login": AgentLogin.CODE}), {})
    assert changed(directory, binding(1, 10.0)) == (AgentReachable("alice"),)
    assert changed(directory) == (AgentUnreachable("alice"),)


def test_at_the_start_every_agent_without_a_phone_is_away() -> None:
    directory = Directory(SETTINGS, {})
    changed(directory, binding(1, 10.0))
    assert directory.away() == [AgentUnreachable("bob")]


def test_the_newest_phone_rings_and_packets_go_where_it_registered_from() -> None:
    directory = Directory(SETTINGS, {})
    directory.on_bindings(BindingsChanged("alice", (binding(1, 10.0), binding(2, 20.0))))
    reach = directory.reach("alice")
    assert reach is not None
    assert reach.target.port == 2
    assert reach.destination == Address("udp", "192.0.2.7", 2)


def test_somebody_who_is_no_agent_changes_nothing() -> None:
    directory = Directory(SETTINGS, {})
    assert directory.on_bindings(BindingsChanged("eve", (binding(1, 10.0, "eve"),))) == ()
    assert directory.password("eve", "cordboard") is None


def test_passwords_that_are_left_out_are_made_once_and_kept_for_the_owner_alone(tmp_path: Path) -> None:
    made = iter(["first", "second"])
    passwords = load_passwords(SETTINGS, tmp_path, lambda: next(made))
    assert passwords == {"alice": "secret", "bob": "first"}
    assert load_passwords(SETTINGS, tmp_path, lambda: next(made)) == passwords
    assert stat.S_IMODE((tmp_path / PASSWORDS_FILE).stat().st_mode) == 0o600
