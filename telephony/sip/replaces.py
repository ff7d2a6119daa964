"""Replaces: one call that takes another one's place (RFC 3891), in INVITEs and in Refer-To."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote

from telephony.sip.dialog import Dialog
from telephony.sip.errors import RemoteProtocolError
from telephony.sip.grammar import parse_parameters


@dataclass(frozen=True, slots=True)
class Replaces:
    """`Replaces = callid *(SEMI replaces-param)`; the tags are the receiver's view (section 3)."""

    call_id: str
    to_tag: str
    from_tag: str
    early_only: bool = False

    @classmethod
    def parse(cls, value: str) -> Replaces:
        """Section 6.1: exactly one to-tag and one from-tag."""
        call_id, semicolon, rest = value.partition(";")
        parameters = parse_parameters(semicolon + rest) if semicolon else {}
        to_tag, from_tag = parameters.get("to-tag"), parameters.get("from-tag")
        if not call_id.strip() or not to_tag or not from_tag:
            raise RemoteProtocolError(f"Replaces: cannot read {value[:80]!r}")
        return cls(call_id.strip(), to_tag, from_tag, "early-only" in parameters)

    @classmethod
    def of(cls, dialog: Dialog) -> Replaces:
        """What the far end of a dialog of ours knows it by."""
        return cls(dialog.call_id, dialog.remote_tag, dialog.local_tag)

    def __str__(self) -> str:
        early = ";early-only" if self.early_only else ""
        return f"{self.call_id};to-tag={self.to_tag};from-tag={self.from_tag}{early}"


def in_uri(headers: str | None) -> Replaces | None:
    """The Replaces among the headers of a Refer-To URI (section 4)."""
    for part in (headers or "").split("&"):
        name, _, value = part.partition("=")
        if name.lower() == "replaces":
            return Replaces.parse(unquote(value, errors="surrogateescape"))
    return None


def as_uri_headers(replaces: Replaces) -> str:
    """The other way round."""
    return f"Replaces={quote(str(replaces), safe='')}"
