"""When a waiting contact is told how it stands. Nothing here touches a line, an offer or another contact's turn.

An announcement is an effect that nobody waits for: its next time is set when it falls due, and it is made after
everybody has been matched, so that an offer is never behind it and no contact hears its position while a phone
rings for it.
"""

from __future__ import annotations

from acd.deadlines import DeadlineKind
from acd.effects import Announce
from acd.estimate import Estimate
from acd.floor import Floor
from acd.state import ContactState


def begin(floor: Floor, state: ContactState) -> None:
    rules = state.queue.announcements
    if rules is not None and not state.callback:
        floor.deadlines.set(DeadlineKind.ANNOUNCE, state.contact.id, floor.now + rules.first_after_s)


def due(floor: Floor, contact_id: str) -> None:
    state = floor.contacts[contact_id]
    rules = state.queue.announcements
    if rules is not None:
        floor.deadlines.set(DeadlineKind.ANNOUNCE, contact_id, floor.now + rules.every_s)
        floor.announcing.append(state)


def announce(floor: Floor) -> None:
    """After the matching: those who still stand in line are told."""
    waiting, floor.announcing = floor.announcing, []
    for state in waiting:
        if state.in_line:
            before, contact_id = place(floor, state), state.contact.id
            floor.effects.append(
                Announce(floor.new_id(), contact_id, before + 1, estimate(floor, state, before))
            )


def place(floor: Floor, state: ContactState) -> int:
    """How many of the same queue are served before it as things stand; 0 for one that a phone rings for."""
    return floor.queue_lines[state.queue.id].place(state.contact.id) or 0


def estimate(floor: Floor, state: ContactState, before: int) -> Estimate | None:
    return floor.processes[state.queue.id].estimate(before, floor.now)
