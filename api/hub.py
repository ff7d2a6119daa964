"""The one place that looks at the running system for everybody who watches it.

Owns: the chain of states, when to look (only while somebody watches, at most every `interval_s`, and never
for more than a twentieth of the process's time), and waking the readers. Must not know how readers are
reached.

A reader holds the state it sent last and asks for `newer(than)`: it gets the newest there is, so one that was
slow skips what it missed. Nothing is ever queued for a reader.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from api.changes import State, advance, change_message, snapshot_message
from api.system import System

log = logging.getLogger("cordboard.api")

INTERVAL_S = 0.2
BUSY_SHARE = 0.05
"""The share of its process that looking may take: signalling shares the event loop."""

CACHED_CHANGES = 8


@dataclass(slots=True)
class HubCounters:
    """What the hub has done since it was made."""

    looks: int = 0
    states: int = 0
    encoded: int = 0


class Hub:
    """Makes states out of snapshots and hands the newest to readers."""

    def __init__(
        self,
        system: System,
        *,
        interval_s: float = INTERVAL_S,
        clock: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._system = system
        self._interval_s = interval_s
        self._clock = clock
        self._sleep = sleep
        self._state: State | None = None
        self._readers = 0
        self._watched = asyncio.Event()
        self._changed = asyncio.Event()
        self._encoded: dict[tuple[int, int], str] = {}
        self.counters = HubCounters()

    @property
    def readers(self) -> int:
        """How many watch now."""
        return self._readers

    @contextmanager
    def reader(self) -> Iterator[State]:
        """Counts a reader in and out; gives the state of this moment."""
        state = self.look()
        self._readers += 1
        self._watched.set()
        try:
            yield state
        finally:
            self._readers -= 1
            if not self._readers:
                self._watched.clear()

    def look(self) -> State:
        """Takes a snapshot now; wakes the readers if it differs from the last."""
        state = advance(self._state, self._system.snapshot())
        self.counters.looks += 1
        if state is not self._state:
            self._state = state
            self.counters.states += 1
            self._changed.set()
            self._changed = asyncio.Event()
        return state

    async def newer(self, than: State) -> State:
        """Waits until there is a state after `than`, and gives the newest."""
        while self._state is None or self._state.sequence <= than.sequence:
            await self._changed.wait()
        return self._state

    async def run(self) -> None:
        """Looks again and again while somebody watches; runs until cancelled."""
        while True:
            await self._watched.wait()
            began = self._clock()
            try:
                self.look()
            except Exception:
                # Readers keep what they have; one defective snapshot must not end the stream for good.
                log.exception("the system gave no snapshot")
            cost_s = self._clock() - began
            await self._sleep(max(self._interval_s, cost_s / BUSY_SHARE))

    def encode_snapshot(self, state: State) -> str:
        """The first message to a reader, as JSON."""
        return self._encode((0, state.sequence), lambda: snapshot_message(state).model_dump_json())

    def encode_change(self, old: State, new: State) -> str:
        """A following message, as JSON; made once for all readers that are equally far."""
        return self._encode(
            (old.sequence, new.sequence),
            lambda: change_message(old, new).model_dump_json(),
        )

    def _encode(self, key: tuple[int, int], make: Callable[[], str]) -> str:
        text = self._encoded.get(key)
        if text is None:
            text = self._encoded[key] = make()
            self.counters.encoded += 1
            while len(self._encoded) > CACHED_CHANGES:
                del self._encoded[next(iter(self._encoded))]
        return text
