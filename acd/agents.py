"""What happens to agents: at work and away, paused and back, paperwork begun and done."""

from __future__ import annotations

from acd import desk
from acd.deadlines import DeadlineKind
from acd.floor import Floor
from acd.model import Presence
from acd.offers import wait_on, withdraw_from_agent
from acd.presence import Input

PHONE_GONE = "phone not registered"
SCHEDULE = "schedule"

_NEEDS_PHONE = (Presence.AVAILABLE, Presence.RINGING, Presence.RESERVED)


def agent_scheduled(floor: Floor, agent_id: str, on_duty: bool) -> None:
    """A shift begins or ends: as if the agent had logged in or out."""
    if on_duty:
        agent_logged_in(floor, agent_id, SCHEDULE)
    else:
        agent_logged_out(floor, agent_id, SCHEDULE)


def agent_logged_in(floor: Floor, agent_id: str, reason: str | None = None) -> None:
    """One who is at work already stays exactly as they are; a log-out not yet carried out is taken back."""
    agent = floor.agents.get(agent_id)
    if agent is None:
        floor.ignored += 1
    elif agent.leaving:
        agent.leaving = False
    else:
        desk.move(floor, agent, Input.LOG_IN, reason)


def agent_logged_out(floor: Floor, agent_id: str, reason: str | None = None) -> None:
    agent = floor.agents.get(agent_id)
    if agent is None or agent.agent.static:
        floor.ignored += 1
    elif agent.presence is Presence.ON_CONTACT:
        agent.leaving, agent.leaving_reason = True, reason
    else:
        agent.pausing, agent.missed_in_a_row = None, 0
        contact = withdraw_from_agent(floor, agent, "agent logged out")
        desk.move(floor, agent, Input.LOG_OUT, reason)
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


def agent_resumed(floor: Floor, agent_id: str, reason: str | None = None) -> None:
    agent = floor.agents.get(agent_id)
    if agent is None:
        floor.ignored += 1
    elif agent.pausing is not None:
        agent.pausing = None
    else:
        agent.missed_in_a_row = 0
        desk.move(floor, agent, Input.RESUME, reason)


def wrap_up_ended(floor: Floor, agent_id: str) -> None:
    """By the agent's word or by the deadline."""
    agent = floor.agents.get(agent_id)
    if agent is None or agent.presence is not Presence.WRAP_UP:
        floor.ignored += 1
    else:
        desk.finish_wrap_up(floor, agent)


def wrap_up_extended(floor: Floor, agent_id: str, by_s: float) -> None:
    """From the deadline that stands, never past the longest wrap-up that the policy allows."""
    agent = floor.agents.get(agent_id)
    until = floor.deadlines.when(DeadlineKind.WRAP_UP, agent_id)
    if agent is None or until is None or by_s <= 0:
        floor.ignored += 1
    else:
        longest = max(until, agent.since + floor.policy.max_wrap_up_s)
        floor.deadlines.set(DeadlineKind.WRAP_UP, agent_id, min(until + by_s, longest))


def agent_unreachable(floor: Floor, agent_id: str) -> None:
    """The phone is gone. A talk goes on (its media may well live), paperwork and pauses too."""
    agent = floor.agents.get(agent_id)
    if agent is None or not agent.reachable:
        floor.ignored += 1
        return
    agent.reachable = False
    if agent.presence in _NEEDS_PHONE:
        contact = withdraw_from_agent(floor, agent, PHONE_GONE)
        desk.move(floor, agent, Input.LOSE_PHONE, PHONE_GONE)
        if contact is not None:
            wait_on(floor, contact, PHONE_GONE)


def agent_reachable(floor: Floor, agent_id: str) -> None:
    """Back by themselves, with the idle time they had."""
    agent = floor.agents.get(agent_id)
    if agent is None or agent.reachable:
        floor.ignored += 1
        return
    agent.reachable = True
    if agent.presence is Presence.UNREACHABLE:
        desk.move(floor, agent, Input.FIND_PHONE)
        floor.make_ready(agent)


def back_off_over(floor: Floor, agent_id: str) -> None:
    """Only set for an agent who is available, and cancelled by any move: no need to ask again."""
    floor.make_ready(floor.agents[agent_id])
