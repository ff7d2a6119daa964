"""INFO within a call: keys that a phone presses by signalling (RFC 6086; application/dtmf-relay, application/dtmf).

Neither body has an RFC; both are what phones and gateways send: `Signal=5` and `Duration=160` on lines, or the key
alone.
"""

from __future__ import annotations

import re

from telephony.sip.address import Address
from telephony.sip.core import Core
from telephony.sip.dialog import Dialog
from telephony.sip.events import DigitSignalled
from telephony.sip.message import Request
from telephony.sip.session import Session

KEYS = frozenset("0123456789*#ABCD")
_NUMBERED = {"10": "*", "11": "#", "12": "A", "13": "B", "14": "C", "15": "D"}
_SIGNAL = re.compile(rb"^\s*signal\s*=\s*(\S{1,2})\s*$", re.I | re.M)
_DURATION = re.compile(rb"^\s*duration\s*=\s*([0-9]{1,5})\s*$", re.I | re.M)
_ACCEPT = ("Accept", "application/dtmf-relay, application/dtmf")
_USUAL_MS = 160


def read_digit(kind: str, body: bytes) -> tuple[str, int] | None:
    """The key and how long it was pressed, in milliseconds; None if the body names none."""
    duration_ms = _USUAL_MS
    if kind == "application/dtmf-relay":
        found = _SIGNAL.search(body)
        raw = found[1] if found else b""
        length = _DURATION.search(body)
        duration_ms = int(length[1]) if length else _USUAL_MS
    else:
        raw = body.strip()[:3]
    key = raw.decode("ascii", "replace").upper()
    key = _NUMBERED.get(key, key)
    return (key, duration_ms) if key in KEYS else None


class Infos:
    """INFOs that we receive."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def received(
        self, session: Session, dialog: Dialog, request: Request, source: Address, now: float
    ) -> None:
        """200 for keys and for what says nothing, 469 for packages (RFC 6086 section 4.2.2), 415 for the rest."""
        del dialog
        core = self._core
        if request.header("info-package") is not None:
            core.conclude(request, source, 469, now, [("Recv-Info", "")])
            return
        kind = (request.header("content-type") or "").partition(";")[0].strip().lower()
        if request.body and kind not in ("application/dtmf-relay", "application/dtmf"):
            core.conclude(request, source, 415, now, [_ACCEPT])
            return
        core.conclude(request, source, 200, now)
        digit = read_digit(kind, request.body) if request.body else None
        if digit is not None and not session.hang_up_wanted:
            core.emit(DigitSignalled(session.id, *digit))
