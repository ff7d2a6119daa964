"""The state of a user agent piece by piece: each session, each address of record and each subscription as a record of
its own, so that what changed can be written down without all the rest (the design's "state is data").

Every piece is a `UserAgentRecord` with one thing in it, which `UserAgent.from_state` takes like a whole one.
Registrations of ours are left out: whoever keeps them up begins them anew, and the registrar takes the same Contact for
the same binding (RFC 3261 section 10.3).
"""

from __future__ import annotations

from collections.abc import Iterable

from telephony.sip import session_state
from telephony.sip.address import Address
from telephony.sip.core import Core
from telephony.sip.events import SessionId
from telephony.sip.notifier import Notifier
from telephony.sip.noting import BINDINGS, GRUU_SECRET, SESSION, SUBSCRIPTION, Note
from telephony.sip.records import UserAgentRecord
from telephony.sip.registrar import Registrar
from telephony.sip.temporary_gruu import TemporaryGruus


class StatePieces:
    """Says what changed (`watch`), and gives it as data (`write`)."""

    def __init__(
        self, core: Core, registrar: Registrar, notifier: Notifier, temporary_gruus: TemporaryGruus
    ) -> None:
        self._core = core
        self._registrar = registrar
        self._notifier = notifier
        self._temporary_gruus = temporary_gruus

    def watch(self, note: Note) -> None:
        """Have every change told from now on: the kind and the key of the piece."""
        self._core.note = note
        self._registrar.note = lambda aor: note(BINDINGS, aor)
        note(GRUU_SECRET, "")

    def write(self, kind: str, key: str, now: float) -> bytes | None:
        """A piece as JSON, its times counted from now; None when it is over."""
        if kind == SESSION:
            session = self._core.sessions.get(SessionId(key))
            if session is None:
                return None
            return UserAgentRecord(sessions=[session_state.write(session, now)]).dump()
        if kind == BINDINGS:
            bindings = self._registrar.write_one(key, now)
            return UserAgentRecord(bindings=bindings).dump() if bindings else None
        if kind == GRUU_SECRET:
            return UserAgentRecord(gruu_secret=self._temporary_gruus.secret).dump()
        assert kind == SUBSCRIPTION
        subscription = self._notifier.write_one(key, now)
        return UserAgentRecord(subscriptions=[subscription]).dump() if subscription is not None else None

    def sessions(self) -> Iterable[SessionId]:
        """Every session that there is."""
        return tuple(self._core.sessions)

    def streams(self) -> set[Address]:
        """The connections that bindings are reached by; a new process has none of them."""
        return self._registrar.connections()
