"""What is wrong with a file, said so that it can be put right: where, what, the nearest name, the line with
a caret.

Owns `Problem` and the exceptions that carry them. Exception tree:

    FlowError
    └── FlowProblems      every problem of the files at once, sorted
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in one file.

    `line` and `column` count from 1; `where` names the place in words (`menu: timeout`), `hint` says what
    to do about it; `source_line` is the line itself, for `render`.
    """

    path: Path
    line: int
    column: int
    where: str
    message: str
    hint: str | None = None
    source_line: str | None = None
    severity: Severity = "error"

    def __str__(self) -> str:
        """One line, in the form that editors jump to."""
        place = f"{self.path}:{self.line}:{self.column}: "
        warning = "warning: " if self.severity == "warning" else ""
        where = f"{self.where}: " if self.where else ""
        return f"{place}{warning}{where}{self.message}"

    def render(self) -> str:
        """The problem, the line it is in, a caret under its column, and the hint."""
        lines = [str(self)]
        if self.source_line is not None:
            margin = f"{self.line:5} | "
            lead = "".join("\t" if c == "\t" else " " for c in self.source_line[: self.column - 1])
            lines += [margin + self.source_line.rstrip(), " " * (len(margin) - 2) + "| " + lead + "^"]
        if self.hint:
            lines.append(f"        hint: {self.hint}")
        return "\n".join(lines)

    @property
    def sort_key(self) -> tuple[str, int, int, str]:
        """Files in order, each from top to bottom."""
        return (str(self.path), self.line, self.column, self.message)


class FlowError(Exception):
    """Everything that callflows raises."""


class FlowProblems(FlowError):
    """A file cannot be used; `problems` is all that is wrong with it, sorted, without repeats."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = in_order(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def render(self) -> str:
        """All problems with their lines and carets."""
        return "\n\n".join(problem.render() for problem in self.problems)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sorted by file and place, each said once."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: problem.sort_key))


def nearest(name: str, names: Iterable[str]) -> str | None:
    """A hint that names the likeliest meant name, or the few that there are; None without any."""
    choices: Sequence[str] = sorted({str(n) for n in names})
    close = difflib.get_close_matches(name, choices, n=1, cutoff=0.6)
    if close:
        return f'did you mean "{close[0]}"?'
    if 0 < len(choices) <= 8:
        return "known: " + ", ".join(f'"{choice}"' for choice in choices)
    return None
