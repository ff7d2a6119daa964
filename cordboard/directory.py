"""The directory: who the agents are, where their phones ring right now, and what their passwords are.

Data flow: configuration -> agents for the router; registrations -> `AgentLoggedIn` / `AgentLoggedOut`; an agent's id ->
the address to ring. An agent is on duty while their phone is registered; static agents always are. The newest
registration of an agent is the one that rings.

Serves the user agent as its `Credentials`. Passwords that the configuration leaves out are made up once and kept in a
file that only its owner may read, so that a first start is safe on any network without anybody choosing one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from acd.events import AgentLoggedIn, AgentLoggedOut
from acd.model import Agent
from cordboard.config import CordboardFile, StaticAgents
from telephony.sip.address import Address
from telephony.sip.events import BindingsChanged
from telephony.sip.uri import SipUri

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
        self._passwords = passwords
        self._reach: dict[str, Reach] = {}
        for agent_id, agent in settings.agents.items():
            self.agents[agent_id] = Agent(
                id=agent_id, name=agent.name or agent_id, skills=dict(agent.skills), queues=agent.queues
            )
        self.static: list[str] = []
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

    def on_bindings(self, event: BindingsChanged) -> AgentLoggedIn | AgentLoggedOut | None:
        """Take a change of a phone's registrations; answers with what it means for the router, if anything."""
        if event.aor not in self.agents:
            return None
        known = event.aor in self._reach
        if not event.bindings:
            self._reach.pop(event.aor, None)
            return AgentLoggedOut(event.aor) if known else None
        newest = max(event.bindings, key=lambda binding: binding.expires_at)
        self._reach[event.aor] = Reach(newest.contact, newest.flow)
        return None if known else AgentLoggedIn(event.aor)


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
