"""Mailboxes over the API."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from api.schema import View

Mark = Literal["heard", "new"]


class MailboxView(View):
    """How many messages lie there."""

    mailbox: str
    new: int
    old: int


class MailboxList(View):
    """Those that have messages."""

    mailboxes: tuple[MailboxView, ...]


class MessageView(View):
    """A message; new while `heard_at` is null. `path` is on the server, null while the file is being made."""

    id: str
    mailbox: str
    call: str
    caller: str
    left_at: datetime
    seconds: float
    heard_at: datetime | None
    path: str | None


class MessageList(View):
    """The newest first."""

    messages: tuple[MessageView, ...]


class MarkOrder(BaseModel):
    """Nothing to say beside what the path says."""

    model_config = ConfigDict(extra="forbid", frozen=True)
