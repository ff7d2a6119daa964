"""STUN (RFC 8489) as ICE uses it: Binding requests read and checked, responses made. Sans-IO.

is_stun(data)                           whether a datagram on a media port is STUN
BindingRequest.parse(data)              None for anything else, whatever it holds
request.is_authentic(password)          by its MESSAGE-INTEGRITY
success(transaction, source, password)  what the asker looks like from here
refusal(transaction, code, reason)
"""

import hmac
import ipaddress
import struct
import zlib
from dataclasses import dataclass
from typing import Final

COOKIE: Final = 0x2112A442
BINDING_REQUEST, BINDING_SUCCESS, BINDING_ERROR = 0x0001, 0x0101, 0x0111
USERNAME, MESSAGE_INTEGRITY, ERROR_CODE, XOR_MAPPED_ADDRESS = 0x0006, 0x0008, 0x0009, 0x0020
USE_CANDIDATE, FINGERPRINT = 0x0025, 0x8028
_HEADER: Final = struct.Struct("!HHI12s")
_ATTRIBUTE: Final = struct.Struct("!HH")
_INTEGRITY_SIZE: Final = 24  # with its header
_FINGERPRINT_MASK: Final = 0x5354554E  # RFC 8489 section 14.7


def is_stun(data: bytes | bytearray | memoryview) -> bool:
    """RFC 7983 section 7: a first byte of 0 to 3; and the cookie."""
    return len(data) >= _HEADER.size and data[0] < 4 and data[4:8] == b"\x21\x12\xa4\x42"


@dataclass(frozen=True, slots=True)
class BindingRequest:
    """A check of the remote's."""

    transaction: bytes
    username: str
    nominates: bool
    """USE-CANDIDATE: the remote, which controls, has chosen this pair (RFC 8445 section 7.3.1.5)."""
    signed: bytes
    """What its MESSAGE-INTEGRITY was made of; empty: it has none."""
    integrity: bytes

    @classmethod
    def parse(cls, data: bytes) -> "BindingRequest | None":
        if not is_stun(data):
            return None
        kind, length, _, transaction = _HEADER.unpack_from(data)
        if kind != BINDING_REQUEST or length % 4 or length != len(data) - _HEADER.size:
            return None
        username, nominates, signed, integrity = "", False, b"", b""
        position = _HEADER.size
        while position < len(data):
            attribute, size = _ATTRIBUTE.unpack_from(data, position)
            value = data[position + 4 : position + 4 + size]
            if len(value) < size:
                return None
            if attribute == USERNAME:
                username = value.decode("utf-8", "replace")
            elif attribute == USE_CANDIDATE:
                nominates = True
            elif attribute == MESSAGE_INTEGRITY:
                signed, integrity = _signed(data, position), value
                break  # RFC 8489 section 14.5: what follows it counts for nothing, but for FINGERPRINT
            position += 4 + (size + 3 & ~3)
        return cls(transaction, username, nominates, signed, integrity)

    def is_authentic(self, password: str) -> bool:
        return bool(self.signed) and hmac.compare_digest(_integrity(self.signed, password), self.integrity)


def success(transaction: bytes, source: tuple[str, int], password: str) -> bytes:
    """XOR-MAPPED-ADDRESS (RFC 8489 section 14.2), signed."""
    address = ipaddress.ip_address(source[0])
    mask = struct.pack("!I", COOKIE) + transaction
    packed = bytes(one ^ other for one, other in zip(address.packed, mask, strict=False))
    mapped = struct.pack("!BBH", 0, 1 if address.version == 4 else 2, source[1] ^ COOKIE >> 16) + packed
    body = _attribute(XOR_MAPPED_ADDRESS, mapped)
    signed = _header(BINDING_SUCCESS, len(body) + _INTEGRITY_SIZE, transaction) + body
    body += _attribute(MESSAGE_INTEGRITY, _integrity(signed, password))
    return _with_fingerprint(BINDING_SUCCESS, transaction, body)


def refusal(transaction: bytes, code: int, reason: str) -> bytes:
    """An error response (RFC 8489 section 14.8), unsigned: whoever asked knows no password of ours."""
    value = struct.pack("!HBB", 0, code // 100, code % 100) + reason.encode()
    return _with_fingerprint(BINDING_ERROR, transaction, _attribute(ERROR_CODE, value))


def _signed(data: bytes, position: int) -> bytes:
    """RFC 8489 section 14.5: up to the attribute, with the length as if it were the last."""
    length = position - _HEADER.size + _INTEGRITY_SIZE
    return data[:2] + struct.pack("!H", length) + data[4:position]


def _integrity(signed: bytes, password: str) -> bytes:
    return hmac.digest(password.encode(), signed, "sha1")


def _header(kind: int, length: int, transaction: bytes) -> bytes:
    return _HEADER.pack(kind, length, COOKIE, transaction)


def _attribute(kind: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(kind, len(value)) + value + bytes(-len(value) % 4)


def _with_fingerprint(kind: int, transaction: bytes, body: bytes) -> bytes:
    message = _header(kind, len(body) + 8, transaction) + body
    return message + _attribute(FINGERPRINT, struct.pack("!I", zlib.crc32(message) ^ _FINGERPRINT_MASK))
