"""Records what a caller says to a flow: a message, a voicemail.

Data flow: `StartRecording` > spool at the media worker (the caller's side alone) > read as it grows, for silence >
silence, longest time, stop key or hang-up > spool closed > file in the recordings store > `RecordingFinished`.

A recording in which nobody spoke is thrown away and told of as 0 seconds. One whose caller hangs up is kept: that is
how most voicemails end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import structlog

from ivr.drivers.silence import SilenceWatch
from ivr.effects import StartRecording
from ivr.events import RecordingFinished
from journal.journal import Journal
from recordings.store import RecordingFacts, RecordingStore
from telephony.calls.exchange import Exchange
from telephony.calls.leg import Leg
from telephony.calls.tasks import Tasks
from telephony.media.errors import MediaError
from telephony.media.spool import SpoolError, SpoolTail

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.5
FILE_DEADLINE_S = 3.0
"""How long a flow waits for the file itself; later it comes by itself."""
CLOSE_S = 60.0

Told = Callable[[RecordingFinished], None]


@dataclass(slots=True, eq=False)
class _Message:
    """One recording that runs."""

    id: str
    call: str
    leg: Leg
    order: StartRecording
    spool: Path
    told: Told
    watch: SilenceWatch
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    began: float = field(default_factory=time.monotonic)
    stop: asyncio.Event = field(default_factory=asyncio.Event)


class MessageRecorder:
    """Every message that is being spoken."""

    def __init__(
        self, spools: Path, store: RecordingStore, journal: Journal, *, new_id: Callable[[], str]
    ) -> None:
        self._spools = spools
        self._store = store
        self._journal = journal
        self._new_id = new_id
        self._exchange: Exchange
        self._running: dict[str, _Message] = {}
        self._tasks = Tasks("messages")

    def attach(self, exchange: Exchange) -> None:
        """Say which exchange carries the callers; before the first of them."""
        self._exchange = exchange

    @property
    def running(self) -> Collection[str]:
        """The ids of the recordings that a worker writes now."""
        return [message.id for message in self._running.values()]

    def start(self, order: StartRecording, call: str, leg: Leg, told: Told) -> None:
        """Record from now on; `told` hears of the end, whatever that is."""
        recording = self._new_id()
        spool = self._spools / f"{recording}.spool"
        message = _Message(recording, call, leg, order, spool, told, SilenceWatch(order.silence_s))
        self._running[order.request_id] = message
        self._journal.append("recording.started", call=call, recording=recording, what=order.kind)
        self._tasks.spawn(self._record(message))

    def stop(self, request_id: str) -> None:
        """End a recording now; one that is over already is none of anybody's business."""
        message = self._running.get(request_id)
        if message is not None:
            message.stop.set()

    def leave(self, leg: Leg) -> None:
        """The caller is gone: what they said is kept."""
        for message in self._running.values():
            if message.leg is leg:
                message.stop.set()

    async def close(self) -> None:
        """End them all, and wait until they are files."""
        for message in self._running.values():
            message.stop.set()
        await self._tasks.drain(deadline_s=CLOSE_S)

    async def _record(self, message: _Message) -> None:
        try:
            self._exchange.start_recording(message.id, message.leg, None, message.spool)
            tail = SpoolTail(message.spool)
            await self._listen(message, tail)
            await self._close_spool(message)
            await self._look(message, tail)
        finally:
            del self._running[message.order.request_id]
        seconds = message.watch.spoken_until_s
        if seconds > 0:
            keeping = asyncio.create_task(self._keep(message))
            await asyncio.wait({keeping}, timeout=FILE_DEADLINE_S)
        else:
            keeping = asyncio.create_task(self._discard(message))
        message.told(RecordingFinished(message.order.request_id, message.id, round(seconds, 2)))
        await keeping

    async def _listen(self, message: _Message, tail: SpoolTail) -> None:
        """Until there is a reason to end."""
        ends = message.began + message.order.longest_s
        while (left := ends - time.monotonic()) > 0:
            try:
                async with asyncio.timeout(min(LOOK_EVERY_S, left)):
                    await message.stop.wait()
                return
            except TimeoutError:
                await self._look(message, tail)
            if message.watch.is_over(time.monotonic() - message.began):
                return

    @staticmethod
    async def _look(message: _Message, tail: SpoolTail) -> None:
        try:
            message.watch.take(await asyncio.to_thread(tail.read))
        except (OSError, SpoolError) as error:
            log.error("message.spool_unreadable", call=message.call, recording=message.id, why=str(error))

    async def _close_spool(self, message: _Message) -> None:
        try:
            await self._exchange.stop_recording(message.id)
        except (TimeoutError, MediaError) as error:
            why = str(error) or "too slow"
            log.warning("message.spool_not_closed", call=message.call, recording=message.id, why=why)

    async def _keep(self, message: _Message) -> None:
        facts = RecordingFacts(message.call, None, None, message.started, kind=message.order.kind)
        try:
            recording = await self._store.finish(message.id, message.spool, facts)
        except (OSError, ValueError) as error:
            log.error("message.lost", call=message.call, spool=str(message.spool), why=str(error))
            self._journal.append(
                "recording.failed", call=message.call, recording=message.id, reason=str(error)
            )
            return
        self._journal.append(
            "recording.finished",
            call=message.call,
            recording=message.id,
            path=str(recording.path),
            seconds=recording.seconds,
            what=message.order.kind,
        )

    async def _discard(self, message: _Message) -> None:
        await asyncio.to_thread(message.spool.unlink, missing_ok=True)
        self._journal.append("recording.empty", call=message.call, recording=message.id)
