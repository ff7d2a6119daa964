"""A seam: two legs go from their bridge into a conference, or back, and neither hears it.

A conference is later than a bridge, because it waits for whole frames and for jitter. So on the way in a leg that was
just being heard on is sent nothing until the first frame of somebody it hears is there: what it hears goes on where
it ended, once a little later. On the way back what the seats still hold is sent at once, and the bridge goes on behind
it. Timestamps run on without a step (`OutgoingStream.switch`), so a receiver plays both as if nothing had happened; its
jitter buffer has to bear one delay of `PATIENCE` frames at most.

With packets of another length than a conference's frames, what does not fill a packet is left out on the way back.
"""

from collections.abc import Collection, Iterable
from typing import Final

from telephony.media.leg import Leg
from telephony.media.seat import Seat

PATIENCE: Final = 4
"""Frames of 20 ms."""
RECENT_S: Final = 0.08
"""A leg that was sent something so lately was being heard on."""


def sew_in(seat: Seat, now: float) -> None:
    """The leg has just taken this seat."""
    outgoing = seat.leg.outgoing
    seat.patience = PATIENCE if now - outgoing.sent_at < RECENT_S else 0
    outgoing.switch(seam=True)


def waits(seat: Seat, others: Iterable[Seat], speaking: Collection[Seat]) -> bool:
    """Whether the leg is sent nothing yet in these 20 ms; `speaking` are those whose frame is there."""
    if seat.patience:
        heard = any(other in speaking and seat.can_hear(other) for other in others)
        seat.patience = 0 if heard or seat.leg.playlist is not None else seat.patience - 1
    return seat.patience > 0


def sew_out(legs: tuple[Leg, Leg]) -> None:
    """The legs have just been bridged, having left a conference."""
    for leg in legs:
        leg.outgoing.switch(seam=True)
