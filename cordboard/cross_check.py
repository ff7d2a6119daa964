"""Names in `cordboard.yaml` that lead nowhere: numbers to flows, agents to queues.

Works on the plain values, not on the checked models, so that a wrong name is told of together with a wrong unit
elsewhere in the file; whatever has not the expected shape is the model's to complain about and is passed over here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Set
from typing import Any

from callflows.program import Known
from callflows.source import Document, KeyPath, Problem


def queue_names(document: Document) -> frozenset[str]:
    """The queues that the file has."""
    return frozenset(name for name, _ in _entries(document, "queues"))


def skill_names(document: Document) -> frozenset[str]:
    """The skills that any agent has."""
    return frozenset(
        str(skill)
        for _, agent in _agents(document)
        if isinstance(skills := agent.get("skills"), dict)
        for skill in skills
    )


def agent_names(document: Document) -> frozenset[str] | None:
    """The agents that the file has; None if it makes some of them by a pattern."""
    groups = document.value_at(("static_agents",))
    made = (
        [str(group.get("id")) for group in groups if isinstance(group, dict)]
        if isinstance(groups, list)
        else []
    )
    if any("{" in name for name in made):
        return None
    return frozenset([*(name for name, _ in _entries(document, "agents")), *made])


def trunk_names(document: Document) -> frozenset[str]:
    """The trunks that the file has."""
    return frozenset(name for name, _ in _entries(document, "trunks"))


def known_names(document: Document, flows: Set[str] | None) -> Known:
    """What flows beside this file may name."""
    return Known(
        queue_names(document), skill_names(document), flows, agent_names(document), trunk_names(document)
    )


def cross_check(document: Document, flows: Collection[str] | None) -> list[Problem]:
    """A problem for each name that leads nowhere; `flows` None: not all could be read, so they are not checked."""
    problems: list[Problem] = []
    if flows is not None:
        for number, flow in _entries(document, "numbers"):
            if isinstance(flow, str) and flow not in flows:
                message = f'there is no flow "{flow}"'
                problems.append(document.problem(("numbers", number), message, nearest_of=flows))
    queues = queue_names(document)
    for path, agent in _agents(document):
        served = agent.get("queues")
        for i, queue in enumerate(served if isinstance(served, list) else []):
            if isinstance(queue, str) and queue not in queues:
                message = f'there is no queue "{queue}"'
                problems.append(document.problem((*path, "queues", i), message, nearest_of=queues))
    for path, named in _queues_named(document):
        if named not in queues:
            message = f'there is no queue "{named}"'
            problems.append(document.problem(path, message, nearest_of=queues))
    return problems


def _queues_named(document: Document) -> Iterator[tuple[KeyPath, str]]:
    """The queues that other queues hand callers to, or borrow agents of."""
    for queue_id, queue in _entries(document, "queues"):
        if not isinstance(queue, dict):
            continue
        for i, rule in _listed(queue.get("overflow")):
            if isinstance(rule.get("queue"), str):
                yield ("queues", queue_id, "overflow", i, "queue"), rule["queue"]
        for i, rung in _listed(queue.get("ladder")):
            joined = rung.get("join")
            for n, name in enumerate(joined if isinstance(joined, list) else []):
                if isinstance(name, str):
                    yield ("queues", queue_id, "ladder", i, "join", n), name


def _listed(value: object) -> Iterator[tuple[int, dict[str, Any]]]:
    for i, each in enumerate(value if isinstance(value, list) else []):
        if isinstance(each, dict):
            yield i, each


def _entries(document: Document, section: str) -> Iterator[tuple[str, object]]:
    found = document.value_at((section,))
    if isinstance(found, dict):
        yield from found.items()


def _agents(document: Document) -> Iterator[tuple[KeyPath, dict[str, object]]]:
    for agent_id, agent in _entries(document, "agents"):
        if isinstance(agent, dict):
            yield ("agents", agent_id), agent
    groups = document.value_at(("static_agents",))
    for n, group in enumerate(groups if isinstance(groups, list) else []):
        if isinstance(group, dict):
            yield ("static_agents", n), group
