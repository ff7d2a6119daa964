"""What changes in calls, for the ledger: each call with its offers, and the run of its flow.

A call is looked at when its run has moved, when the router heard or said something about it, and when a session of one
of its legs changed: whatever is worth writing down comes with one of these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from cordboard.live_call import LiveCall, LiveOffer
from cordboard.restart.kept_guests import GuestRecord
from cordboard.restart.ledger import States
from cordboard.restart.marks import Marks
from cordboard.restart.records import (
    CallRecord,
    OfferRecord,
    PartyRecord,
    call_record,
    offer_record,
    party_record,
)
from ivr.session import Session
from recordings.store import RecordingFacts

CALL, RUN = "call", "run"


class KeptCall(msgspec.Struct):
    """A call and the phones that ring or talk for it."""

    call: CallRecord
    offers: list[OfferRecord]
    party: PartyRecord | None = None
    guests: list[GuestRecord] = []


class KeptCalls:
    """Calls that changed."""

    def __init__(self, stir: Callable[[], None]) -> None:
        self._stir = stir
        self._marks: Marks[str] = Marks()
        self._calls: Mapping[str, LiveCall] = {}
        self._offers: Mapping[str, LiveOffer] = {}
        self._recordings: Mapping[str, tuple[Path, RecordingFacts]] = {}
        self._guests: Callable[[str], list[GuestRecord]] = lambda _call: []
        self._call_of_session: dict[str, str] = {}
        self._sessions: dict[str, set[str]] = {}

    def attach(
        self,
        calls: Mapping[str, LiveCall],
        offers: Mapping[str, LiveOffer],
        recordings: Mapping[str, tuple[Path, RecordingFacts]],
        guests: Callable[[str], list[GuestRecord]],
    ) -> None:
        """Say where calls, offers, running recordings and the guests of a call are; before the first of them."""
        self._calls, self._offers, self._recordings, self._guests = calls, offers, recordings, guests

    # --- who says that something changed ------------------------------------------------------------------------

    def moved(self, session: Session) -> None:
        """The flow stands elsewhere, or knows something new."""
        self.changed_call(session.call_id)

    def ended(self, call_id: str) -> None:
        """The flow is over, and the call with it."""
        self.changed_call(call_id)

    def changed_call(self, call_id: str) -> None:
        """Something about a call, or about whatever else has this id, has changed."""
        self._marks.add(call_id)
        self._stir()

    def changed_session(self, session: str) -> None:
        """A SIP session of somebody's is another now."""
        call_id = self._call_of_session.get(session)
        if call_id is not None:
            self._marks.add(call_id)

    # --- for the ledger -----------------------------------------------------------------------------------------

    @property
    def is_stirred(self) -> bool:
        return bool(self._marks)

    def known(self, ids: set[str]) -> None:
        """These are on the disk, written by a process before this one."""
        for id_ in ids:
            prefix, _, call_id = id_.partition("/")
            if prefix in (CALL, RUN):
                self._marks.written.add(call_id)
                self._marks.add(call_id)

    def changed(self, now: float, *, everything: bool) -> States:
        del now
        due = self._marks.take(everything=everything)
        states: dict[str, bytes | None] = {}
        offers = self._offers_by_call() if due else {}
        for call_id in due:
            call = self._calls.get(call_id)
            if call is not None and (call.session is not None or call.leg.is_up):
                self._write(call, offers.get(call_id, []), states)
            elif call_id in self._marks.written:
                self._marks.written.discard(call_id)
                states[f"{CALL}/{call_id}"] = states[f"{RUN}/{call_id}"] = None
                self._own(call_id, set())
        return states

    def _write(self, call: LiveCall, offers: list[OfferRecord], states: dict[str, bytes | None]) -> None:
        record, party = call_record(call, self._recordings), party_record(call.connection)
        guests = self._guests(call.id)
        states[f"{CALL}/{call.id}"] = msgspec.msgpack.encode(KeptCall(record, offers, party, guests))
        if call.session is not None:
            states[f"{RUN}/{call.id}"] = call.session.runner.run.dump()
        self._marks.written.add(call.id)
        others = [offer.leg for offer in offers] + [guest.leg for guest in guests]
        others += [party.leg] if party is not None else []
        legs = [each for each in (record.leg, *others) if each is not None]
        self._own(call.id, {leg.session for leg in legs})

    def _own(self, call_id: str, sessions: set[str]) -> None:
        """These are the call's sessions now, and no others."""
        for session in self._sessions.pop(call_id, set()) - sessions:
            self._call_of_session.pop(session, None)
        if sessions:
            self._sessions[call_id] = sessions
            self._call_of_session.update(dict.fromkeys(sessions, call_id))

    def _offers_by_call(self) -> dict[str, list[OfferRecord]]:
        found: dict[str, list[OfferRecord]] = {}
        for offer in self._offers.values():
            record = offer_record(offer)
            if record is not None:
                found.setdefault(offer.call.id, []).append(record)
        return found
