"""The mailboxes as the API shows them. Serves `api.voicemail_routes.VoicemailSystem`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from api.voicemail_schema import MailboxView, MessageView
from ivr.drivers.mailboxes import MailboxDriver
from recordings import mailboxes
from recordings.mailboxes import MailboxMessage


class MailboxViews:
    """One server's."""

    def __init__(self, driver: MailboxDriver) -> None:
        self._driver = driver

    async def mailboxes(self) -> Sequence[MailboxView]:
        """Those that have messages, by name."""
        counts = await asyncio.to_thread(self._driver.store.counts)
        return [MailboxView(mailbox=m, new=c.new, old=c.old) for m, c in sorted(counts.items())]

    async def messages(self, mailbox: str, *, new: bool, limit: int) -> Sequence[MessageView]:
        """What lies in one."""
        database = self._driver.store.database
        found = await asyncio.to_thread(mailboxes.messages, database, mailbox, new=new, limit=limit)
        return [_view(message) for message in found]

    async def mark_message(self, message_id: str, *, heard: bool) -> MessageView | None:
        """Heard, or new again."""
        message = await self._driver.mark(message_id, heard=heard)
        return None if message is None else _view(message)

    async def remove_message(self, message_id: str) -> bool:
        """Take it out."""
        return await self._driver.remove(message_id) is not None


def _view(message: MailboxMessage) -> MessageView:
    return MessageView(
        id=message.id,
        mailbox=message.mailbox,
        call=message.call,
        caller=message.caller,
        left_at=message.left_at,
        seconds=message.seconds,
        heard_at=message.heard_at,
        path=None if message.path is None else str(message.path),
    )
