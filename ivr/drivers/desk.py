"""All drivers as one: what a session is given, and what ends with the server."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from ivr.drivers.ears import Ears
from ivr.drivers.facts import Facts
from ivr.drivers.mailboxes import MailboxDriver
from ivr.drivers.messages import MessageRecorder
from ivr.drivers.notices import Notices
from ivr.drivers.tables import Tables
from ivr.drivers.web import WebDriver
from ivr.effects import HttpRequest, LookUp, RecallFacts
from ivr.events import Reply
from telephony.calls.leg import Leg

Question = HttpRequest | LookUp | RecallFacts
"""Effects that end in a `Reply`."""


@dataclass(frozen=True, slots=True)
class Drivers:
    """One of each kind for a whole server."""

    web: WebDriver
    tables: Tables
    facts: Facts
    notices: Notices
    messages: MessageRecorder
    mailboxes: MailboxDriver
    ears: Ears

    async def ask(self, question: Question) -> Reply:
        """What came of it; every driver keeps its own deadline."""
        match question:
            case HttpRequest():
                return await self.web.ask(question)
            case LookUp():
                return await self.tables.find(question)
            case RecallFacts():
                return await self.facts.recall(question)

    def let_go(self, leg: Leg) -> None:
        """The caller is gone: what they said is kept, and nobody listens any more."""
        self.messages.leave(leg)
        self.ears.leave(leg)

    async def close(self) -> None:
        """Finish what is under way. Messages first: they need the media worker."""
        await self.messages.close()
        await self.leave()

    async def leave(self) -> None:
        """Finish all but the messages that are being spoken: their callers stay on the line."""
        await self.ears.close()
        await self.mailboxes.close()
        await self.notices.close()
        await self.web.close()
        await asyncio.to_thread(self.facts.close)
