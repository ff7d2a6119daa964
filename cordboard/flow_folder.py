"""The flows of a configuration folder: which files they are, and all of them read and checked at once."""

from __future__ import annotations

from pathlib import Path

from callflows.flow import Flow, FlowProblems, Known, load_flow
from callflows.source import Problem, load_document

FILE_NAME = "cordboard.yaml"
CASES_SUFFIX = ".test.yaml"
TRAFFIC_SUFFIX = ".traffic.yaml"


def flow_files(folder: Path) -> list[Path]:
    """Every YAML file beside cordboard.yaml that is no file of cases or of traffic."""
    files = sorted(folder.glob("*.yaml"))
    others = (CASES_SUFFIX, TRAFFIC_SUFFIX)
    return [path for path in files if path.name != FILE_NAME and not path.name.endswith(others)]


def load_flows(folder: Path, known: Known | None) -> tuple[dict[str, Flow], list[Problem]]:
    """The flows without mistakes by name, and the mistakes of the others."""
    flows: dict[str, Flow] = {}
    problems: list[Problem] = []
    for path in flow_files(folder):
        try:
            flow = load_flow(path, known=known)
        except FlowProblems as error:
            problems += error.problems
            continue
        if flow.name in flows:
            other = flows[flow.name].path.name
            message = f'"{flow.name}" is the name of {other} already'
            problems.append(Problem(path, 1, 1, "flow", message, None))
        flows[flow.name] = flow
    return flows, problems


def flow_names(folder: Path) -> frozenset[str] | None:
    """What the flows are called, those with mistakes included; None when one cannot be read at all."""
    names: set[str] = set()
    for path in flow_files(folder):
        try:
            value = load_document(path).value
        except FlowProblems:
            return None
        name = value.get("flow") if isinstance(value, dict) else None
        if not isinstance(name, str):
            return None
        names.add(name)
    return frozenset(names)
