"""Leaves messages in mailboxes: beside the call, in a thread, and says which mailbox is another now.

Data flow: `LeaveVoicemail`, or somebody heard a message > `recordings.mailboxes` > the mailbox's counts >
`on_change` (lamps of phones).
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import structlog

from ivr.effects import LeaveVoicemail
from journal.journal import Journal
from journal.reading import JournalReader
from recordings.catalogue import Recording
from recordings.mailboxes import Counts, MailboxMessage, MailboxStore
from telephony.calls.tasks import Tasks

log = structlog.get_logger(__name__)

VOICEMAIL = "voicemail"
CLOSE_S = 10.0

Changed = Callable[[str, Counts], None]


class MailboxDriver:
    """The mailboxes of a server. `on_change` is told a mailbox and how many messages lie in it."""

    def __init__(self, store: MailboxStore, journal: Journal) -> None:
        self.store = store
        self.on_change: Changed = lambda _mailbox, _counts: None
        self._journal = journal
        self._tasks = Tasks("mailboxes")

    def leave(self, order: LeaveVoicemail, call: str, caller: str) -> None:
        """Put a recording into a mailbox, as a new message."""
        at = datetime.now(UTC)
        message = MailboxMessage(order.recording, order.mailbox, call, caller, at, order.seconds, None)
        self._tasks.spawn(self._leave(message))

    async def mark(self, message_id: str, *, heard: bool) -> MailboxMessage | None:
        """Say that a message was heard, or is to count as new again; None: there is no such message."""
        message = await asyncio.to_thread(self.store.mark, message_id, heard=heard)
        if message is not None:
            await self._tell(message.mailbox)
        return message

    async def remove(self, message_id: str) -> MailboxMessage | None:
        """Take a message out of its mailbox; the recording stays. None: there is no such message."""
        message = await asyncio.to_thread(self.store.remove, message_id)
        if message is not None:
            self._journal.append("voicemail.removed", call=message.call, mailbox=message.mailbox)
            await self._tell(message.mailbox)
        return message

    async def begin(self) -> None:
        """Tell of every mailbox: whoever watches starts with what lies there."""
        for mailbox, counts in (await asyncio.to_thread(self.store.counts)).items():
            self.on_change(mailbox, counts)

    async def recover(self, recordings: Sequence[Recording]) -> None:
        """Put messages into their mailboxes whose server died while they were spoken; the journal knows which."""
        for recording in recordings:
            if recording.kind != VOICEMAIL or recording.caller_dbfs is None:
                continue
            mailbox, caller = await asyncio.to_thread(self._told_of, recording)
            if mailbox is not None:
                at, seconds = recording.started, recording.seconds
                message = MailboxMessage(recording.id, mailbox, recording.call, caller, at, seconds, None)
                await self._leave(message)

    def _told_of(self, recording: Recording) -> tuple[str | None, str]:
        """The mailbox that a recording was begun for, and who called."""
        mailbox, caller = None, ""
        for event in JournalReader(self.store.database).history(recording.call):
            if event.kind == "call.arrived":
                caller = str(event.data.get("caller", ""))
            elif event.kind == "recording.started" and event.data.get("recording") == recording.id:
                named = event.data.get("mailbox")
                mailbox = named if isinstance(named, str) else None
        return mailbox, caller

    async def close(self) -> None:
        """Wait for what is being left."""
        await self._tasks.drain(deadline_s=CLOSE_S)
        await asyncio.to_thread(self.store.close)

    async def _leave(self, message: MailboxMessage) -> None:
        try:
            await asyncio.to_thread(self.store.leave, message)
        except sqlite3.Error as error:
            log.error("voicemail.not_left", call=message.call, mailbox=message.mailbox, why=str(error))
            return
        self._journal.append(
            "voicemail.left",
            call=message.call,
            mailbox=message.mailbox,
            recording=message.id,
            seconds=message.seconds,
        )
        await self._tell(message.mailbox)

    async def _tell(self, mailbox: str) -> None:
        counts = await asyncio.to_thread(self.store.counts)
        self.on_change(mailbox, counts.get(mailbox, Counts(0, 0)))
