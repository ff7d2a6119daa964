"""Values that carry their meaning in their spelling: `5s`, `4..8`, keys of a telephone, names of sections.

Each is a pydantic type: plain YAML value in, typed value out, an error that says what was expected, and its
JSON Schema. Durations are seconds as float.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from callflows.validation import describe

Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"
"""What a variable of a flow may hold: all that JSON can write down."""

_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|[dhms]))+\Z")
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[dhms])")
DURATION_PATTERN = r"^([0-9]+(\.[0-9]+)?(ms|[dhms]))+$"


def parse_duration(value: object) -> float:
    """Seconds from `5s`, `1m30s`, `250ms`, `2h`; raises ValueError."""
    text = value.replace(" ", "") if isinstance(value, str) else ""
    if not _DURATION.match(text):
        raise ValueError(f'expected a duration such as "5s", got {describe(value)}')
    seconds = 0.0
    smaller_than = float("inf")
    for number, unit in _DURATION_PART.findall(text):
        if _UNIT_S[unit] >= smaller_than:
            raise ValueError(
                f'expected a duration with the larger units first, such as "1m30s", got "{value}"'
            )
        smaller_than = _UNIT_S[unit]
        seconds += float(number) * _UNIT_S[unit]
    return seconds


def spell_duration(seconds: float) -> str:
    """The shortest spelling of a duration, the reverse of `parse_duration`."""
    milliseconds = round(seconds * 1000)
    parts = []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, milliseconds = divmod(milliseconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


Duration = Annotated[
    float,
    BeforeValidator(parse_duration),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN, "examples": ["5s", "1m30s", "250ms"]}),
]


@dataclass(frozen=True, slots=True)
class DigitRange:
    """How many digits are wanted, both ends included."""

    minimum: int
    maximum: int

    def __str__(self) -> str:
        """As it is written in a flow."""
        return str(self.minimum) if self.minimum == self.maximum else f"{self.minimum}..{self.maximum}"


_RANGE = re.compile(r"(\d{1,3})(?:\.\.(\d{1,3}))?\Z")
MAX_DIGITS = 64


def parse_digit_range(value: object) -> DigitRange:
    """A `DigitRange` from `4..8` or `6`; raises ValueError."""
    match = _RANGE.match(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None
    if match is None:
        raise ValueError(f'expected a number of digits such as 6 or "4..8", got {describe(value)}')
    low, high = int(match[1]), int(match[2] or match[1])
    if not 1 <= low <= high <= MAX_DIGITS:
        raise ValueError(
            f"expected 1 to {MAX_DIGITS} digits, the smaller number first, got {describe(value)}"
        )
    return DigitRange(low, high)


Digits = Annotated[
    DigitRange,
    PlainValidator(parse_digit_range),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": 64},
                {"type": "string", "pattern": r"^\d+\.\.\d+$"},
            ]
        }
    ),
]

_KEY = re.compile(r"[0-9*#A-D]{1,16}\Z")


def parse_key(value: object) -> str:
    """One or more telephone keys, written as a number or in quotes; raises ValueError."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _KEY.match(text):
        raise ValueError(f'expected keys of a telephone (0-9, "*", "#"), got {describe(value)}')
    return text


Key = Annotated[
    str, BeforeValidator(parse_key), WithJsonSchema({"type": "string", "pattern": "^[0-9*#A-D]+$"})
]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
RESERVED = frozenset(
    {"and", "or", "not", "in", "is", "if", "else", "loop", "self"}
    | {"true", "false", "none", "True", "False", "None"}
)


def _check_name(value: object) -> str:
    if not isinstance(value, str) or not _NAME.match(value):
        raise ValueError(f"expected a name of letters, digits, - and _, got {describe(value)}")
    return value


def _check_variable(value: object) -> str:
    if not isinstance(value, str) or not _VARIABLE.match(value) or value in RESERVED:
        raise ValueError(f"expected a variable's name of letters, digits and _, got {describe(value)}")
    return value


def _name_schema(pattern: str) -> Any:
    return WithJsonSchema({"type": "string", "pattern": pattern})


Name = Annotated[str, BeforeValidator(_check_name), _name_schema("^[A-Za-z_][A-Za-z0-9_-]*$")]
Variable = Annotated[str, BeforeValidator(_check_variable), _name_schema("^[A-Za-z_][A-Za-z0-9_]*$")]
SkillLevel = Annotated[int, Field(strict=True, ge=1, le=10)]
Count = Annotated[int, Field(strict=True, ge=0, le=1000)]
Switch = Annotated[bool, Field(strict=True)]
