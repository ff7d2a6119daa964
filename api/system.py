"""What the API asks of the running system: one narrow protocol, given by the composition root.

Owns: the `System` protocol. Must not know who stands behind it; tests stand a fake behind it.
"""

from collections.abc import Sequence
from typing import Protocol

from api.schema import CallHistory, CallSummary, RecordingView, Snapshot


class System(Protocol):
    """The running contact centre as the API sees it.

    `snapshot` is called on the event loop up to five times a second while somebody watches: it must read
    memory only. The others may read the disk and must not block the loop while they do.
    """

    def snapshot(self) -> Snapshot:
        """The whole state now; ids are unique within queues, calls and agents."""

    async def history(self, call_id: str) -> CallHistory | None:
        """Every event of one call, oldest first; None for a call nobody has heard of."""

    async def calls(self, limit: int) -> Sequence[CallSummary]:
        """The newest `limit` calls, newest first, live ones included."""

    async def recordings(self, limit: int) -> Sequence[RecordingView]:
        """The newest `limit` finished recordings, newest first."""
