"""A flow as a graph:

Places, the edges between them, what is reachable, which places form loops. Pure algorithms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from callflows.program import Goal, Step

Node = TypeVar("Node")


class HasSteps(Protocol):
    """A section, compiled."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """Its program."""


def edges(sections: Mapping[str, HasSteps], goal: Goal) -> list[Goal]:
    """The places that a run may go to from a place."""
    step = sections[goal.section].steps[goal.index]
    goals = list(step.exits.values())
    if step.next is not None and step.block.falls_through():
        goals.append(Goal(goal.section, step.next))
    return goals


def reachable(sections: Mapping[str, HasSteps], start: Goal) -> set[Goal]:
    """Every place that a run from `start` may get to."""
    seen = {start}
    ahead = [start]
    while ahead:
        for goal in edges(sections, ahead.pop()):
            if goal not in seen:
                seen.add(goal)
                ahead.append(goal)
    return seen


def components(graph: Mapping[Node, Sequence[Node]]) -> Iterable[set[Node]]:
    """The loops of a graph:

    Its strongly connected components that have an edge inside (Tarjan 1972, iterative).
    """
    order: dict[Node, int] = {}
    low: dict[Node, int] = {}
    stack: list[Node] = []
    on_stack: set[Node] = set()
    for root in graph:
        if root in order:
            continue
        work = [(root, iter(graph[root]))]
        order[root] = low[root] = len(order)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, ahead = work[-1]
            advanced = False
            for to in ahead:
                if to not in order:
                    order[to] = low[to] = len(order)
                    stack.append(to)
                    on_stack.add(to)
                    work.append((to, iter(graph[to])))
                    advanced = True
                    break
                if to in on_stack:
                    low[node] = min(low[node], order[to])
            if advanced:
                continue
            work.pop()
            if work:
                parent = work[-1][0]
                low[parent] = min(low[parent], low[node])
            if low[node] == order[node]:
                component: set[Node] = set()
                while True:
                    member = stack.pop()
                    on_stack.discard(member)
                    component.add(member)
                    if member == node:
                        break
                if len(component) > 1 or node in graph[node]:
                    yield component


@dataclass(frozen=True, slots=True)
class Program:
    """Steps alone, for a graph that differs from the flow's own."""

    steps: tuple[Step, ...]


def without_exits(
    sections: Mapping[str, HasSteps], left_out: Callable[[Step, str], bool]
) -> dict[str, Program]:
    """The same sections without some of their exits."""
    return {
        name: Program(
            tuple(
                replace(
                    step, exits={exit_: to for exit_, to in step.exits.items() if not left_out(step, exit_)}
                )
                for step in section.steps
            )
        )
        for name, section in sections.items()
    }
