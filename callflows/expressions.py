"""Texts and conditions of a flow: Jinja2, sandboxed, strict about unknown names, compiled once at load.

`Template` is text with `{{ }}` in it, `Expression` a condition or value without them, `Assigned` what `set`
gives a variable: a template that is one `{{ }}` alone keeps the type of its value. All are pydantic types
and say which names they use, so that a misspelt variable is found at load. At run time they raise only
`ExpressionError`.

A flow is written by somebody trusted, but fed by callers and web services: the sandbox keeps data from
becoming code, and products and powers are bounded so that no data can make a call flow eat the machine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, cast

from jinja2 import StrictUndefined, TemplateSyntaxError, meta, nodes
from jinja2 import Template as JinjaTemplate
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from callflows.problems import FlowError
from callflows.speaking import FILTERS
from callflows.validation import describe
from callflows.values import Value

MAX_TEXT = 10_000
MAX_RANGE = 10_000


class ExpressionError(FlowError):
    """An expression could not be worked out with these variables."""


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(["**", "*"])

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Products and powers of modest size only."""
        if operator == "**":
            if not (isinstance(left, int | float) and isinstance(right, int | float)):
                raise SecurityError("a power of something that is not a number")
            if abs(left) > 1_000_000 or abs(right) > 64:
                raise SecurityError("a power that large")
        elif not (isinstance(left, int | float) and isinstance(right, int | float)):
            raise SecurityError("a product of something that is not a number")
        return super().call_binop(context, operator, left, right)


def _range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > MAX_RANGE:
        raise SecurityError(f"a range of more than {MAX_RANGE} numbers")
    return numbers


def _environment() -> _Environment:
    environment = _Environment(undefined=StrictUndefined, autoescape=False, cache_size=0)
    environment.globals.clear()
    environment.globals["range"] = _range
    environment.filters.pop("pprint", None)
    environment.filters.pop("random", None)  # a run must be the same when it is run again
    environment.filters.update(FILTERS)
    return environment


ENVIRONMENT = _environment()


def _compile_error(source: str, error: TemplateSyntaxError) -> ValueError:
    message = (error.message or "it cannot be read").rstrip(".")
    return ValueError(f"{describe(source)} is not an expression: {message[:1].lower()}{message[1:]}")


def _names(tree: nodes.Template) -> frozenset[str]:
    """The variables that a template reads, and the globals."""
    used = {name.name for name in tree.find_all(nodes.Name)}
    return frozenset(meta.find_undeclared_variables(tree) | (used & set(ENVIRONMENT.globals)))


