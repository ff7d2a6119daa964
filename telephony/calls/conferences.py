"""Conferences: more than two legs in one talk, and who of them hears whom.

Data flow: who arranges a talk -> `seat(conference, leg, seating)` for every leg, again as seatings change -> the
media worker, which mixes. Owns nothing: that a leg sits somewhere is the worker's knowledge. All legs of a conference
must be in one worker: dial and answer them `near` one another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from telephony.calls.leg import Leg
from telephony.media.engine import MediaEngine

Roles = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seating:
    """A role, and the roles that it hears and is heard by; None is everybody, nobody is heard against either's will."""

    role: str
    hears: Roles | None = None
    heard_by: Roles | None = None

    def on_hold(self) -> Seating:
        """The same role, out of the talk for a while."""
        return Seating(self.role, hears=(), heard_by=())


class Conferences:
    """Seats of all legs."""

    def __init__(self, media: MediaEngine) -> None:
        self._media = media

    def seat(self, conference_id: str, leg: Leg, seating: Seating) -> None:
        """A seat in that conference, or another seating there; a bridge or a playback of the leg ends."""
        if leg.is_up:
            self._media.join_conference(
                conference_id, leg.id, seating.role, hears=seating.hears, heard_by=seating.heard_by
            )

    def leave(self, leg: Leg) -> None:
        """Silence to and from the others; the leg stays up."""
        if leg.is_up:
            self._media.leave_conference(leg.id)

    def part(self, leg: Leg) -> None:
        """End the bridge of a leg; it and the other one stay up."""
        if leg.is_up:
            self._media.unbridge(leg.id)

    def announce(self, leg: Leg, play_id: str, files: Sequence[Path]) -> None:
        """Play prepared files to this leg alone, while its talk goes on for the others."""
        if leg.is_up:
            self._media.announce(leg.id, play_id, files)
