"""A full ICE agent's requests, written from RFC 8489 and not by what is tested."""

import hashlib
import hmac
import struct
import zlib

COOKIE = bytes.fromhex("2112a442")
TRANSACTION = b"transaction!"


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def binding_request(username: str, password: str, *, nominates: bool = False, kind: int = 1) -> bytes:
    body = attribute(0x0006, username.encode()) + attribute(0x0024, struct.pack("!I", 1853824767))
    body += attribute(0x802A, bytes(8))  # ICE-CONTROLLING
    if nominates:
        body += attribute(0x0025, b"")
    head = struct.pack("!HH", kind, len(body) + 24) + COOKIE + TRANSACTION
    body += attribute(0x0008, hmac.new(password.encode(), head + body, hashlib.sha1).digest())
    message = struct.pack("!HH", kind, len(body) + 8) + COOKIE + TRANSACTION + body
    return message + attribute(0x8028, struct.pack("!I", zlib.crc32(message) ^ 0x5354554E))


def attributes(data: bytes) -> dict[int, bytes]:
    found, position = {}, 20
    while position < len(data):
        kind, size = struct.unpack_from("!HH", data, position)
        found[kind] = data[position + 4 : position + 4 + size]
        position += 4 + (size + 3 & ~3)
    return found
