"""Who else hears the audio packets of a leg, besides the bridged one: the spool, a conference, an ear.

The packet loop calls one `write` a packet and knows no more. With a single listener that is the listener's own
method; only where there are several does a `Tee` stand between.
"""

from collections.abc import Iterable
from typing import Protocol


class Sink(Protocol):
    """A `SpoolWriter` is one."""

    def write(self, channel: int, codec: int, packet: memoryview, size: int, arrival: float) -> None:
        """One RTP packet of `size` bytes; the view is good during the call only."""


class Tee:
    """Several sinks as one."""

    __slots__ = ("_sinks",)

    def __init__(self, sinks: tuple[Sink, ...]) -> None:
        self._sinks = sinks

    def write(self, channel: int, codec: int, packet: memoryview, size: int, arrival: float) -> None:
        for sink in self._sinks:
            sink.write(channel, codec, packet, size, arrival)


def joined(sinks: Iterable[Sink | None]) -> Sink | None:
    """All that are there, as one; None if there is none."""
    present = tuple(sink for sink in sinks if sink is not None)
    if len(present) > 1:
        return Tee(present)
    return present[0] if present else None
