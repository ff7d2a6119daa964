"""Conferences: who hears whom, mixed for all conferences of a worker together, once in 20 ms.

    join(...)    a leg takes a seat; again with other roles: it moves within its conference (listen > whisper > barge)
    leave(leg)   the last one to leave ends the conference
    part(a, b)   both leave, to talk on by themselves: what one has said goes to the other at once
    tick(now)    take 20 ms from every seat, mix, send to every seat

One table of samples, a row a seat. Most seats hear everybody who may be heard by everybody: for them one sum a
conference is made, and each listener's own row taken off again. Only pairs that roles make special (whisper,
hold) are added one by one. All of it is numpy over all rows; nothing in Python runs a sample, and little a seat.

A playlist on a leg in a conference is an announcement to that leg alone, added to what it hears.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from telephony.media.g711 import ULAW_TO_ALAW, ULAW_TO_LINEAR, linear_to_ulaw
from telephony.media.leg import Leg
from telephony.media.messages import PlaybackFinished
from telephony.media.seam import sew_in, waits
from telephony.media.seat import FRAME, SILENCE, Seat

PERIOD_S = 0.02
GIVE_UP_S = 0.2
Rows = NDArray[np.intp]
Mixed = NDArray[np.int32]
_SILENT_FRAME = SILENCE * FRAME


@dataclass(frozen=True, slots=True)
class Plan:
    """Who hears whom, as rows of the table."""

    open_speakers: Rows
    """Heard by everybody who hears everybody; conference after conference."""
    starts: Rows
    """Where in `open_speakers` a conference begins."""
    sum_of: Rows
    """For each seat its conference's sum; the row behind the last sum is silence."""
    own: Rows
    """Seats whose own row is in the sum that they hear."""
    pair_from: Rows
    pair_to: Rows
    """Special pairs, sorted by who hears."""
    pair_starts: Rows
    """Where in the pairs another listener begins."""

    def mix(self, heard: NDArray[np.int16]) -> NDArray[np.int16]:
        """What each seat hears, clipped to 16 bits."""
        sums: Mixed = np.zeros((len(self.starts) + 1, heard.shape[1]), dtype=np.int32)
        if len(self.starts):
            said = heard[self.open_speakers].astype(np.int32)
            sums[:-1] = np.add.reduceat(said, self.starts, axis=0)
        mixed: Mixed = sums[self.sum_of]
        mixed[self.own] -= heard[self.own]
        if len(self.pair_starts):
            special = heard[self.pair_from].astype(np.int32)
            mixed[self.pair_to[self.pair_starts]] += np.add.reduceat(special, self.pair_starts, axis=0)
        return np.clip(mixed, -32768, 32767).astype(np.int16)


def plan(conferences: Iterable[list[Seat]]) -> Plan:
    """Rows are seats in the order given."""
    open_speakers: list[int] = []
    starts: list[int] = []
    sum_of: list[int] = []
    own: list[int] = []
    pairs: list[tuple[int, int]] = []
    first = 0
    for seats in conferences:
        rows = range(first, first + len(seats))
        heard_by_all = [row for row, seat in zip(rows, seats, strict=True) if seat.heard_by is None]
        special = [(row, seat) for row, seat in zip(rows, seats, strict=True) if seat.heard_by is not None]
        if heard_by_all:
            starts.append(len(open_speakers))
            open_speakers += heard_by_all
        for row, seat in zip(rows, seats, strict=True):
            hears_sum = seat.hears is None and bool(heard_by_all)
            sum_of.append(len(starts) - 1 if hears_sum else -1)
            if hears_sum and seat.heard_by is None:
                own.append(row)
            others = special if hears_sum else list(zip(rows, seats, strict=True))
            pairs += [(row, other_row) for other_row, other in others if seat.can_hear(other)]
        first += len(seats)
    listeners = [to for to, _ in pairs]
    pair_starts = [at for at, to in enumerate(listeners) if at == 0 or listeners[at - 1] != to]
    return Plan(
        open_speakers=_rows(open_speakers),
        starts=_rows(starts),
        sum_of=_rows(sum_of),
        own=_rows(own),
        pair_from=_rows(row for _, row in pairs),
        pair_to=_rows(listeners),
        pair_starts=_rows(pair_starts),
    )


def _rows(rows: Iterable[int]) -> Rows:
    return np.array(list(rows), dtype=np.intp)


