"""Values from the environment in `cordboard.yaml`: `${NAME}` and `${NAME:-default}`.

A value that is nothing but one reference keeps the type that its text would have in YAML when it is a whole number, so
that counts and ports can come from outside. A name that is not set and has no default is a mistake in the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from callflows.source import Document, Problem

REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


def fill_in(document: Document, environment: Mapping[str, str]) -> tuple[Document, list[Problem]]:
    """The document with every reference replaced, and a problem for each name that is not set."""
    problems: list[Problem] = []

    def text(value: str, at: tuple[str | int, ...]) -> object:
        def replace(match: re.Match[str]) -> str:
            name, default = match.group(1), match.group(2)
            if name in environment:
                return environment[name]
            if default is None:
                message = f"the environment variable {name} is not set"
                problems.append(
                    document.problem(at, message, hint=f"set it, or give a default: ${{{name}:-...}}")
                )
            return default or ""

        filled = REFERENCE.sub(replace, value)
        whole = REFERENCE.fullmatch(value) is not None
        return int(filled) if whole and filled.isdecimal() else filled

    def walk(value: object, at: tuple[str | int, ...]) -> object:
        if isinstance(value, dict):
            return {key: walk(inner, (*at, key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [walk(inner, (*at, i)) for i, inner in enumerate(value)]
        return text(value, at) if isinstance(value, str) else value

    return document.with_value(walk(document.value, ())), problems
