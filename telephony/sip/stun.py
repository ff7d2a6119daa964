"""Answers STUN Binding requests on the SIP port: how phones on UDP keep their flow alive (RFC 5626 section 4.4.2, 8).

Only what RFC 5389 asks of such a server: no attributes are needed, none is acted on, unknown mandatory ones are
refused with 420.
"""

from __future__ import annotations

import struct
from ipaddress import ip_address

from telephony.sip.address import Address

_COOKIE = 0x2112A442
_BINDING_REQUEST, _BINDING_SUCCESS, _BINDING_ERROR = 0x0001, 0x0101, 0x0111
_XOR_MAPPED_ADDRESS, _ERROR_CODE, _UNKNOWN_ATTRIBUTES = 0x0020, 0x0009, 0x000A
_HEADER = struct.Struct("!HHI12s")
_ATTRIBUTE = struct.Struct("!HH")
_MANDATORY_BELOW = 0x8000
# MAPPED-ADDRESS, USERNAME, MESSAGE-INTEGRITY, REALM, NONCE: known of old, and of no concern to a keep-alive.
_UNDERSTOOD = frozenset((0x0001, 0x0006, 0x0008, 0x0014, 0x0015))


def looks_like_stun(data: bytes) -> bool:
    """Whether a datagram is STUN: two zero bits, where a SIP message has a letter, and the cookie."""
    return len(data) >= 20 and data[0] < 4 and data[4:8] == b"\x21\x12\xa4\x42"


def answer_binding(data: bytes, source: Address) -> bytes | None:
    """The answer to a Binding request; None for what is none, or is broken."""
    kind, length, cookie, transaction = _HEADER.unpack_from(data)
    if kind != _BINDING_REQUEST or cookie != _COOKIE or length % 4 or length != len(data) - _HEADER.size:
        return None
    unknown = _unknown_attributes(data)
    if unknown is None:
        return None
    if unknown:
        types = b"".join(struct.pack("!H", each) for each in unknown)
        code = struct.pack("!HBB", 0, 4, 20) + b"Unknown Attribute"
        body = _attribute(_ERROR_CODE, code) + _attribute(_UNKNOWN_ATTRIBUTES, types)
        return _HEADER.pack(_BINDING_ERROR, len(body), _COOKIE, transaction) + body
    body = _attribute(_XOR_MAPPED_ADDRESS, _xor_address(source, transaction))
    return _HEADER.pack(_BINDING_SUCCESS, len(body), _COOKIE, transaction) + body


def _unknown_attributes(data: bytes) -> list[int] | None:
    """Mandatory attributes that we do not know; None if they do not fit the message."""
    unknown: list[int] = []
    position = _HEADER.size
    while position < len(data):
        if position + _ATTRIBUTE.size > len(data):
            return None
        kind, length = _ATTRIBUTE.unpack_from(data, position)
        position += _ATTRIBUTE.size + length + (-length % 4)
        if position > len(data):
            return None
        if kind < _MANDATORY_BELOW and kind not in _UNDERSTOOD:
            unknown.append(kind)
    return unknown


def _attribute(kind: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(kind, len(value)) + value + bytes(-len(value) % 4)


def _xor_address(source: Address, transaction: bytes) -> bytes:
    """RFC 5389 section 15.2."""
    address = ip_address(source.host.partition("%")[0]).packed
    mask = struct.pack("!I", _COOKIE) + transaction
    family = 1 if len(address) == 4 else 2
    hidden = bytes(a ^ b for a, b in zip(address, mask, strict=False))
    return struct.pack("!BBH", 0, family, source.port ^ (_COOKIE >> 16)) + hidden
