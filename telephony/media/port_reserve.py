"""RTP ports that a worker has bound ahead, so that control can name a new leg's port without asking.

An answer to an INVITE carries the port. Asking the worker for it would cost a message each way, a task that waits
for it, and the caller a round trip; from the reserve it costs a look into a list.
"""

import asyncio
from collections import deque

from telephony.media import messages as m
from telephony.media.errors import MediaError, NoPortAvailable
from telephony.media.worker_link import WorkerLink

LOW = 512
"""Half a second at a thousand calls a second: as long as control or the worker may be kept from its processor."""

BATCH, LARGEST_BATCH = 32, 256
"""How many pairs are bound at once: half a millisecond of the worker's time; up to 4 ms where many are missing, for a
busy machine has time for ten round trips a second."""


class PortReserve:
    """The ports reserved at one worker; who waits for one gets it in the order of asking."""

    def __init__(self, link: WorkerLink) -> None:
        self._link = link
        self._ports: deque[int] = deque()
        self._waiting: deque[asyncio.Future[int]] = deque()
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

    async def wait(self) -> int:
        """The next one, when there is one. MediaError says why there is none."""
        port = self.take()
        if port is not None:
            return port
        waiting: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        return await waiting

    def close(self) -> None:
        """Order nothing any more."""
        if self._order is not None:
            self._order.cancel()

    async def _bind(self) -> None:
        """Until the reserve is full again; who waits is told when it cannot be."""
        problem: MediaError | None = None
        try:
            while (self._waiting or len(self._ports) <= LOW) and problem is None:
                missing = LOW + len(self._waiting) - len(self._ports)
                count = min(max(BATCH, missing // 2), LARGEST_BATCH)
                answer = await self._link.ask(m.ReservePorts(count=count), m.PortsReserved)
                for port in answer.ports:
                    self._give(port)
                if len(answer.ports) < count:
                    problem = NoPortAvailable(
                        f"no free RTP port pair in media worker {self._link.hello.worker}"
                    )
        except MediaError as error:
            problem = error
        finally:
            self._order = None
        while problem is not None and self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_exception(problem)

    def _give(self, port: int) -> None:
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():  # who gave up is passed over
                waiting.set_result(port)
                return
        self._ports.append(port)
