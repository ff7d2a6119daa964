"""What happens to agents: at work and away, paused and back, paperwork begun and done."""

from __future__ import annotations

from acd import desk
from acd.floor import Floor
from acd.model import Presence
from acd.offers import wait_on, withdraw_from_agent
from acd.presence import Input


def agent_logged_in(floor: Floor, agent_id: str) -> None:
    """One who is at work already stays exactly as they are; a log-out not yet carried out is taken back."""
    agent = floor.agents.get(agent_id)
    if agent is None:
        floor.ignored += 1
    elif agent.leaving:
        agent.leaving = False
    else:
        desk.move(floor, agent, Input.LOG_IN)


def agent_logged_out(floor: Floor, agent_id: str) -> None:
    agent = floor.agents.get(agent_id)
    if agent is None or agent.agent.static:
        floor.ignored += 1
    elif agent.presence is Presence.ON_CONTACT:
        agent.leaving = True
    else:
        agent.pausing, agent.missed_in_a_row = None, 0
        contact = withdraw_from_agent(floor, agent, "agent logged out")
        desk.move(floor, agent, Input.LOG_OUT)
        if contact is not None:
            wait_on(floor, contact, "agent logged out")


def agent_paused(floor: Floor, agent_id: str, reason: str) -> None:
    agent = floor.agents.get(agent_id)
    if agent is None:
        floor.ignored += 1
    elif agent.presence is Presence.ON_CONTACT:
        agent.pausing = reason
    elif agent.presence is Presence.PAUSED and agent.reason == reason:
        floor.ignored += 1
    else:
        contact = withdraw_from_agent(floor, agent, "agent paused")
        desk.move(floor, agent, Input.PAUSE, reason)
        if contact is not None:
            wait_on(floor, contact, "agent paused")


def agent_resumed(floor: Floor, agent_id: str) -> None:
    agent = floor.agents.get(agent_id)
    if agent is None:
        floor.ignored += 1
    elif agent.pausing is not None:
        agent.pausing = None
    else:
        agent.missed_in_a_row = 0
        desk.move(floor, agent, Input.RESUME)


def wrap_up_ended(floor: Floor, agent_id: str) -> None:
    """By the agent's word or by the deadline."""
    agent = floor.agents.get(agent_id)
    if agent is None or agent.presence is not Presence.WRAP_UP:
        floor.ignored += 1
    else:
        desk.finish_wrap_up(floor, agent)


def back_off_over(floor: Floor, agent_id: str) -> None:
    """Only set for an agent who is available, and cancelled by any move: no need to ask again."""
    floor.make_ready(floor.agents[agent_id])
