"""Plain values against a pydantic model: its errors in our words, at the places in the file that they speak
of.

Data flow: `Document` (or a part of it) > model > (model instance | None, problems). Works for every model;
a flow's steps and `cordboard.yaml` go the same way.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from callflows.problems import Problem, in_order, nearest

if TYPE_CHECKING:
    from callflows.source import Document, KeyPath

Model = TypeVar("Model", bound=BaseModel)

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dict_type": "a mapping (key: value)",
    "mapping_type": "a mapping (key: value)",
    "model_type": "a mapping (key: value)",
    "model_attributes_type": "a mapping (key: value)",
    "list_type": "a list",
    "tuple_type": "a list",
}


_BOUNDS = {
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "too_short": "at least {min_length} of them",
    "too_long": "at most {max_length} of them",
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
}


def validate(model: type[Model], document: Document) -> tuple[Model | None, list[Problem]]:
    """Check a whole document; the problems found while reading it come along. None if anything is wrong."""
    instance, problems = validate_part(model, document, (), document.value)
    ordered = list(in_order([*document.problems, *problems]))
    return (None if ordered else instance), ordered


def validate_part(
    model: type[Model], document: Document, base: KeyPath, value: Any, where: Sequence[str] | None = None
) -> tuple[Model | None, list[Problem]]:
    """Check the value at `base`; `where` are the words that problems begin with, the path itself by default.

    A value that reading has already complained about is not complained about again.
    """
    try:
        return model.model_validate(value), []
    except ValidationError as error:
        details = _without_echoes(error.errors(include_url=False))
    told = {(problem.line, problem.column) for problem in document.problems}
    words = [str(key) for key in base] if where is None else list(where)
    problems = []
    for detail in details:
        path = _clip(value, detail["loc"], keep_last=detail["type"] == "extra_forbidden")
        problem = _problem(model, document, (base, path), words, detail)
        if (problem.line, problem.column) not in told:
            problems.append(problem)
    return None, problems


def _without_echoes(details: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without "too short" for lists whose entries were there but wrong: those have been told themselves."""
    places = [detail["loc"] for detail in details]

    def is_echo(detail: ErrorDetails) -> bool:
        place = detail["loc"]
        return detail["type"] == "too_short" and any(p[: len(place)] == place and p != place for p in places)

    return [detail for detail in details if not is_echo(detail)]


def _problem(
    model: type[BaseModel],
    document: Document,
    place: tuple[KeyPath, KeyPath],
    words: list[str],
    detail: ErrorDetails,
) -> Problem:
    base, path = place
    message, hint = _wording(model, path, detail)
    at_key = detail["type"] == "extra_forbidden" or detail["loc"][-1:] == ("[key]",)
    named = path[:-1] if detail["type"] == "extra_forbidden" else path
    where = ": ".join([*words, *(str(key) for key in named)])
    return document.problem((*base, *path), message, hint=hint, at_key=at_key, where=where)


def _wording(model: type[BaseModel], path: KeyPath, detail: ErrorDetails) -> tuple[str, str | None]:
    kind, context = detail["type"], detail.get("ctx", {})
    got = describe(detail["input"])
    if kind == "missing":
        return f'"{detail["loc"][-1]}" is missing', None
    if kind == "extra_forbidden":
        name = str(detail["loc"][-1])
        return f'there is no option "{name}" here', nearest(name, _options(model, path[:-1]))
    if kind == "value_error":
        return str(context["error"]), None
    if kind in _EXPECTED:
        hint = None
        if kind == "string_type" and isinstance(detail["input"], int | float):
            hint = f'write "{_plain(detail["input"])}" if it is meant as text'
        return f"expected {_EXPECTED[kind]}, got {got}", hint
    if kind in ("literal_error", "enum"):
        expected = str(context["expected"]).replace("'", '"')
        return f"expected {expected}, got {got}", _literal_hint(detail)
    if kind in _BOUNDS:
        return f"expected {_BOUNDS[kind].format(**context)}, got {got}", None
    message = detail["msg"]
    return f"{message[:1].lower()}{message[1:]}, got {got}", None


def describe(value: object) -> str:
    """A value as a person would name it in an error."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value if len(value) <= 40 else value[:37] + "..."}"'
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, Iterable):
        return "a list"
    return str(value)


def _plain(value: object) -> str:
    return describe(value)


def _literal_hint(detail: ErrorDetails) -> str | None:
    expected = str(detail.get("ctx", {}).get("expected", ""))
    names = [name.strip().strip("'") for name in expected.replace(" or ", ", ").split(",")]
    hint = nearest(str(detail["input"]), names)
    return hint if hint and hint.startswith("did you mean") else None


def _clip(value: Any, location: Sequence[str | int], *, keep_last: bool) -> KeyPath:
    """The part of pydantic's location that the file has: names of union members and `[key]` are not in it."""
    path: list[str | int] = []
    for i, key in enumerate(location):
        if isinstance(value, Mapping) and key not in value and isinstance(key, str) and key.isdigit():
            key = int(key)  # noqa: PLW2901 -- a key that was made text on the way: keys of a menu
        has_item = isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value)
        if has_item or (isinstance(value, Mapping) and key in value):
            value = value[key]
        elif not (keep_last and i == len(location) - 1):
            continue
        path.append(key)
    return tuple(path)


def _options(model: type[BaseModel], path: KeyPath) -> list[str]:
    """The options of the model at a path below `model`."""
    models: list[type[BaseModel]] = [model]
    for key in path:
        found: list[type[BaseModel]] = []
        for candidate in models:
            for name, info in candidate.model_fields.items():
                if key in (info.alias, name):
                    found += _models_in(info.annotation)
        models = found or models
    return [info.alias or name for candidate in models for name, info in candidate.model_fields.items()]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    """Every model that an annotation mentions, however deep in its unions and containers."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in typing.get_args(annotation) for model in _models_in(part)]
