"""What a user agent writes down: records of plain data, as JSON (the design's "state is data").

Times are seconds from the moment of writing, for a new process has a clock of its own. Passwords are not among them.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from telephony.sip.address import Address


class AnswerRecord(msgspec.Struct):
    """Our 2xx that waits for its ACK."""

    wire: bytes
    destination: Address
    number: int


class IncomingRecord(msgspec.Struct):
    """An INVITE that is not answered yet; `provisional` is the status that went out last."""

    wire: bytes
    source: Address
    provisional: int | None


class OutgoingRecord(msgspec.Struct):
    """An INVITE of ours that is not answered yet."""

    wire: bytes
    target: str
    destination: Address
    from_: str
    to: str
    call_id: str
    tag: str
    body: bytes
    fields: list[tuple[str, str]]
    attempt: int
    cancel_sent: bool
    rseqs: dict[str, int]
    early: list[dict[str, Any]]


class SessionRecord(msgspec.Struct):
    """One INVITE usage. `timer` is its interval in seconds and whether we refresh it."""

    id: str
    state: str
    contact: str
    local_body: bytes
    called_us: bool
    allows_update: bool
    offers: int
    hang_up_wanted: bool
    end_told: bool
    hang_up_reason: str | None
    user: str | None
    dialog: dict[str, Any] | None = None
    timer: tuple[int, bool] | None = None
    expires_in_s: float | None = None
    answer: AnswerRecord | None = None
    incoming: IncomingRecord | None = None
    outgoing: OutgoingRecord | None = None


class BindingRecord(msgspec.Struct):
    """One binding of the registrar."""

    aor: str
    contact: str
    flow: Address
    expires_in_s: float
    user_agent: str | None
    instance: str | None
    reg_id: int | None
    outbound: bool
    wants_gruu: bool
    call_id: str
    cseq: int


class RegistrationRecord(msgspec.Struct):
    """One registration of ours; its password comes from elsewhere when it is read back."""

    id: str
    registrar: Address
    aor: str
    user: str
    expires_s: int
    call_id: str
    tag: str
    contact: str
    seq: int
    due_in_s: float


class SubscriptionRecord(msgspec.Struct):
    """One subscriber of ours."""

    dialog: dict[str, Any]
    contact: str
    package: str
    event: str
    resource: str
    entity: str
    expires_in_s: float
    version: int


class UserAgentRecord(msgspec.Struct):
    """All of it."""

    version: int = 1
    sessions: list[SessionRecord] = []
    bindings: list[BindingRecord] = []
    registrations: list[RegistrationRecord] = []
    subscriptions: list[SubscriptionRecord] = []
    gruu_secret: bytes = b""

    def dump(self) -> bytes:
        """As JSON."""
        try:
            return msgspec.json.encode(self)
        except UnicodeEncodeError:
            # A peer's bytes that are no UTF-8 live in text as lone surrogates, which only escapes can say.
            return json.dumps(msgspec.to_builtins(self)).encode()

    @classmethod
    def load(cls, data: bytes) -> UserAgentRecord:
        """From `dump`'s JSON; raises msgspec.ValidationError, a ValueError."""
        try:
            return msgspec.json.decode(data, type=cls)
        except msgspec.ValidationError:
            raise
        except msgspec.DecodeError:
            return msgspec.convert(json.loads(data), type=cls)
