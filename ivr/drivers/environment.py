"""`${NAME}` in what a flow sends: filled in from the environment at the last moment, so that no secret is in a
flow file, in a trace or in the state of a run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def fill_in(text: str, environment: Mapping[str, str]) -> str:
    """The text with every reference replaced; LookupError names the variable that is not set."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in environment:
            raise LookupError(f"the environment variable {name} is not set")
        return environment[name]

    return _REFERENCE.sub(value, text)
