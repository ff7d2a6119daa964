"""Free ports on loopback, below the range from which the system gives out its own."""

from __future__ import annotations

import random
import socket

LOOPBACK = "127.0.0.1"
LOW, HIGH = 20000, 32000
"""Debian's ephemeral ports start at 32768; the server's default RTP range ends at 19999."""

_given: set[int] = set()


def free_port() -> int:
    """A port free for UDP and TCP, and not given out lately."""
    return free_ports(1)


def free_ports(count: int) -> int:
    """The first, even, of `count` consecutive ports that are free for UDP and TCP and not given out
    lately."""
    for _ in range(2):
        for _ in range(400):
            first = random.randrange(LOW, HIGH - count, 2)
            wanted = range(first, first + count)
            if not _given.intersection(wanted) and all(_is_free(port) for port in wanted):
                _given.update(wanted)
                return first
        _given.clear()  # whoever got those has long begun to use them, or never will
    raise RuntimeError(f"no {count} free ports in a row between {LOW} and {HIGH}")


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                return False
    return True
