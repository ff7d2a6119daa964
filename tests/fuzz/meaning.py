"""What a message means, apart from how it is written: the same before and after it was read and written."""

from __future__ import annotations

from telephony.sip.message import Message, Request, Response
from telephony.sip.parser import parse_message

Meaning = tuple[object, ...]


def meaning_of(message: Request | Response) -> Meaning:
    """Start line, field names and values in order, body; Content-Length is said by the body."""
    if isinstance(message, Request):
        start: tuple[object, ...] = (message.method, message.uri_text)
    else:
        start = (message.status, message.reason)
    fields = [(name.strip().lower(), value) for name, value in message.fields]
    return (*start, [each for each in fields if each[0] not in ("content-length", "l")], message.body)


def rewritten(message: Request | Response) -> Request | Response:
    """Written by us from what was read, and read again."""
    fields = [(name.strip(), value) for name, value in message.fields]
    kept = [each for each in fields if each[0].lower() not in ("content-length", "l")]
    made: Message
    if isinstance(message, Request):
        made = Request(message.method, message.uri_text, kept, message.body)
    else:
        made = Response(message.status, message.reason, kept, message.body)
    return parse_message(bytes(made))
