"""Variables as people may see them: secrets masked, long values cut, tables by the names of their columns only."""

from __future__ import annotations

from callflows.values import Value
from ivr.run import FlowRun

MAX_CHARACTERS = 80
MASK = "***"
OF_THE_CALL = frozenset({"caller", "called", "call_id"})
"""What the call's own record has already."""


def shown_variables(run: FlowRun) -> dict[str, str]:
    """What the run knows, but for what every run knows."""
    return {
        name: MASK if name in run.secret else shown(value)
        for name, value in run.variables.items()
        if name not in OF_THE_CALL
    }


def shown(value: Value) -> str:
    """One value. What a service or a table told of a caller is named, not repeated: a trace is no second copy of it."""
    if isinstance(value, dict):
        return "{" + ", ".join(map(str, value)) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(shown(item) for item in value[:10]) + (", ...]" if len(value) > 10 else "]")
    text = "null" if value is None else str(value)
    return text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - 3] + "..."
