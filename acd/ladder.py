"""The relaxation ladder: what a contact asks for less and less, and of whom more and more, while it waits.

    PREFERRED   (if it asked for an agent by name) only that agent, for a while
    0           the queue's agents, everything asked for
    1, 2, ...   the queue's rungs, each at its time: levels fall or skills drop, other groups join, priority rises

A rung adds to those before it. Where nobody at work could ever serve the contact as it stands, it does not
wait for the time but takes the next rung at once; on the last rung it waits for somebody to log in. It goes
up only: somebody who logs in later serves it as it is. A contact keeps the queue, and so the ladder, with which
it came in.
"""

from __future__ import annotations

from collections.abc import Mapping

from acd.deadlines import DeadlineKind
from acd.demand import SkillsKey, skills_key
from acd.floor import Floor
from acd.model import SkillLevel
from acd.ordering import score
from acd.state import ContactState, Want

PREFERRED = -1


def enter(floor: Floor, state: ContactState) -> None:
    """The contact's first lines, up to the first rung on which somebody at work can serve it."""
    state.rung = PREFERRED if state.contact.preferred in floor.agents else 0
    _stand_on(floor, state)
    skip_hopeless(floor, state)


def climb(floor: Floor, state: ContactState) -> None:
    """The next rung's time has come."""
    state.rung += 1
    _stand_on(floor, state)
    skip_hopeless(floor, state)


def resume(floor: Floor, state: ContactState) -> None:
    """Back from an agent with whom it could not be joined: the same rung, and the time of the next."""
    _stand_on(floor, state)


def skip_hopeless(floor: Floor, state: ContactState) -> None:
    """Up to the next rung on which somebody at work could serve it, or to the last."""
    while _next_at(state) is not None and not any(group.demand(key).at_work for group, key in state.wants):
        state.rung += 1
        _stand_on(floor, state)


def _stand_on(floor: Floor, state: ContactState) -> None:
    """Take the place that the rung gives, and set the time of the next."""
    was_in_line = state.in_line
    if was_in_line:
        floor.leave_lines(state)
    state.wants = _wants(floor, state)
    rungs = state.queue.ladder[: max(0, state.rung)]
    state.score = score(floor.policy, state.contact, state.queue, sum(rung.priority for rung in rungs))
    if was_in_line:
        floor.enter_lines(state)
    following = _next_at(state)
    if following is None:
        floor.deadlines.cancel(DeadlineKind.RUNG, state.contact.id)
    else:
        floor.deadlines.set(DeadlineKind.RUNG, state.contact.id, max(floor.now, following))


def _next_at(state: ContactState) -> float | None:
    if state.rung == PREFERRED:
        return state.contact.arrived_at + state.contact.preferred_for_s
    if state.rung < len(state.queue.ladder):
        return state.contact.arrived_at + state.queue.ladder[state.rung].after_s
    return None


def _wants(floor: Floor, state: ContactState) -> tuple[Want, ...]:
    contact, queue = state.contact, state.queue
    key = skills_key(queue.skills, contact.skills)
    if not state.rung:  # where nearly all are served
        group = floor.groups.get(queue.id)
        return () if group is None else ((group, key),)
    rungs = queue.ladder[: max(0, state.rung)]
    for rung in rungs:
        key = _relaxed(key, rung.levels)
    if state.rung == PREFERRED and contact.preferred is not None:
        return ((floor.personal_group(contact.preferred), ()),)
    joined = (queue_id for rung in rungs for queue_id in rung.join)
    # A contact's ladder may name a queue that is gone since it came in.
    there = (queue_id for queue_id in dict.fromkeys((queue.id, *joined)) if queue_id in floor.groups)
    return tuple((floor.groups[queue_id], key) for queue_id in there)


def _relaxed(key: SkillsKey, levels: Mapping[str, SkillLevel]) -> SkillsKey:
    """Lower where the rung says lower; a rung never asks for more."""
    lowered = ((skill, min(level, levels.get(skill, level))) for skill, level in key)
    return tuple((skill, level) for skill, level in lowered if level > 0)
