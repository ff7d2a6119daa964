"""Conferences: who hears whom, mixed for all conferences of a worker together, once in 20 ms.

    join(...)          a leg takes a seat; again with other roles: it moves within its conference (listen > barge)
    leave(leg)         the last one to leave ends the conference
    part(a, b)         both leave, to talk on by themselves: what one has said goes to the other at once
    renegotiated(leg)  it may have another codec now
    tick(now)          take 20 ms from every seat, mix (`mix_plan`), send to every seat

A conference with two legs or more of G.722 or Opus is wide: mixed at 16 kHz, for all its seats (`wide_mixing`). All
others are mixed at 8 kHz, from mu-law to mu-law.

A playlist on a leg in a conference is an announcement to that leg alone, added to what it hears.
"""

from itertools import chain
from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from telephony.media import wide_mixing
from telephony.media.g711 import ULAW_TO_ALAW, ULAW_TO_LINEAR, linear_to_ulaw
from telephony.media.leg import Leg
from telephony.media.messages import PlaybackFinished
from telephony.media.mix_plan import Plan, plan
from telephony.media.playback import Playlist
from telephony.media.seam import sew_in, waits
from telephony.media.seat import FRAME, SILENCE, Seat

PERIOD_S = 0.02
GIVE_UP_S = 0.2
WIDE_LEGS = 2
"""So many legs of a wideband codec make a conference wide: one alone has nobody to hear, or be heard by, any better."""
_SILENT_FRAME = SILENCE * FRAME


class Table(NamedTuple):
    """The seats of all conferences of one sample rate, as rows."""

    seats: list[Seat]
    plan: Plan
    is_wide: bool


class Mixer:
    """All conferences of a worker."""

    def __init__(self) -> None:
        self._conferences: dict[str, list[Seat]] = {}
        self._tables: list[Table] | None = None
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
        self._settle(conference_id)

    def part(self, one: Leg, other: Leg, now: float) -> bool:
        """Whether they were in one conference."""
        mine, theirs = one.seat, other.seat
        together = mine is not None and theirs is not None and mine.conference_id == theirs.conference_id
        if mine is not None and theirs is not None and together:
            for speaker, listener in ((mine, theirs), (theirs, mine)):
                if listener.can_hear(speaker):
                    for frame in wide_mixing.told(speaker.rest(), speaker, listener):
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
        self._settle(seat.conference_id)

    def renegotiated(self, leg: Leg) -> None:
        """Offer and answer were settled anew; a leg that has no seat is no mistake."""
        if leg.seat is not None:
            self._settle(leg.seat.conference_id)

    def next_at(self) -> float:
        return self._next_at

    def tick(self, now: float) -> None:
        """Every 20 ms that are over by now; a process that was stopped does not send what is long past."""
        if now - self._next_at > GIVE_UP_S:
            self._next_at = now
        while self._next_at <= now:
            self._next_at += PERIOD_S
            self._mix(now)

    def _settle(self, conference_id: str) -> None:
        """Who sits there has changed, or speaks another codec: wide or not, and who hears whom."""
        self._tables = None
        seats = self._conferences.get(conference_id, [])
        is_wide = sum(seat.leg.wide is not None for seat in seats) >= WIDE_LEGS
        for seat in seats:
            seat.in_wide_room = is_wide
            wanted = is_wide and seat.leg.wide is not None
            if seat.is_wide != wanted:
                wide_mixing.set_width(seat, is_wide=wanted)
                seat.leg.reseat()

    def _mix(self, now: float) -> None:
        if self._tables is None:
            rooms = self._conferences.values()
            self._tables = [
                Table(list(chain.from_iterable(there)), plan(there), is_wide)
                for is_wide in (False, True)
                if (there := [seats for seats in rooms if seats[0].in_wide_room is is_wide])
            ]
        for table in self._tables:
            self._mix_table(table, now)

    def _mix_table(self, table: Table, now: float) -> None:
        seats = table.seats
        frames = [seat.take() for seat in seats]
        heard = wide_mixing.samples(seats, frames) if table.is_wide else _samples_of(frames)
        mixed = table.plan.mix(heard)
        finished = _announce(table, mixed)
        said = wide_mixing.frames(seats, mixed) if table.is_wide else _frames_of(mixed)
        waiting = self._waiting(seats, frames)
        for seat, frame in zip(seats, said, strict=True):
            if seat not in waiting:
                _send(seat, frame, now)
        for leg, event in finished:
            leg.stop_playback()
            leg.host.emit(event)

    def _waiting(self, seats: list[Seat], frames: list[bytes | None]) -> set[Seat]:
        """Who is sent nothing in these 20 ms; hardly ever anybody."""
        if not any(seat.patience for seat in seats):
            return set()
        speaking = {seat for seat, frame in zip(seats, frames, strict=True) if frame is not None}
        return {seat for seat in seats if waits(seat, self._conferences[seat.conference_id], speaking)}


def _announce(table: Table, mixed: NDArray[np.int16]) -> list[tuple[Leg, PlaybackFinished]]:
    """Add the next frame of each playlist to what its leg hears; which are over."""
    finished = []
    for row, seat in enumerate(table.seats):
        playlist = seat.leg.playlist
        if playlist is None or playlist.paused:
            continue
        frame = playlist.next_frame(FRAME)
        if frame is None:
            finished.append((seat.leg, PlaybackFinished(seat.leg.leg_id, playlist.play_id)))
            continue
        told = wide_mixing.announced(seat, playlist, frame) if table.is_wide else _announced(playlist, frame)
        louder = mixed[row].astype(np.int32) + told
        mixed[row] = np.clip(louder, -32768, 32767)
    return finished


def _announced(playlist: Playlist, frame: bytes) -> NDArray[np.int16]:
    return playlist.as_samples(frame) if playlist.is_wide else _samples(frame)


def _samples_of(frames: list[bytes | None]) -> NDArray[np.int16]:
    codes = b"".join([frame or _SILENT_FRAME for frame in frames])
    return _samples(codes).reshape(len(frames), FRAME)


def _samples(codes: bytes) -> NDArray[np.int16]:
    return ULAW_TO_LINEAR[np.frombuffer(codes, dtype=np.uint8)]


def _frames_of(mixed: NDArray[np.int16]) -> list[bytes]:
    codes = linear_to_ulaw(mixed.reshape(-1))
    return [codes[at : at + FRAME] for at in range(0, len(codes), FRAME)]


def _send(seat: Seat, frame: bytes, now: float) -> None:
    """In packets of the leg's own packet time; the frame is mu-law, or samples at 16 kHz for a wide seat."""
    leg = seat.leg
    if leg.send is None or leg.digits.sending:
        seat.out.clear()
        return
    if leg.codec_number:
        frame = frame.translate(ULAW_TO_ALAW)
    size = leg.outgoing.units * seat.unit
    if len(frame) == size and not seat.out:
        _transmit(seat, frame, now)
        return
    seat.out += frame
    while len(seat.out) >= size:
        _transmit(seat, bytes(seat.out[:size]), now)
        del seat.out[:size]


def _transmit(seat: Seat, audio: bytes, now: float) -> None:
    leg = seat.leg
    words = leg.outgoing.next_local(now)
    if seat.is_wide and leg.wide is not None:
        leg.transmit(words, leg.wide.encoded(np.frombuffer(audio, np.int16)), native=True)
    else:
        leg.transmit(words, audio)
