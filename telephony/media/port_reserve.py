"""RTP ports that a worker has bound ahead, so that control can name a new leg's port without asking.

An answer to an INVITE carries the port. Asking the worker for it would cost a message each way, a task that waits
for it, and the caller a round trip; from the reserve it costs a look into a list.
"""

import asyncio
from collections import deque

from telephony.media import messages as m
from telephony.media.errors import MediaError, NoPortAvailable
from telephony.media.worker_link import WorkerLink

LOW = 64
BATCH = 32
"""How many pairs are bound at once: half a millisecond of the worker's time."""


class PortReserve:
    """The ports reserved at one worker."""

    def __init__(self, link: WorkerLink) -> None:
        self._link = link
        self._ports: deque[int] = deque()
        self._order: asyncio.Task[None] | None = None

    def take(self) -> int | None:
        """One of them, or None; orders more in the background when they run low."""
        if len(self._ports) <= LOW:
            self.order()
        return self._ports.popleft() if self._ports else None

    def order(self) -> None:
        """Have more bound, if that is not under way."""
        if self._order is None:
            self._order = asyncio.get_running_loop().create_task(self._bind())
            self._order.add_done_callback(self._ordered)

    async def wait(self) -> int:
        """The next one, when there is one. MediaError says why there is none."""
        while (port := self.take()) is None:
            order = self._order
            assert order is not None  # `take` has ordered
            await asyncio.shield(order)
        return port

    def close(self) -> None:
        """Order nothing any more."""
        if self._order is not None:
            self._order.cancel()

    async def _bind(self) -> None:
        while len(self._ports) <= LOW:
            reserved = await self._link.ask(m.ReservePorts(count=BATCH), m.PortsReserved)
            self._ports.extend(reserved.ports)
            if not reserved.ports and not self._ports:
                raise NoPortAvailable(f"no free RTP port pair in media worker {self._link.hello.worker}")
            if len(reserved.ports) < BATCH:
                return

    def _ordered(self, order: asyncio.Task[None]) -> None:
        """Whoever waits gets the error; nobody may be waiting."""
        self._order = None
        if (
            not order.cancelled()
            and (error := order.exception()) is not None
            and not isinstance(error, MediaError)
        ):
            raise error
