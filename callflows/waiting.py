"""What is wrong with how a flow waits and how it begins:

Sections that run while a caller waits in a queue, and calls that are refused too late. Checks over the graph, like
those of `callflows.checks`, which calls them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from callflows.blocks.decide import Call
from callflows.blocks.route import Leave, Queue, Reject, Standing
from callflows.blocks.sound import Beep, Play
from callflows.blocks.talk import Say
from callflows.graph import HasSteps, edges, reachable, without_exits
from callflows.program import Goal, Step

WHILE_WAITING = "while_waiting"


def step_at(sections: Mapping[str, HasSteps], goal: Goal) -> Step:
    """The step at a place."""
    return sections[goal.section].steps[goal.index]


def main_line(sections: Mapping[str, HasSteps], start: Goal) -> set[Goal]:
    """The places a run may be at without having been called, and without waiting in a queue.

    Subroutines and waiting sections come back, the main line must end. Who leaves a queue is on it again.
    """
    alone = without_exits(sections, lambda step, name: isinstance(step.block, Call) or name == WHILE_WAITING)
    found = reachable(alone, start)
    for goal in waiting_places(sections):
        step = step_at(sections, goal)
        if isinstance(step.block, Leave):
            for target in step.exits.values():
                found |= reachable(alone, target)
    return found


def waiting_places(sections: Mapping[str, HasSteps]) -> set[Goal]:
    """The places a run may be at while the caller waits in a queue."""
    within = without_exits(sections, lambda step, _: isinstance(step.block, Leave))
    found: set[Goal] = set()
    for root in _waiting_sections(sections):
        found |= reachable(within, root)
    return found


def _waiting_sections(sections: Mapping[str, HasSteps]) -> Iterator[Goal]:
    for section in sections.values():
        for step in section.steps:
            if isinstance(step.block, Queue) and WHILE_WAITING in step.exits:
                yield step.exits[WHILE_WAITING]


def waiting_mistakes(sections: Mapping[str, HasSteps], start: Goal) -> Iterator[tuple[Goal, str, str]]:
    """Steps that do not belong where they stand: place, what is wrong, what to do."""
    places = waiting_places(sections)
    for goal in places:
        step = step_at(sections, goal)
        if not step.block.in_waiting:
            yield goal, "the caller still waits in a queue here", "leave the queue first: leave: SECTION"
    for goal in main_line(sections, start):
        if isinstance(step_at(sections, goal).block, Leave):
            yield (
                goal,
                "there is no queue to leave",
                "leave belongs in a section named by while_waiting; use goto",
            )
        elif isinstance(step_at(sections, goal).block, Standing):
            yield (
                goal,
                "there is no queue to stand in",
                "standing belongs in a section named by while_waiting",
            )
    within = without_exits(sections, lambda step, _: isinstance(step.block, Leave))
    for root in dict.fromkeys(_waiting_sections(sections)):
        if not any(_takes_time(step_at(sections, goal)) for goal in reachable(within, root)):
            yield (
                root,
                "nothing is heard in this waiting section, and it waits for nothing",
                "let it play music",
            )


def _takes_time(step: Step) -> bool:
    waits = step.block.waits and not isinstance(step.block, Standing)  # which is answered at once
    return waits or isinstance(step.block, Say | Play | Beep)


def rejected_too_late(sections: Mapping[str, HasSteps], start: Goal) -> Iterator[Goal]:
    """Each reject that a run may come to with the call answered already."""
    answered: set[Goal] = set()
    for goal in reachable(sections, start):
        if step_at(sections, goal).block.needs_answer:
            for after in edges(sections, goal):
                if after not in answered:
                    answered |= reachable(sections, after)
    for goal in answered:
        if isinstance(step_at(sections, goal).block, Reject):
            yield goal