def _plain(value: object, depth: int = 0) -> Value:
    """The value as JSON could write it, so that a run can be written down at any step."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if depth < 8 and isinstance(value, Mapping):
        return {str(key): _plain(item, depth + 1) for key, item in value.items()}
    if depth < 8 and isinstance(value, list | tuple | range):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, StrictUndefined):
        raise ExpressionError(value._undefined_message)
    raise ExpressionError(f"the result is a {type(value).__name__}, which a variable cannot hold")


def _context(compiled: JinjaTemplate, variables: Mapping[str, Value], names: frozenset[str]) -> Context:
    """Where a template finds its names: the variables themselves, not a copy of them and of all globals.

    That is half of what an expression costs. Only one that uses a global pays for it.
    """
    if names.isdisjoint(ENVIRONMENT.globals):
        return compiled.new_context(cast("dict[str, Any]", variables), shared=True)
    return compiled.new_context(dict(variables))


class _Compiled:
    """What the three kinds have in common: their source, the names they use, their place in pydantic."""

    __slots__ = ("names", "source")
    source: str
    names: frozenset[str]
    _json_schema: ClassVar[JsonSchemaValue] = {"type": "string"}

    def __init__(self, source: object) -> None:
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.source!r})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.source == getattr(other, "source", None)

    def __hash__(self) -> int:
        return hash((type(self), self.source))

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(cls._validated)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return dict(cls._json_schema)

    @classmethod
    def _validated(cls, value: object) -> _Compiled:
        return value if isinstance(value, cls) else cls(value)


class Template(_Compiled):
    """Text with `{{ expressions }}` in it."""

    __slots__ = ("_template",)

    def __init__(self, source: object) -> None:
        if not isinstance(source, str):
            raise ValueError(f"expected text, got {describe(source)}")
        self.source = source
        self._template = None
        self.names = frozenset()
        if "{{" in source or "{%" in source or "{#" in source:
            try:
                self.names = _names(ENVIRONMENT.parse(source))
                self._template = ENVIRONMENT.from_string(source)
            except TemplateSyntaxError as error:
                raise _compile_error(source, error) from error

    @property
    def is_static(self) -> bool:
        """Whether it is the same for every caller."""
        return self._template is None

    def render(self, variables: Mapping[str, Value]) -> str:
        """The text with its expressions worked out."""
        if self._template is None:
            return self.source
        try:
            context = _context(self._template, variables, self.names)
            return "".join(self._template.root_render_func(context))[:MAX_TEXT]
        except Exception as error:  # an expression over foreign data may raise anything
            raise _failure(self.source, error) from error


class Expression(_Compiled):
    """A condition or a value, written without braces: `tier == "gold"`."""

    __slots__ = ("_template",)
    _json_schema: ClassVar[JsonSchemaValue] = {"type": ["string", "boolean", "number"]}

    def __init__(self, source: object) -> None:
        if isinstance(source, bool | int | float):
            source = str(source)
        if not isinstance(source, str) or not source.strip():
            raise ValueError(f"expected an expression, got {describe(source)}")
        if "{{" in source or "{%" in source:
            raise ValueError(f"expected an expression without braces, got {describe(source)}")
        self.source = source
        try:
            ENVIRONMENT.compile_expression(
                source, undefined_to_none=False
            )  # one expression and nothing behind it
            self._template = ENVIRONMENT.from_string("{% set result = (" + source + "\n) %}")
            self.names = _names(ENVIRONMENT.parse("{{ (" + source + "\n) }}"))
        except TemplateSyntaxError as error:
            raise _compile_error(source, error) from error

    def evaluate(self, variables: Mapping[str, Value]) -> Value:
        """Its value."""
        try:
            context = _context(self._template, variables, self.names)
            for _ in self._template.root_render_func(context):
                pass  # a `set` gives out nothing
            return _plain(context.vars["result"])
        except Exception as error:
            raise _failure(self.source, error) from error

    def holds(self, variables: Mapping[str, Value]) -> bool:
        """Whether it is true, in Python's sense."""
        return bool(self.evaluate(variables))


_ONE_EXPRESSION = re.compile(r"\{\{((?:(?!\}\}|\{\{|\{%).)+)\}\}\Z", re.DOTALL)


class Assigned(_Compiled):
    """What a variable is given:

    A plain value, text with expressions, or one `{{ }}` alone, which keeps its type.
    """

    __slots__ = ("_template", "_value")
    _json_schema: ClassVar[JsonSchemaValue] = {}

    def __init__(self, source: object) -> None:
        self._template: Template | Expression | None = None
        self._value: Value = None
        self.names = frozenset()
        self.source = source if isinstance(source, str) else repr(source)
        if not isinstance(source, str):
            try:
                self._value = _plain(source)
            except ExpressionError as error:
                raise ValueError(str(error)) from error
            return
        alone = _ONE_EXPRESSION.match(source.strip())
        self._template = Expression(alone[1].strip()) if alone else Template(source)
        self.names = self._template.names

    @property
    def is_static(self) -> bool:
        """Whether it is the same for every caller."""
        return self._template is None or (isinstance(self._template, Template) and self._template.is_static)

    def evaluate(self, variables: Mapping[str, Value]) -> Value:
        """The value to keep."""
        if self._template is None:
            return self._value
        if isinstance(self._template, Template):
            return self._template.render(variables)
        return self._template.evaluate(variables)


def _failure(source: str, error: Exception) -> ExpressionError:
    if isinstance(error, ExpressionError):
        return ExpressionError(f"{describe(source)}: {error}")
    return ExpressionError(f"{describe(source)}: {str(error) or type(error).__name__}")
