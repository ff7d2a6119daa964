"""The directory: who the agents are, where their phones ring right now, and what their passwords are.

Data flow: configuration -> agents for the router; registrations -> what they mean for the router; an agent's id -> the
address to ring. The newest registration of an agent is the one that rings.

    a phone registers            reachable, and logged in (unless `agent_login: code`)
    it takes that back           logged out
    its registration is lost     unreachable: it comes back by itself, as whatever the agent was
    static agents                always on duty

Serves the user agent as its `Credentials`. Passwords that the configuration leaves out are made up once and kept in a
file that only its owner may read, so that a first start is safe on any network without anybody choosing one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from acd.events import AgentLoggedIn, AgentLoggedOut, AgentReachable, AgentUnreachable
from acd.model import Agent
from cordboard.agent_settings import AgentLogin, StaticAgents
from cordboard.config import CordboardFile
from telephony.sip.address import Address
from telephony.sip.events import BindingsChanged
from telephony.sip.uri import SipUri

PhoneEvent = AgentLoggedIn | AgentLoggedOut | AgentReachable | AgentUnreachable
BY_PHONE = "phone"
"""How an agent came to work, or went home."""

PASSWORDS_FILE = "agent-passwords.json"


@dataclass(frozen=True, slots=True)
class Reach:
    """Where an agent's phone is rung: its SIP address, and where packets for it go if a registration told."""

    target: SipUri
    destination: Address | None


class Directory:
    """Knows every agent of the configuration."""

    def __init__(self, settings: CordboardFile, passwords: dict[str, str]) -> None:
        self.agents: dict[str, Agent] = {}
        self.static: list[str] = []
        self._passwords: dict[str, str] = {}
        self._reach: dict[str, Reach] = {}
        self._lost: set[str] = set()
        self._logs_in = settings.agent_login is AgentLogin.REGISTRATION
        self.replace(settings, passwords)

    def replace(self, settings: CordboardFile, passwords: dict[str, str]) -> None:
        """From now on these are the agents; the phones that are registered stay so."""
        self._passwords = passwords
        self.agents.clear()
        for gone in self.static:
            del self._reach[gone]
        self.static.clear()
        for agent_id, agent in settings.agents.items():
            self.agents[agent_id] = Agent(
                id=agent_id, name=agent.name or agent_id, skills=dict(agent.skills), queues=agent.queues
            )
        for group in settings.static_agents:
            for agent_id, contact in _expand(group):
                self.static.append(agent_id)
                self.agents[agent_id] = Agent(
                    id=agent_id, name=agent_id, skills=dict(group.skills), queues=group.queues, static=True
                )
                self._reach[agent_id] = Reach(SipUri.parse(contact), None)

    def password(self, user: str, realm: str) -> str | None:
        """The password of an agent's phone; None for whoever is not an agent (`Credentials` of the user agent)."""
        del realm  # there is one
        return self._passwords.get(user)

    def reach(self, agent: str) -> Reach | None:
        """Where an agent rings now; None when their phone is not registered."""
        return self._reach.get(agent)

    def away(self) -> list[AgentUnreachable]:
        """What the router has to hear at the start of every agent whose phone is not registered."""
        return [
            AgentUnreachable(agent.id)
            for agent in self.agents.values()
            if not agent.static and agent.id not in self._reach
        ]

    def on_bindings(self, event: BindingsChanged) -> tuple[PhoneEvent, ...]:
        """Take a change of a phone's registrations; answers with what it means for the router."""
        agent = event.aor
        if agent not in self.agents:
            return ()
        known = agent in self._reach
        if event.bindings:
            newest = max(event.bindings, key=lambda binding: binding.expires_at)
            self._reach[agent] = Reach(newest.contact, newest.flow)
            return () if known else self._came(agent)
        self._reach.pop(agent, None)
        if known and not event.asked:
            self._lost.add(agent)
            return (AgentUnreachable(agent),)
        if known or agent in self._lost:
            self._lost.discard(agent)
            return self._left(agent)
        return ()

    def lose(self, agent: str) -> None:
        """Their phone was registered with a process before this one, and is not any more; it may come back."""
        self._lost.add(agent)

    def _came(self, agent: str) -> tuple[PhoneEvent, ...]:
        lost = agent in self._lost
        self._lost.discard(agent)
        if lost or not self._logs_in:
            return (AgentReachable(agent),)
        return (AgentReachable(agent), AgentLoggedIn(agent, BY_PHONE))

    def _left(self, agent: str) -> tuple[PhoneEvent, ...]:
        if not self._logs_in:
            return (AgentUnreachable(agent),)
        return (AgentLoggedOut(agent, BY_PHONE), AgentUnreachable(agent))


def _expand(group: StaticAgents) -> Iterator[tuple[str, str]]:
    for n in range(1, group.count + 1):
        fields = {"n": str(n), "port": str(group.port)}
        agent_id, contact = group.id, group.contact
        for name, value in fields.items():
            agent_id = agent_id.replace("{" + name + "}", value)
            contact = contact.replace("{" + name + "}", value)
        yield agent_id, contact


def load_passwords(settings: CordboardFile, data: Path, new_password: Callable[[], str]) -> dict[str, str]:
    """The agents' passwords: the configuration's, else those kept in `data`, else new ones, which are then kept."""
    path = data / PASSWORDS_FILE
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    passwords = dict(kept)
    result: dict[str, str] = {}
    for agent_id, agent in settings.agents.items():
        if agent.password is not None:
            result[agent_id] = agent.password
        else:
            result[agent_id] = passwords.setdefault(agent_id, new_password())
    if passwords != kept:
        path.touch(mode=0o600)
        path.write_text(json.dumps(passwords, indent=2) + "\n")
    return result
