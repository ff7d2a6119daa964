"""A wheel of periodic work: members are spread over the slots of a period, each is served once a turn.

Pacing 1,000 prompts must not send 1,000 packets at once every 20 ms: a member goes to the least filled slot,
so that packets leave evenly. The wheel reads no clock; the loop asks it what is due.
"""

from collections.abc import Iterator
from math import inf
from typing import Generic, TypeVar

Member = TypeVar("Member")


class Wheel(Generic[Member]):
    """`slots` slots that turn once in `period_s`."""

    __slots__ = (
        "_next_at",
        "_place",
        "_position",
        "_slots",
        "late",
        "latest_s",
        "period_s",
        "skipped",
        "tick_s",
    )

    def __init__(self, period_s: float, slots: int) -> None:
        self.period_s = period_s
        self.tick_s = period_s / slots
        self.late = 0
        """Ticks served more than `LATE_S` after their time."""
        self.latest_s = 0.0
        self.skipped = 0
        """Ticks given up because the process was stopped for longer than `GIVE_UP_S`."""
        self._slots: list[list[Member]] = [[] for _ in range(slots)]
        self._place: dict[Member, int] = {}
        self._position = 0
        self._next_at = inf

    LATE_S = 0.003
    GIVE_UP_S = 0.2

    def __len__(self) -> int:
        return len(self._place)

    def __contains__(self, member: Member) -> bool:
        return member in self._place

    def add(self, member: Member, now: float) -> None:
        """Serve the member once a period from now on; a member that is already there stays where it is."""
        if member in self._place:
            return
        if not self._place:
            self._next_at = now
        slot = self._emptiest()
        self._slots[slot].append(member)
        self._place[member] = slot

    def discard(self, member: Member) -> None:
        """Serve the member no more; one that is not there is no mistake."""
        slot = self._place.pop(member, None)
        if slot is not None:
            self._slots[slot].remove(member)
        if not self._place:
            self._next_at = inf

    def members(self) -> tuple[Member, ...]:
        return tuple(self._place)

    def next_at(self) -> float:
        """When the next tick is due; infinity for an empty wheel."""
        return self._next_at

    def due(self, now: float) -> Iterator[Member]:
        """Every member whose slot has come, tick by tick; members may be added and discarded meanwhile."""
        for slot in self.due_slots(now):
            yield from slot

    def due_slots(self, now: float) -> Iterator[tuple[Member, ...]]:
        """The same by slot: for work that is done best on many at once."""
        if now - self._next_at > self.GIVE_UP_S:
            self._give_up(now)
        while self._next_at <= now:
            behind = now - self._next_at
            self.latest_s = max(self.latest_s, behind)
            if behind > self.LATE_S:
                self.late += 1
            slot = self._slots[self._position]
            self._position = (self._position + 1) % len(self._slots)
            self._next_at += self.tick_s
            if slot:
                yield tuple(slot)

    def _emptiest(self) -> int:
        """The slot with the fewest members; among equals the one that comes next."""
        count = len(self._slots)
        return min(
            range(count),
            key=lambda slot: (len(self._slots[slot]), (slot - self._position) % count),
        )

    def _give_up(self, now: float) -> None:
        """Do not send what should have been sent while the process was stopped."""
        ticks = int((now - self._next_at) / self.tick_s)
        self.skipped += ticks
        self.late += ticks
        self.latest_s = max(self.latest_s, now - self._next_at)
        self._next_at += ticks * self.tick_s
        self._position = (self._position + ticks) % len(self._slots)
