"""The lexical rules that headers and URIs share (RFC 3261 section 25.1): tokens, quotes, lists, parameters.

Works on text that was decoded with `surrogateescape`, so that every byte survives. Patterns use possessive
quantifiers: a hostile value costs linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from telephony.sip.errors import RemoteProtocolError

# token = 1*(alphanum / "-" / "." / "!" / "%" / "*" / "_" / "+" / "`" / "'" / "~" )
TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
# Only single characters and sets are repeated possessively here and in the modules beside: before 3.11.5 (Debian 12 has
# 3.11.2) Python matches a possessive group wrongly (gh-106052). Alternatives begin with different characters instead,
# so that nothing backtracks more than once.
# quoted-string = SWS DQUOTE *(qdtext / quoted-pair ) DQUOTE
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_LIST_ELEMENT = re.compile(rf'(?:[^",<]++|{_QUOTED}|<[^>]*+>)*', re.S)
_PARAMETER = re.compile(rf'\s*+;\s*+([^\s;=,"<>]++)(?:\s*+=\s*+({_QUOTED}|[^\s;,"]*+))?\s*+', re.S)
# What nearly all parameters look like: no space, no quotes.
_SIMPLE_PARAMETERS = re.compile(r"""(?:;[^\s;=,"<>]++(?:=[^\s;=,"<>]*+)?)+""")
_PAIR = re.compile(r"\\(.)", re.S)


class Parameters(Mapping[str, str | None]):
    """Ordered `;name=value` pairs, looked up without regard to case (section 7.3.1); None: no value."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: Mapping[str, str | None] | None = None) -> None:
        self._pairs: dict[str, str | None] = {}
        for name, value in (pairs or {}).items():
            self._pairs[name.lower()] = value

    def __getitem__(self, name: str) -> str | None:
        return self._pairs[name.lower()]

    # Mapping's own `in` and `get` go through exceptions; these are asked for in every message.
    def __contains__(self, name: object) -> bool:
        return name in self._pairs or (isinstance(name, str) and name.lower() in self._pairs)

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        """The value, or `default` when there is no such parameter."""
        pairs = self._pairs
        return pairs[name] if name in pairs else pairs.get(name.lower(), default)

    @classmethod
    def of(cls, lower_pairs: dict[str, str | None]) -> Parameters:
        """Made of a dictionary whose names are in lower case already."""
        made = cls.__new__(cls)
        made._pairs = lower_pairs
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Parameters) and self._pairs == other._pairs

    def __hash__(self) -> int:
        return hash(frozenset(self._pairs.items()))

    def __repr__(self) -> str:
        return f"Parameters({self._pairs!r})"

    def __str__(self) -> str:
        return "".join(f";{n}" if v is None else f";{n}={v}" for n, v in self._pairs.items())

    def with_value(self, name: str, value: str | None) -> Parameters:
        """A copy in which `name` has `value`."""
        return Parameters.of({**self._pairs, name.lower(): value})

    def with_values(self, values: Mapping[str, str | None]) -> Parameters:
        """A copy in which those names, in lower case, have those values."""
        return Parameters.of({**self._pairs, **values})

    def without(self, name: str) -> Parameters:
        """A copy that lacks `name`."""
        return Parameters.of({n: v for n, v in self._pairs.items() if n != name.lower()})


def parse_parameters(text: str) -> Parameters:
    """Read `;a=b;c="d"` as it follows a header value; raises RemoteProtocolError if anything is left over."""
    pairs: dict[str, str | None] = {}
    if _SIMPLE_PARAMETERS.fullmatch(text):
        for part in text.split(";")[1:]:
            name, equals, plain = part.partition("=")
            pairs.setdefault(name.lower(), plain if equals else None)
        return Parameters.of(pairs)
    position, end = 0, len(text)
    while position < end:
        found = _PARAMETER.match(text, position)
        if found is None:
            if text[position:].strip(" \t") == ";":
                break  # a stray ";" at the end is sent by phones in the field and means nothing
            raise RemoteProtocolError(f"parameters: cannot read {text[position : position + 40]!r}")
        name, value = found.groups()
        pairs.setdefault(name.lower(), value)
        position = found.end()
    return Parameters.of(pairs)


def split_list(value: str) -> list[str]:
    """Split a header value at its commas, but not at those in quotes or angle brackets (section 7.3.1)."""
    if "," not in value:
        return [value]
    elements: list[str] = []
    position, end = 0, len(value)
    while True:
        found = _LIST_ELEMENT.match(value, position)
        stop = found.end() if found else position
        if stop < end and value[stop] != ",":
            raise RemoteProtocolError(f"unbalanced quote or bracket in {value[:60]!r}")
        element = value[position:stop].strip()
        if element:
            elements.append(element)
        if stop >= end:
            return elements
        position = stop + 1


def unquote(text: str) -> str:
    """The content of a quoted string; text without quotes is returned as it is."""
    if len(text) >= 2 and text[0] == '"' and text[-1] == '"':
        inner = text[1:-1]
        return _PAIR.sub(r"\1", inner) if "\\" in inner else inner
    return text


def quote(text: str) -> str:
    """A quoted string with `text` as its content."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def is_token(text: str) -> bool:
    """Whether `text` is one `token` of the grammar."""
    return TOKEN.fullmatch(text) is not None