class Mixer:
    """All conferences of a worker."""

    def __init__(self) -> None:
        self._conferences: dict[str, list[Seat]] = {}
        self._plan: Plan | None = None
        self._next_at = inf

    def __len__(self) -> int:
        return len(self._conferences)

    def join(
        self,
        leg: Leg,
        conference_id: str,
        role: str,
        hears: frozenset[str] | None,
        heard_by: frozenset[str] | None,
        now: float,
    ) -> None:
        """A seat, or other roles for one that is there already; nothing of its audio is lost by that."""
        seat = leg.seat
        if seat is not None and seat.conference_id == conference_id:
            seat.role, seat.hears, seat.heard_by = role, hears, heard_by
        else:
            self.leave(leg, now)
            seat = Seat(leg, conference_id, role, hears, heard_by)
            if not self._conferences:
                self._next_at = now + PERIOD_S
            self._conferences.setdefault(conference_id, []).append(seat)
            leg.sit(seat, now)
            sew_in(seat, now)
        self._plan = None

    def part(self, one: Leg, other: Leg, now: float) -> bool:
        """Whether they were in one conference."""
        mine, theirs = one.seat, other.seat
        together = mine is not None and theirs is not None and mine.conference_id == theirs.conference_id
        if mine is not None and theirs is not None and together:
            for speaker, listener in ((mine, theirs), (theirs, mine)):
                if listener.can_hear(speaker):
                    for frame in speaker.rest():
                        _send(listener, frame, now)
        self.leave(one, now)
        self.leave(other, now)
        return together

    def leave(self, leg: Leg, now: float) -> None:
        """A leg that has no seat is no mistake."""
        seat = leg.seat
        if seat is None:
            return
        seats = self._conferences[seat.conference_id]
        seats.remove(seat)
        leg.sit(None, now)
        if not seats:
            del self._conferences[seat.conference_id]
        if not self._conferences:
            self._next_at = inf
        self._plan = None

    def next_at(self) -> float:
        return self._next_at

    def tick(self, now: float) -> None:
        """Every 20 ms that are over by now; a process that was stopped does not send what is long past."""
        if now - self._next_at > GIVE_UP_S:
            self._next_at = now
        while self._next_at <= now:
            self._next_at += PERIOD_S
            self._mix(now)

    def _mix(self, now: float) -> None:
        seats = [seat for seats in self._conferences.values() for seat in seats]
        if self._plan is None:
            self._plan = plan(self._conferences.values())
        frames = [seat.take() for seat in seats]
        codes = b"".join([frame or _SILENT_FRAME for frame in frames])
        mixed = self._plan.mix(_samples(codes).reshape(len(seats), FRAME))
        finished = _announce(seats, mixed)
        said = linear_to_ulaw(mixed.reshape(-1))
        waiting = self._waiting(seats, frames)
        for row, seat in enumerate(seats):
            if seat in waiting:
                continue
            _send(seat, said[row * FRAME : (row + 1) * FRAME], now)
        for leg, event in finished:
            leg.stop_playback()
            leg.host.emit(event)

    def _waiting(self, seats: list[Seat], frames: list[bytes | None]) -> set[Seat]:
        """Who is sent nothing in these 20 ms; hardly ever anybody."""
        if not any(seat.patience for seat in seats):
            return set()
        speaking = {seat for seat, frame in zip(seats, frames, strict=True) if frame is not None}
        return {seat for seat in seats if waits(seat, self._conferences[seat.conference_id], speaking)}


def _announce(seats: list[Seat], mixed: NDArray[np.int16]) -> list[tuple[Leg, PlaybackFinished]]:
    """Add the next frame of each playlist to what its leg hears; which are over."""
    finished = []
    for row, seat in enumerate(seats):
        playlist = seat.leg.playlist
        if playlist is None or playlist.paused:
            continue
        frame = playlist.next_frame(FRAME)
        if frame is None:
            finished.append((seat.leg, PlaybackFinished(seat.leg.leg_id, playlist.play_id)))
            continue
        louder = mixed[row].astype(np.int32) + _samples(frame)
        mixed[row] = np.clip(louder, -32768, 32767)
    return finished


def _samples(codes: bytes) -> NDArray[np.int16]:
    return ULAW_TO_LINEAR[np.frombuffer(codes, dtype=np.uint8)]


def _send(seat: Seat, frame: bytes, now: float) -> None:
    """In packets of the leg's own packet time."""
    leg = seat.leg
    if leg.send is None or leg.digits.sending:
        seat.out.clear()
        return
    if leg.codec_number:
        frame = frame.translate(ULAW_TO_ALAW)
    outgoing = leg.outgoing
    units = outgoing.units
    if units == FRAME and not seat.out:
        leg.transmit(outgoing.next_local(now), frame)
        return
    seat.out += frame
    while len(seat.out) >= units:
        leg.transmit(outgoing.next_local(now), bytes(seat.out[:units]))
        del seat.out[:units]
