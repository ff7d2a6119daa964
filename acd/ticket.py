"""A callback ticket: the place in line of somebody who has hung up. Plain data, so that it survives any restart.

Times are the router's monotonic seconds. `to_state` writes them as UTC (`utc_offset_s` is UTC minus monotonic), so
that they mean the same after a reboot. Every change is a new Ticket in a `TicketChanged` effect: the driver writes
it down before it tells the caller anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

import msgspec


class TicketStatus(StrEnum):
    """WAITING has its place in line, RESTING not before `not_before`; the last three are final."""

    WAITING = "waiting"
    RESTING = "resting"
    DIALLING = "dialling"
    SERVED = "served"
    GIVEN_UP = "given up"
    CANCELLED = "cancelled"


FINAL = frozenset({TicketStatus.SERVED, TicketStatus.GIVEN_UP, TicketStatus.CANCELLED})


@dataclass(frozen=True, slots=True)
class Ticket:
    """`id` is also the id of the contact that stands in line for it. `attempts` counts the caller's phone rung.

    `arrived_at` and `order` are those of the call it came from, or, of a callback at a time, that time.
    """

    id: str
    number: str
    queue: str
    arrived_at: float
    order: int
    expires_at: float
    skills: Mapping[str, int] = field(default_factory=dict)
    priority: int = 0
    status: TicketStatus = TicketStatus.WAITING
    not_before: float = 0.0
    attempts: int = 0
    note: str = ""

    def to_state(self, utc_offset_s: float) -> dict[str, object]:
        state: dict[str, object] = msgspec.to_builtins(self._shifted(utc_offset_s))
        return state

    @classmethod
    def from_state(cls, state: Mapping[str, object], utc_offset_s: float) -> Ticket:
        """ValueError (msgspec.ValidationError): not the state of a ticket."""
        return msgspec.convert(dict(state), Ticket)._shifted(-utc_offset_s)

    def _shifted(self, by_s: float) -> Ticket:
        return replace(
            self,
            arrived_at=self.arrived_at + by_s,
            expires_at=self.expires_at + by_s,
            not_before=self.not_before + by_s,
        )
