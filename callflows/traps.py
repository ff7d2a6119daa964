"""Plain YAML words and numbers: which are what they seem, and which are traps.

Telephony is full of values that YAML takes for something else: `+442079460000` is a number without its
plus, `0123` may be octal, `12:30` may be 750, `no` may be false. Readers differ; ours resolves none of
these in silence but says what to write instead. Knows nothing of files and positions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Trap:
    """A plain scalar that must not be guessed at: what readers make of it, and what to write."""

    message: str
    hint: str


_NULLS = {"", "~", "null", "Null", "NULL"}
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+\Z")

_PLUS = re.compile(r"\+[0-9][0-9 ().-]*\Z")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+\Z")
_OTHER_BASE = re.compile(r"[-+]?0(x[0-9a-fA-F_]+|o[0-7_]+|b[01_]+)\Z")
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?\Z")
_UNDERSCORES = re.compile(r"[-+]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?\Z")
_EXPONENT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)[eE][-+]?[0-9]+\Z")
_LOOSE_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|\.(inf|Inf|INF))\Z|\.(nan|NaN|NAN)\Z")
_WORD_BOOLEAN = re.compile(r"(yes|no|on|off)\Z", re.IGNORECASE)


def resolve(text: str) -> Scalar | Trap:
    """What a plain (unquoted) scalar means, or the trap that it is."""
    if text in _NULLS:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    if _INTEGER.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    return _trap(text) or text


def _trap(text: str) -> Trap | None:
    if _WORD_BOOLEAN.match(text):
        meant = "true" if text.lower() in ("yes", "on") else "false"
        return Trap(
            f"unquoted {text} is a word to some YAML readers and {meant} to others",
            f'write "{text}" for the word, or {meant}',
        )
    if _PLUS.match(text):
        return Trap(
            f"unquoted {text} is read as a number and loses its plus",
            f'write "{text}" for a phone number',
        )
    if _LEADING_ZERO.match(text):
        return Trap(
            f"unquoted {text} is read as a number, octal or without its leading zero",
            f'write "{text}" for digits',
        )
    if _SEXAGESIMAL.match(text):
        return Trap(
            f"unquoted {text} is read as a number in base 60 by some YAML readers",
            f'write "{text}" for a time of day',
        )
    if (
        _OTHER_BASE.match(text)
        or _UNDERSCORES.match(text)
        or _EXPONENT.match(text)
        or _LOOSE_FLOAT.match(text)
    ):
        return Trap(
            f"unquoted {text} is read as a number that looks different",
            f'write "{text}" for the text, or the number in plain decimal digits',
        )
    return None
