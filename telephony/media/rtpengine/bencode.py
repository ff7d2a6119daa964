"""Bencoding, as rtpengine's ng protocol writes its messages: integers, strings, lists, dictionaries. Sans-IO.

Strings come back as text; bytes that are no UTF-8 keep their values (surrogate escapes). Whatever is no bencoding
raises RemoteProtocolError.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from telephony.media.errors import RemoteProtocolError

Value = int | str | Sequence["Value"] | Mapping[str, "Value"]
Dictionary = Mapping[str, Value]
DEEPEST: Final = 16
"""Nesting that is followed; rtpengine's own answers go six deep."""


def encode(value: Value) -> bytes:
    """The value as bytes; dictionaries in the order of their keys, as the format demands."""
    match value:
        case int():
            return b"i%de" % value
        case str():
            data = value.encode("utf-8", "surrogateescape")
            return b"%d:%s" % (len(data), data)
        case Mapping():
            return b"d" + b"".join(encode(key) + encode(value[key]) for key in sorted(value)) + b"e"
        case _:
            return b"l" + b"".join(encode(each) for each in value) + b"e"


def decode_dictionary(data: bytes) -> Dictionary:
    """One dictionary and nothing behind it."""
    value, end = _decode(data, 0, 0)
    if end != len(data) or not isinstance(value, Mapping):
        raise RemoteProtocolError("not one bencoded dictionary")
    return value


def _decode(data: bytes, at: int, depth: int) -> tuple[Value, int]:
    if depth > DEEPEST:
        raise RemoteProtocolError("bencoding nested too deep")
    match data[at : at + 1]:
        case b"i":
            return _number(data, at + 1, b"e")
        case b"l":
            return _list(data, at + 1, depth)
        case b"d":
            return _dictionary(data, at + 1, depth)
        case _:
            return _string(data, at)


def _list(data: bytes, at: int, depth: int) -> tuple[list[Value], int]:
    found: list[Value] = []
    while data[at : at + 1] != b"e":
        value, at = _decode(data, at, depth + 1)
        found.append(value)
    return found, at + 1


def _dictionary(data: bytes, at: int, depth: int) -> tuple[dict[str, Value], int]:
    found: dict[str, Value] = {}
    while data[at : at + 1] != b"e":
        key, at = _string(data, at)
        found[key], at = _decode(data, at, depth + 1)
    return found, at + 1


def _string(data: bytes, at: int) -> tuple[str, int]:
    length, begin = _number(data, at, b":")
    if length < 0 or begin + length > len(data):
        raise RemoteProtocolError("bencoded string longer than its message")
    return data[begin : begin + length].decode("utf-8", "surrogateescape"), begin + length


def _number(data: bytes, at: int, end: bytes) -> tuple[int, int]:
    stop = data.find(end, at, at + 24)
    digits = data[at:stop] if stop >= 0 else b""
    if not digits.removeprefix(b"-").isdigit():
        raise RemoteProtocolError(f"no bencoded number at byte {at}")
    return int(digits), stop + 1
