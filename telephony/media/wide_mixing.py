"""Conferences at 16 kHz: what a seat says and hears there, whatever its leg's codec is.

    samples(seats, frames)      a table of samples from what was taken; G.711 legs are brought up from 8 kHz
    frames(seats, mixed)        what each seat is sent, in its own format; G.711 legs are brought down
    announced(seat, playlist, frame)  a frame of a prompt, brought up if it is of mu-law
    set_width(seat, is_wide)    the seat's queues in its other format
    told(frames, speaker, listener)   frames of one seat in the format of another

A seat of a wideband leg is wide in a wide room: its frames are 16-bit samples at 16 kHz, four octets for one of mu-law.
Every filter keeps the state of its stream; they are the seat's, and are made when it first needs them.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telephony.media.g711 import Samples, linear_to_ulaw, ulaw_to_linear
from telephony.media.playback import Playlist
from telephony.media.resampling import Decimator, Interpolator
from telephony.media.seat import FRAME, SILENCE, Seat, SeatFilters

WIDE_FRAME: Final = 2 * FRAME
"""Samples of 20 ms at 16 kHz."""
_SILENT_FRAME: Final = SILENCE * FRAME


def samples(seats: list[Seat], frames: list[bytes | None]) -> NDArray[np.int16]:
    table = np.zeros((len(seats), WIDE_FRAME), dtype=np.int16)
    for row, (seat, frame) in enumerate(zip(seats, frames, strict=True)):
        if not seat.is_wide:
            table[row] = _filters(seat).up.pass_on(ulaw_to_linear(frame or _SILENT_FRAME))
        elif frame is not None:
            table[row] = np.frombuffer(frame, np.int16)
    return table


def frames(seats: list[Seat], mixed: NDArray[np.int16]) -> list[bytes]:
    return [
        row.tobytes() if seat.is_wide else linear_to_ulaw(_filters(seat).down.pass_on(row))
        for seat, row in zip(seats, mixed, strict=True)
    ]


def announced(seat: Seat, playlist: Playlist, frame: bytes) -> Samples:
    if playlist.is_wide:
        return np.frombuffer(frame, np.int16)
    return _filters(seat).prompt.pass_on(ulaw_to_linear(frame))


def set_width(seat: Seat, *, is_wide: bool) -> None:
    """What is queued either way is kept."""
    if is_wide:
        seat.heard, seat.out = bytearray(_raised(seat.heard)), bytearray(_raised(seat.out))
    else:
        seat.heard, seat.out = bytearray(_lowered(seat.heard)), bytearray(_lowered(seat.out))
    seat.is_wide = is_wide


def told(frames: Iterable[bytes], speaker: Seat, listener: Seat) -> Iterator[bytes]:
    if speaker.is_wide == listener.is_wide:
        yield from frames
        return
    change = _raised if listener.is_wide else _lowered
    whole, size = change(b"".join(frames)), FRAME * listener.unit
    for at in range(0, len(whole), size):
        yield whole[at : at + size]


def _filters(seat: Seat) -> SeatFilters:
    if seat.filters is None:
        seat.filters = SeatFilters(Interpolator(2), Decimator(2), Interpolator(2))
    return seat.filters


def _raised(ulaw: bytes | bytearray) -> bytes:
    return Interpolator(2).pass_on(ulaw_to_linear(bytes(ulaw))).tobytes()


def _lowered(wide: bytes | bytearray) -> bytes:
    return linear_to_ulaw(Decimator(2).pass_on(np.frombuffer(bytes(wide), np.int16)))
