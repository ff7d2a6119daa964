"""Free ports on loopback, out of those that this test process may hand out."""

from __future__ import annotations

import random
import socket

from tests.ports import OURS

LOOPBACK = "127.0.0.1"

_given: set[int] = set()


def free_port() -> int:
    """A port free for UDP and TCP, and not given out lately."""
    return free_ports(1)


def free_ports(count: int) -> int:
    """The first, even, of `count` consecutive ports that are free for UDP and TCP and not given out
    lately."""
    for _ in range(2):
        for _ in range(400):
            first = random.randrange(OURS.start, OURS.stop - count, 2)
            wanted = range(first, first + count)
            if not _given.intersection(wanted) and all(_is_free(port) for port in wanted):
                _given.update(wanted)
                return first
        _given.clear()  # whoever got those has long begun to use them, or never will
    raise RuntimeError(f"no {count} free ports in a row between {OURS.start} and {OURS.stop}")


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                return False
    return True
