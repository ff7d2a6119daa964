"""Records what a caller says to a flow: a message, a voicemail.

Data flow: `StartRecording` > spool at the media worker (the caller's side alone), and an ear on it > silence that the
ear tells of, longest time, stop key or hang-up > spool closed > file in the recordings store > `RecordingFinished`.

A recording in which the ear heard no voice is thrown away and told of as 0 seconds. One whose caller hangs up is kept,
and lies in its mailbox: that is how most voicemails end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import structlog

from ivr.drivers.mailboxes import MailboxDriver
from ivr.effects import LeaveVoicemail, StartRecording
from ivr.events import RecordingFinished
from journal.journal import Journal
from recordings.store import RecordingFacts, RecordingStore
from telephony.calls.exchange import Exchange
from telephony.calls.leg import Leg, LegSilence, LegSpeech
from telephony.calls.tasks import Tasks
from telephony.media.errors import MediaError

log = structlog.get_logger(__name__)

LAST_WORD_S = 0.5
"""How late the news of a voice may be that began just before the end."""
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
    began: float
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    voice: asyncio.Event = field(default_factory=asyncio.Event)
    silent_s: float = 0.0
    """How long nobody had spoken when the ear ended it."""
    caller_left: bool = False


class MessageRecorder:
    """Every message that is being spoken."""

    def __init__(
        self,
        spools: Path,
        store: RecordingStore,
        journal: Journal,
        mailboxes: MailboxDriver,
        *,
        new_id: Callable[[], str],
    ) -> None:
        self._spools = spools
        self._store = store
        self._journal = journal
        self._mailboxes = mailboxes
        self._new_id = new_id
        self._exchange: Exchange
        self._running: dict[str, _Message] = {}
        self._keeping: dict[str, asyncio.Task[None]] = {}
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
        message = _Message(recording, call, leg, order, spool, told, monotonic())
        self._running[order.request_id] = message
        self._journal.append(
            "recording.started", call=call, recording=recording, what=order.kind, mailbox=order.mailbox
        )
        self._tasks.spawn(self._record(message))

    def heard(self, leg: Leg, event: LegSpeech | LegSilence) -> None:
        """What the ear on a caller tells."""
        for message in self._running.values():
            if message.leg is leg and isinstance(event, LegSpeech):
                message.voice.set()
            elif message.leg is leg and isinstance(event, LegSilence):
                message.silent_s = event.silent_s
                message.stop.set()

    def stop(self, request_id: str) -> None:
        """End a recording now; one that is over already is none of anybody's business."""
        message = self._running.get(request_id)
        if message is not None:
            message.stop.set()

    def leave(self, leg: Leg) -> None:
        """The caller is gone: what they said is kept."""
        for message in self._running.values():
            if message.leg is leg:
                message.caller_left = True
                message.stop.set()

    def discard(self, recording: str, call: str) -> None:
        """The caller wants it no more."""
        self._tasks.spawn(self._throw_away(recording, call))

    async def file_of(self, recording: str) -> Path | None:
        """Where a message lies, so that it can be heard back; waits while its file is being made. None: nowhere."""
        if (keeping := self._keeping.get(recording)) is not None:
            await asyncio.wait({keeping})
        return await asyncio.to_thread(self._store.file_of, recording)

    async def close(self) -> None:
        """End them all, and wait until they are files."""
        for message in self._running.values():
            message.stop.set()
        await self._tasks.drain(deadline_s=CLOSE_S)

    async def _record(self, message: _Message) -> None:
        try:
            self._exchange.start_recording(message.id, message.leg, None, message.spool)
            self._exchange.hearing.listen(message.leg, silence_s=message.order.silence_s)
            await self._until(message.stop, message.order.longest_s)
            seconds = monotonic() - message.began - message.silent_s
            await self._close_spool(message)
            if not await self._has_spoken(message):
                seconds = 0.0
            self._exchange.hearing.stop(message.leg)
            keeping = asyncio.create_task(self._keep(message) if seconds > 0 else self._drop(message))
            self._keeping[message.id] = keeping
            await asyncio.wait({keeping}, timeout=FILE_DEADLINE_S)
            self._tell(message, round(seconds, 2))
        finally:
            del self._running[message.order.request_id]
        await keeping
        del self._keeping[message.id]

    def _tell(self, message: _Message, seconds: float) -> None:
        """The flow hears of it; one whose caller is gone cannot put it into its mailbox any more."""
        message.told(RecordingFinished(message.order.request_id, message.id, seconds))
        mailbox = message.order.mailbox
        if seconds > 0 and message.caller_left and mailbox is not None:
            order = LeaveVoicemail(mailbox, message.id, seconds)
            self._mailboxes.leave(order, message.call, message.leg.peer)

    async def _has_spoken(self, message: _Message) -> bool:
        """Whether the ear has heard a voice. What silence ended is settled; a key may be quicker than the ear."""
        return message.voice.is_set() if message.silent_s else await self._until(message.voice, LAST_WORD_S)

    @staticmethod
    async def _until(happening: asyncio.Event, seconds: float) -> bool:
        """Wait for something, so long at most; whether it has happened."""
        try:
            async with asyncio.timeout(seconds):
                await happening.wait()
        except TimeoutError:
            return happening.is_set()
        return True

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

    async def _drop(self, message: _Message) -> None:
        await asyncio.to_thread(message.spool.unlink, missing_ok=True)
        self._journal.append("recording.empty", call=message.call, recording=message.id)

    async def _throw_away(self, recording: str, call: str) -> None:
        """Also one whose file is only being made."""
        if (keeping := self._keeping.get(recording)) is not None:
            await asyncio.wait({keeping})
        try:
            gone = await asyncio.to_thread(self._store.discard, recording)
        except OSError as error:
            log.error("message.not_discarded", call=call, recording=recording, why=str(error))
            return
        if gone:
            self._journal.append("recording.discarded", call=call, recording=recording)
