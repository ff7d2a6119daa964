"""A YAML file as plain values with a tree of positions beside them, and its check against a pydantic model.

Data flow: path > text > YAML nodes > `Document` (value, position of every key and value, problems so far) >
`validate`. Owns reading; must not know what a flow is, so that other configuration files are read by it
too. What cannot be parsed at all raises `FlowProblems`; traps and repeated keys are kept in
`Document.problems`, which `validate` hands on together with its own, so that a reader sees everything at
once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from callflows.problems import FlowProblems, Problem, Severity, in_order, nearest
from callflows.traps import Trap, resolve
from callflows.validation import validate

__all__ = ["Document", "FlowProblems", "KeyPath", "Problem", "load_document", "parse_document", "validate"]

KeyPath = tuple[str | int, ...]
Position = tuple[int, int]
_Spelt = tuple[str, ...]  # positions are found by spelling: a menu's key 1 is "1" once it has been checked

MAX_BYTES = 2_000_000
MAX_NODES = 200_000  # aliases count each time, so that a few lines of them cannot fill the memory


@dataclass(frozen=True, slots=True)
class Document:
    """A file's plain value (dict, list, str, int, float, bool, None), and where each part of it stands.

    Positions count from 1. `problems` are those found while reading: traps and repeated keys.
    """

    path: Path
    value: Any
    values_at: Mapping[_Spelt, Position]
    keys_at: Mapping[_Spelt, Position]
    lines: tuple[str, ...]
    problems: tuple[Problem, ...] = ()

    def position(self, key_path: Iterable[str | int]) -> Position:
        """Line and column of a value, or of the nearest part around it that the file has."""
        path = _spelt(key_path)
        for length in range(len(path), -1, -1):
            if (found := self.values_at.get(path[:length])) is not None:
                return found
        return (1, 1)

    def key_position(self, key_path: Iterable[str | int]) -> Position:
        """Line and column of a key of a mapping; of the value for what has no key."""
        path = tuple(key_path)
        return self.keys_at.get(_spelt(path)) or self.position(path)

    def problem(
        self,
        key_path: Iterable[str | int],
        message: str,
        *,
        hint: str | None = None,
        nearest_of: Iterable[str] | None = None,
        at_key: bool = False,
        where: str | None = None,
        severity: Severity = "error",
    ) -> Problem:
        """A problem with one part of this file; `nearest_of` are the names that the wrong one may have
        meant.
        """
        path = tuple(key_path)
        line, column = self.key_position(path) if at_key else self.position(path)
        if hint is None and nearest_of is not None:
            hint = nearest(str(self.value_at(path)), nearest_of)
        where = ": ".join(str(key) for key in path) if where is None else where
        return Problem(self.path, line, column, where, message, hint, self.line(line), severity)

    def value_at(self, key_path: Iterable[str | int]) -> Any:
        """The plain value at a path; None where there is none."""
        value = self.value
        for key in key_path:
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def clip(self, key_path: Iterable[str | int]) -> KeyPath:
        """The beginning of a path that the file has."""
        path = tuple(key_path)
        while path and _spelt(path) not in self.values_at:
            path = path[:-1]
        return path

    def line(self, number: int) -> str | None:
        """The text of a line, counted from 1."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else None

    def with_value(self, value: Any) -> Document:
        """The same file with its value replaced, say after filling in the environment."""
        return replace(self, value=value)


