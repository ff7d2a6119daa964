"""Guests of a talk, supervisors and third parties, as plain data, and back.

Data flow: `guest_records` reads who is with a call -> the ledger, as part of the call -> `take_up_guests` puts them
back on their legs, in the next process, before the talk is joined again. Their seats are the worker's, and went on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from api.schema import SupervisionMode
from cordboard.live_call import LiveCall
from cordboard.restart.records import LegRecord, leg_record
from cordboard.supervision import Supervision, Supervisor
from cordboard.third_parties import ThirdParties, ThirdParty
from telephony.calls.leg import Leg


class GuestRecord(msgspec.Struct, omit_defaults=True):
    """A leg in a talk besides the two; with a mode it is a supervisor's. `paused` is an agent whom no queue rings."""

    name: str
    leg: LegRecord
    since: float
    mode: SupervisionMode | None = None
    paused: bool = False


def guest_records(supervision: Supervision, third_parties: ThirdParties, call_id: str) -> list[GuestRecord]:
    """Everybody who is with a call, as far as SIP knows them: a phone that was not dialled yet is not written."""
    found: list[GuestRecord] = []
    for supervisor in supervision.present(call_id):
        leg = leg_record(supervisor.leg)
        if leg is not None:
            found.append(GuestRecord(supervisor.phone, leg, supervisor.since, supervisor.mode))
    for party in third_parties.present(call_id):
        leg = leg_record(party.leg)
        if leg is not None:
            found.append(GuestRecord(party.name, leg, party.since, paused=party.paused))
    return found


def take_up_guests(
    records: Sequence[GuestRecord],
    call: LiveCall,
    supervision: Supervision,
    third_parties: ThirdParties,
    leg_of: Callable[[LegRecord], Leg | None],
) -> list[Leg]:
    """Put them back; their legs. Who has no leg any more has hung up meanwhile, and is not told of."""
    legs: list[Leg] = []
    for record in records:
        stayed = call.agent_leg is not None and call.agent_leg.id == record.leg.id
        leg = call.agent_leg if stayed else leg_of(record.leg)
        if leg is None:
            continue
        legs.append(leg)
        state: Literal["ringing", "on"] = "on" if leg.is_up else "ringing"
        if record.mode is not None:
            supervision.take_up(Supervisor(record.name, call, leg, record.mode, state, record.since))
        else:
            third_parties.take_up(ThirdParty(record.name, call, leg, record.paused, state, record.since))
    return legs
