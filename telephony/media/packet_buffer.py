"""One buffer that every packet of a worker passes through, with a view of every size made beforehand.

The packet loop is one thread: a packet is received, rewritten and sent before the next one is looked at, so one
buffer is enough, and slicing it (an allocation) is never needed.
"""

from typing import Final

LONGEST_PACKET: Final = 1500
"""Bytes; what does not fit an Ethernet frame is no audio packet."""


class PacketBuffer:
    """`data` to receive into and to pack into; `views[size]` is its first `size` bytes."""

    __slots__ = ("data", "view", "views")

    def __init__(self) -> None:
        self.data = bytearray(LONGEST_PACKET + 1)  # one more tells a packet that was cut off
        self.view = memoryview(self.data)
        self.views = tuple(self.view[:size] for size in range(LONGEST_PACKET + 2))
