"""What SIPp saw, dialog by dialog, from its log of messages: who was called, when it was answered, who ended it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

_ENTRY = re.compile(
    r"^-{40,} (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+)\n\w+ message (sent|received)\b.*\n\n", re.MULTILINE
)
_USER = r"sips?:([^@;>]*)@"


@dataclass
class SeenDialog:
    """Times are SIPp's clock, in seconds. `called` and `caller` are user parts, `shown` is the caller's name."""

    called: str
    caller: str
    shown: str
    invited_at: float
    answered_at: float | None = None
    ended_at: float | None = None
    hung_up_here: bool = False


def seen_dialogs(messages: str) -> list[SeenDialog]:
    """In the order in which they began, from either side; repetitions count once."""
    found: dict[str, SeenDialog] = {}
    parts = _ENTRY.split(messages)[1:]
    for at, direction, message in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        when = datetime.fromisoformat(at).timestamp()
        call = _header("Call-ID", message)
        dialog = found.get(call)
        if dialog is None:
            if message.startswith("INVITE "):
                found[call] = _begun(message, when)
        elif message.startswith("SIP/2.0 200") and _header("CSeq", message).endswith("INVITE"):
            dialog.answered_at = dialog.answered_at or when
        elif message.startswith(("BYE ", "CANCEL ")) and dialog.ended_at is None:
            dialog.ended_at, dialog.hung_up_here = when, direction == "sent"
    return list(found.values())


def _begun(message: str, when: float) -> SeenDialog:
    called, caller = re.match(rf"INVITE {_USER}", message), _header("From", message)
    who = re.search(_USER, caller)
    assert called is not None, message
    assert who is not None, message
    return SeenDialog(called[1], who[1], caller.partition("<")[0].strip().strip('"'), when)


def _header(name: str, message: str) -> str:
    found = re.search(rf"^{name}: *(.*)$", message, re.MULTILINE)
    return found[1].strip() if found else ""
