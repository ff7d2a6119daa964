"""Why a request was sent: the Reason header in both directions (RFC 3326)."""

from __future__ import annotations

from dataclasses import dataclass

from telephony.sip.errors import RemoteProtocolError
from telephony.sip.grammar import parse_parameters, quote, split_list, unquote

COMPLETED_ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"'
"""What keeps a call that another phone took out of the list of missed calls (RFC 3326 section 2)."""


@dataclass(frozen=True, slots=True)
class Reason:
    """`reason-value = protocol *(SEMI reason-params)`; `cause` is a SIP status or a Q.850 number."""

    protocol: str
    cause: int | None = None
    text: str | None = None

    def __str__(self) -> str:
        cause = f";cause={self.cause}" if self.cause is not None else ""
        text = f";text={quote(self.text)}" if self.text is not None else ""
        return f"{self.protocol}{cause}{text}"


def parse_reasons(value: str | None) -> list[Reason]:
    """All reasons of a field; what cannot be read is left out: nobody's call may depend on it."""
    found: list[Reason] = []
    try:
        for element in split_list(value or ""):
            protocol, semicolon, rest = element.partition(";")
            parameters = parse_parameters(semicolon + rest) if semicolon else {}
            cause, text = parameters.get("cause"), parameters.get("text")
            known = cause is not None and cause.isascii() and cause.isdigit() and len(cause) < 5
            number = int(cause) if known and cause is not None else None
            if protocol.strip():
                found.append(Reason(protocol.strip(), number, unquote(text) if text else None))
    except RemoteProtocolError:
        return found
    return found


def reason_fields(reason: str | None) -> list[tuple[str, str]]:
    """RFC 3326: a whole Reason value as it is; a mere text becomes SIP's."""
    if not reason:
        return []
    return [("Reason", reason if ";" in reason else f"SIP;text={quote(reason)}")]