def load_document(path: Path) -> Document:
    """Read a YAML file; raises `FlowProblems` if it cannot be read or parsed at all."""
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else str(error.strerror)
        raise FlowProblems([Problem(path, 1, 1, "", reason)]) from error
    if len(data) > MAX_BYTES:
        raise FlowProblems([Problem(path, 1, 1, "", f"the file is larger than {MAX_BYTES} bytes")])
    try:
        return parse_document(path, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise FlowProblems([Problem(path, line, column, "", "this is not text in UTF-8")]) from error


def parse_document(path: Path, text: str) -> Document:
    """The document that `text` is; `path` is where problems say it stands."""
    lines = tuple(text.splitlines())
    if tabs := _tabs(path, lines):
        raise FlowProblems(tabs)
    try:
        node = YAML(typ="safe", pure=True).compose(text)
        return _Builder(path, lines).document(node)
    except MarkedYAMLError as error:
        raise FlowProblems([_syntax_problem(path, lines, error)]) from error
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = f"a control character (code {ord(text[error.position])}) is not allowed"
        raise FlowProblems([Problem(path, line, 1, "", message)]) from error
    except YAMLError as error:
        raise FlowProblems([Problem(path, 1, 1, "", str(error).splitlines()[0])]) from error
    except RecursionError as error:
        raise FlowProblems([Problem(path, 1, 1, "", "nested too deeply")]) from error


def _tabs(path: Path, lines: tuple[str, ...]) -> list[Problem]:
    """Tabs in indentation: YAML forbids them and its readers say so in riddles."""
    problems = []
    for number, line in enumerate(lines, 1):
        indent = line[: len(line) - len(line.lstrip())]
        if "\t" in indent and line.strip():
            column = indent.index("\t") + 1
            problems.append(
                Problem(path, number, column, "", "a tab in the indentation", "indent with spaces", line)
            )
    return problems


def _syntax_problem(path: Path, lines: tuple[str, ...], error: MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    if line > len(lines) and lines:
        line, column = len(lines), len(lines[-1]) + 1
    message = (error.problem or error.context or "this is not YAML").strip()
    source = lines[line - 1] if line <= len(lines) else None
    return Problem(path, line, column, "", f"not YAML: {message}", _syntax_hint(message), source)


def _syntax_hint(message: str) -> str | None:
    if "mapping values are not allowed" in message:
        return 'put text that contains ": " in quotes'
    if "alias" in message or "anchor" in message:
        return 'put a "*" or "&" that stands for itself in quotes'
    if "cannot start any token" in message:
        return "put text that begins with a special character in quotes"
    if "expected ',' or" in message or "expected ']'" in message or "expected '}'" in message:
        return "a bracket is not closed, or text inside brackets needs quotes"
    if "block end" in message or "could not find expected ':'" in message:
        return "look at the indentation of this line and the one before"
    if "single document" in message:
        return 'one file is one document: remove the line "---"'
    return None


_CUT_OFF = re.compile(r" #")


class _Builder:
    """Walks the nodes once and writes down values, positions and problems."""

    def __init__(self, path: Path, lines: tuple[str, ...]) -> None:
        self._path = path
        self._lines = lines
        self._values_at: dict[_Spelt, Position] = {}
        self._keys_at: dict[_Spelt, Position] = {}
        self._problems: list[Problem] = []
        self._nodes = 0
        self._open: set[int] = set()

    def document(self, node: Node | None) -> Document:
        value = None if node is None else self._value(node, ())
        problems = in_order(self._problems)
        return Document(self._path, value, self._values_at, self._keys_at, self._lines, problems)

    def _value(self, node: Node, path: KeyPath) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise FlowProblems([Problem(self._path, 1, 1, "", f"more than {MAX_NODES} values")])
        self._values_at[_spelt(path)] = _start(node)
        if id(node) in self._open:
            self._say(node, path, "an alias inside of what it stands for")
            return None
        if not isinstance(node, ScalarNode) and not str(node.tag).startswith("tag:yaml.org,2002:"):
            self._say(node, path, f"tags such as {node.tag} mean nothing here", "remove it")
        self._open.add(id(node))
        try:
            if isinstance(node, MappingNode):
                return self._mapping(node, path)
            if isinstance(node, SequenceNode):
                return [self._value(item, (*path, i)) for i, item in enumerate(node.value)]
            return self._scalar(node, path) if isinstance(node, ScalarNode) else None
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: MappingNode, path: KeyPath) -> dict[str | int, Any]:
        mapping: dict[str | int, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, path)
            if key is None:
                continue
            if key in mapping:
                first = self._keys_at[_spelt((*path, key))][0]
                self._say(key_node, (*path, key), f'"{key}" is here twice, first in line {first}', "keep one")
                continue
            self._keys_at[_spelt((*path, key))] = _start(key_node)
            mapping[key] = self._value(value_node, (*path, key))
        return mapping

    def _key(self, node: Node, path: KeyPath) -> str | int | None:
        if not isinstance(node, ScalarNode):
            self._say(node, path, "a key must be a word or a number")
            return None
        if node.style is None and node.value == "<<":
            self._say(node, path, '"<<" merges mappings, and readers differ on how', "write the keys out")
            return None
        key = self._scalar(node, path)
        if isinstance(key, str) or (isinstance(key, int) and not isinstance(key, bool)):
            return key
        self._say(
            node,
            path,
            f"a key must be a word or a whole number, got {node.value or 'nothing'}",
            "put it in quotes",
        )
        return None

    def _scalar(self, node: ScalarNode, path: KeyPath) -> Any:
        tag = str(node.tag)
        if not tag.startswith("tag:yaml.org,2002:"):
            self._say(node, path, f"tags such as {tag} mean nothing here", "remove it")
        if node.style is not None:
            return node.value
        self._cut_off(node, path)
        value = resolve(node.value)
        if isinstance(value, Trap):
            self._say(node, path, value.message, value.hint)
            return node.value
        return value

    def _cut_off(self, node: ScalarNode, path: KeyPath) -> None:
        """`say: then press #` loses its end: plain text of several words directly followed by ` #`.

        A comment that is meant stands two spaces away.
        """
        if " " not in node.value:
            return
        line, column = node.end_mark.line, node.end_mark.column
        rest = self._lines[line][column:] if line < len(self._lines) else ""
        if _CUT_OFF.match(rest):
            hint = "put the text in quotes, or two spaces before a comment"
            self._problems.append(
                Problem(
                    self._path,
                    line + 1,
                    column + 2,
                    _words(path),
                    'the text ends before "#", which begins a comment',
                    hint,
                    self._lines[line],
                )
            )

    def _say(self, node: Node, path: KeyPath, message: str, hint: str | None = None) -> None:
        line, column = _start(node)
        source = self._lines[line - 1] if line <= len(self._lines) else None
        self._problems.append(Problem(self._path, line, column, _words(path), message, hint, source))


def _start(node: Node) -> Position:
    return (node.start_mark.line + 1, node.start_mark.column + 1)


def _spelt(path: Iterable[str | int]) -> _Spelt:
    return tuple(str(key) for key in path)


def _words(path: KeyPath) -> str:
    return ": ".join(str(key) for key in path)
