"""Live calls, offers and legs as plain data, and back: what a new process must know of them.

Sessions, runs and the router are written by their own rooms. Times are monotonic seconds of this machine, which go on
from one process to the next. A leg's ways out that were not tried yet are not written: a call that was being dialled by
trunk fails with the trunk that it is on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from cordboard.connections import Connection
from cordboard.live_call import CallState, LiveCall, LiveOffer
from ivr.effects import DialOut, Party, TransferCaller
from recordings.store import RecordingFacts
from telephony.calls.leg import DigitWay, Leg, LegState
from telephony.media.messages import RemoteMedia
from telephony.sip.events import SessionId
from telephony.sip.identity import CallerIdentity


class LegRecord(msgspec.Struct, omit_defaults=True):
    """A leg with a session. What is not here is made anew or was not agreed on yet."""

    id: str
    session: str
    state: str
    created_at: float
    peer: str
    peer_host: str
    dialled: str = ""
    offer: bytes | None = None
    answered_at: float | None = None
    has_media: bool = False
    local_description: bytes = b""
    remote: RemoteMedia | None = None
    is_secure: bool = False
    trunk: str | None = None
    call_ids: list[str] = []
    held: bool = False
    held_by_peer: bool = False
    digits_by: str | None = None
    caller: CallerIdentity | None = None


class RecordingRecord(msgspec.Struct):
    """A recording that runs: where its spool is, and what its file is to say."""

    id: str
    spool: str
    queue: str | None
    agent: str | None
    started: datetime
    kind: str


class CallRecord(msgspec.Struct, omit_defaults=True):
    """A caller's call. Its agent's leg is that of an offer."""

    id: str
    caller: str
    called: str
    flow: str
    leg: LegRecord | None
    since: float
    state: str
    step: str | None = None
    queue: str | None = None
    queued_at: float | None = None
    own_waiting: bool = False
    agent: str | None = None
    agent_leg: str | None = None
    callback: bool = False
    served_queue: str | None = None
    served_by: str | None = None
    recording: RecordingRecord | None = None
    language: str = ""


class OfferRecord(msgspec.Struct):
    """An agent's phone that rings or talks for a call."""

    id: str
    call: str
    agent: str
    leg: LegRecord


class PartyRecord(msgspec.Struct, omit_defaults=True):
    """Whom a flow called, as long as they talk: the order, and their leg. `paused` is the agent who is back afterwards.

    While they only ring there is none: the flow's step begins anew."""

    request_id: str
    transfer: bool
    leg: LegRecord
    began: float
    number: str | None = None
    agent: str | None = None
    trunk: str | None = None
    attended: bool = False
    timeout_s: float = 0.0
    longest_s: float = 0.0
    paused: str | None = None


def leg_record(leg: Leg) -> LegRecord | None:
    """None for a leg that SIP knows nothing of: it is over, or its INVITE is not out yet."""
    if leg.session is None or leg.is_over:
        return None
    return LegRecord(
        leg.id,
        leg.session,
        leg.state.value,
        leg.created_at,
        leg.peer,
        leg.peer_host,
        leg.dialled,
        leg.offer if leg.state is not LegState.UP else None,
        leg.answered_at,
        leg.has_media,
        leg.local_description,
        leg.remote,
        leg.is_secure,
        leg.trunk,
        leg.call_ids,
        leg.held,
        leg.held_by_peer,
        leg.digits_by.value if leg.digits_by is not None else None,
        leg.caller,
    )


def leg_of(record: LegRecord) -> Leg:
    """The leg, listened to by nobody yet."""
    return Leg(
        id=record.id,
        session=SessionId(record.session),
        state=LegState(record.state),
        created_at=record.created_at,
        peer=record.peer,
        peer_host=record.peer_host,
        dialled=record.dialled,
        offer=record.offer,
        answered_at=record.answered_at,
        has_media=record.has_media,
        local_description=record.local_description,
        remote=record.remote,
        is_secure=record.is_secure,
        trunk=record.trunk,
        call_ids=record.call_ids,
        held=record.held,
        held_by_peer=record.held_by_peer,
        digits_by=DigitWay(record.digits_by) if record.digits_by is not None else None,
        caller=record.caller,
    )


def call_record(call: LiveCall, running: Mapping[str, tuple[Path, RecordingFacts]]) -> CallRecord:
    """A call as it is; `running` are the recordings under way."""
    recording = None
    if call.recording_id is not None and call.recording_id in running:
        spool, facts = running[call.recording_id]
        recording = RecordingRecord(
            call.recording_id, str(spool), facts.queue, facts.agent, facts.started, facts.kind
        )
    return CallRecord(
        call.id,
        call.caller,
        call.called,
        call.flow,
        leg_record(call.leg),
        call.since,
        call.state.value,
        call.step,
        call.queue,
        call.queued_at,
        call.own_waiting,
        call.agent,
        call.agent_leg.id if call.agent_leg is not None else None,
        call.callback,
        call.served_queue,
        call.served_by,
        recording,
        call.language,
    )


def call_of(record: CallRecord, leg: Leg) -> LiveCall:
    """The call on its leg, without session, agent's leg and recording."""
    return LiveCall(
        record.id,
        record.caller,
        record.called,
        record.flow,
        leg,
        record.since,
        CallState(record.state),
        step=record.step,
        queue=record.queue,
        queued_at=record.queued_at,
        own_waiting=record.own_waiting,
        agent=record.agent,
        callback=record.callback,
        language=record.language,
        served_queue=record.served_queue,
        served_by=record.served_by,
    )


def offer_record(offer: LiveOffer) -> OfferRecord | None:
    """None as long as its phone has not been dialled."""
    leg = leg_record(offer.leg)
    return OfferRecord(offer.id, offer.call.id, offer.agent, leg) if leg is not None else None


def party_record(connection: Connection | None) -> PartyRecord | None:
    """None unless they talk."""
    if connection is None or not connection.talking or connection.leg is None:
        return None
    leg, order = leg_record(connection.leg), connection.order
    if leg is None:
        return None
    record = PartyRecord(
        order.request_id,
        isinstance(order, TransferCaller),
        leg,
        connection.began,
        order.party.number,
        order.party.agent,
        order.party.trunk,
        timeout_s=order.timeout_s,
        paused=connection.paused,
    )
    if isinstance(order, TransferCaller):
        record.attended = order.attended
    else:
        record.longest_s = order.longest_s
    return record


def connection_of(record: PartyRecord, call: LiveCall) -> Connection:
    """The connection, without its leg."""
    party = Party(record.number, record.agent, record.trunk)
    order: DialOut | TransferCaller
    if record.transfer:
        order = TransferCaller(record.request_id, party, record.attended, record.timeout_s)
    else:
        order = DialOut(record.request_id, party, record.timeout_s, record.longest_s)
    return Connection(order, call, record.began, paused=record.paused)
