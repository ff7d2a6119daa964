"""Tells somebody something for a flow: a web address by POST, a mail address by SMTP. Nobody waits for it.

Data flow: `SendNotice` > https: or mailto: > tried a few times > `heard(sent, or why not)`. A notice outlives its
call; those under way when the server ends are given a few seconds. Mail goes through smtplib in a thread.
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Literal
from urllib.parse import unquote, urlsplit

import httpx
import structlog

from ivr.effects import SendNotice
from telephony.calls.tasks import Tasks

log = structlog.get_logger(__name__)

DEADLINE_S = 10.0
PAUSES_S = (2.0, 15.0)
"""Between one try and the next; then it is given up."""
MAX_UNDER_WAY = 500
CLOSE_S = 15.0


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The mail server to hand mails to; `security` says how the connection is encrypted."""

    host: str
    sender: str
    port: int = 587
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    security: Literal["starttls", "tls", "none"] = "starttls"


class NoticeError(Exception):
    """It cannot be sent; trying again would not help."""


Heard = Callable[[str | None], None]
"""What came of it: None, or why it was given up."""


class Notices:
    """Everything that is being told."""

    def __init__(
        self,
        mail: MailSettings | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        deliver: Callable[[MailSettings, EmailMessage], None] | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        pauses_s: Sequence[float] = PAUSES_S,
    ) -> None:
        self._mail = mail
        self._deliver = deliver or hand_over
        self._sleep = sleep
        self._pauses_s = pauses_s
        self._client = httpx.AsyncClient(transport=transport, timeout=None)
        self._tasks = Tasks("notices")
        self._under_way = 0

    def send(self, notice: SendNotice, heard: Heard) -> None:
        """Begin to tell; returns at once."""
        if self._under_way >= MAX_UNDER_WAY:
            heard(f"{MAX_UNDER_WAY} notices are under way already")
            return
        self._under_way += 1
        self._tasks.spawn(self._send(notice, heard))

    async def close(self) -> None:
        """Give what is under way a little time."""
        await self._tasks.drain(deadline_s=CLOSE_S)
        await self._client.aclose()

    async def _send(self, notice: SendNotice, heard: Heard) -> None:
        try:
            heard(await self._in_the_end(notice))
        finally:
            self._under_way -= 1

    async def _in_the_end(self, notice: SendNotice) -> str | None:
        why = ""
        for pause_s in (*self._pauses_s, None):
            try:
                async with asyncio.timeout(DEADLINE_S):
                    await self._try(notice)
            except (TimeoutError, OSError, smtplib.SMTPException, httpx.HTTPError) as error:
                why = str(error) or f"no answer within {DEADLINE_S:g} s"
            except (NoticeError, httpx.InvalidURL, ValueError) as error:
                return str(error)
            else:
                return None
            log.warning("notice.failed", to=_place(notice.address), why=why, again_in_s=pause_s)
            if pause_s is not None:
                await self._sleep(pause_s)
        return why

    async def _try(self, notice: SendNotice) -> None:
        scheme = urlsplit(notice.address).scheme.lower()
        if scheme in ("https", "http"):
            await self._post(notice)
        elif scheme == "mailto":
            if self._mail is None:
                raise NoticeError("there is no mail server: give one under `mail:` in cordboard.yaml")
            await asyncio.to_thread(self._deliver, self._mail, mail_of(notice, self._mail.sender))
        else:
            raise NoticeError("an address begins with https:, http: or mailto:")

    async def _post(self, notice: SendNotice) -> None:
        body = notice.json if notice.json is not None else {"subject": notice.subject, "text": notice.text}
        response = await self._client.post(notice.address, json=body)
        if 400 <= response.status_code < 500 and response.status_code not in (408, 425, 429):
            raise NoticeError(f"status {response.status_code}")  # it will not like it better later
        if not response.is_success:
            raise httpx.HTTPError(f"status {response.status_code}")


def mail_of(notice: SendNotice, sender: str) -> EmailMessage:
    """The mail (RFC 6068 for the address); NoticeError: it names nobody, or is no address."""
    recipients = [unquote(part) for part in urlsplit(notice.address).path.split(",") if part]
    mail = EmailMessage()
    try:
        mail["From"] = sender
        mail["To"] = ", ".join(recipients)
        # A caller's words may be in it: whatever ends a line would begin another header.
        mail["Subject"] = " ".join((notice.subject or "A call").split())
    except (ValueError, IndexError) as error:
        raise NoticeError(f"{notice.address} is no mail address") from error
    if not recipients or any(
        "@" not in address.addr_spec or not address.domain for address in mail["To"].addresses
    ):
        raise NoticeError(f"{notice.address} is no mail address")
    mail.set_content(notice.text or "")
    return mail


def hand_over(settings: MailSettings, mail: EmailMessage) -> None:
    """Give a mail to the mail server; blocks. Raises OSError or smtplib.SMTPException."""
    context = ssl.create_default_context()
    if settings.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.host, settings.port, timeout=DEADLINE_S, context=context
        )
    else:
        server = smtplib.SMTP(settings.host, settings.port, timeout=DEADLINE_S)
    with server:
        if settings.security == "starttls":
            server.starttls(context=context)
        if settings.user is not None:
            server.login(settings.user, settings.password or "")
        server.send_message(mail)


def _place(address: str) -> str:
    """Where, without what else an address may carry (a token, a person)."""
    parts = urlsplit(address)
    return f"{parts.scheme}:{parts.hostname or ''}"
