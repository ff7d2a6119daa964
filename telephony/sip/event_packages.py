"""What subscribers are told: the state of dialogs (RFC 4235) and messages waiting (RFC 3842), as documents.

Values in, bytes out. Which of it is true is the application's; who hears it is the `notifier`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias
from xml.sax.saxutils import escape, quoteattr

DialogStatus: TypeAlias = Literal["trying", "proceeding", "early", "confirmed", "terminated"]


@dataclass(frozen=True, slots=True)
class WatchedDialog:
    """One call of the watched party: RFC 4235 section 4.1. `remote` is a URI, if it may be told."""

    id: str
    status: DialogStatus
    direction: Literal["initiator", "recipient"]
    remote: str | None = None


@dataclass(frozen=True, slots=True)
class DialogInfo:
    """All calls of a party; an empty tuple says that it is idle."""

    dialogs: tuple[WatchedDialog, ...] = ()

    PACKAGE: ClassVar[str] = "dialog"
    CONTENT_TYPE: ClassVar[str] = "application/dialog-info+xml"

    def document(self, entity: str, version: int) -> bytes:
        """RFC 4235 section 4.1: the full state."""
        lines = [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="{version}" state="full" '
            f"entity={quoteattr(entity)}>",
        ]
        for each in self.dialogs:
            lines.append(f'<dialog id={quoteattr(each.id)} direction="{each.direction}">')
            lines.append(f"<state>{each.status}</state>")
            if each.remote is not None:
                lines.append(f"<remote><identity>{escape(each.remote)}</identity></remote>")
            lines.append("</dialog>")
        lines.append("</dialog-info>\n")
        return "\n".join(lines).encode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class MessageSummary:
    """Voice messages of a mailbox."""

    new: int = 0
    old: int = 0

    PACKAGE: ClassVar[str] = "message-summary"
    CONTENT_TYPE: ClassVar[str] = "application/simple-message-summary"

    def document(self, entity: str, version: int) -> bytes:
        """RFC 3842 section 5.2."""
        del version
        waiting = "yes" if self.new else "no"
        text = (
            f"Messages-Waiting: {waiting}\r\nMessage-Account: {entity}\r\n"
            f"Voice-Message: {self.new}/{self.old}\r\n"
        )
        return text.encode("utf-8", "replace")


Published: TypeAlias = DialogInfo | MessageSummary
PACKAGES: dict[str, type[DialogInfo] | type[MessageSummary]] = {
    each.PACKAGE: each for each in (DialogInfo, MessageSummary)
}
ALLOW_EVENTS = ("Allow-Events", ", ".join([*PACKAGES, "refer"]))
