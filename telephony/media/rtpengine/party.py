"""A leg as rtpengine has it: a tag in a call, joined to its stand-in or to the leg it is bridged with.

    call       all legs opened near each other; one rtpengine call, in which alone they can be bridged
    party      one leg

The commands of a call go out one after the other, each when the one before it is answered.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from telephony.media.messages import RemoteMedia

STAND_IN = "stand-in:"


@dataclass(eq=False, slots=True)
class Call:
    """One rtpengine call and its legs."""

    call_id: str
    parties: dict[str, "Party"] = field(default_factory=dict)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by the command that is under way; whoever waits for it gets it in the order of asking."""


@dataclass(eq=False, slots=True)
class Playback:
    """What a party hears of ours."""

    play_id: str
    stop_at: str = ""
    finish: asyncio.TimerHandle | None = None
    """When it will have been played: rtpengine says how long it is and nothing more."""


@dataclass(eq=False, slots=True)
class Party:
    """One leg; its tag is its id."""

    leg_id: str
    call: Call
    opened_at_utc_s: float
    port: int = 0
    remote: RemoteMedia | None = None
    is_known: bool = False
    """Whether rtpengine has been told its remote, and so its tag."""
    bridged: "Party | None" = None
    playback: Playback | None = None
    put_in: deque[str] = field(default_factory=deque)
    """Digits of ours that rtpengine reports as if this party had pressed them."""
    told_silent_since: float = 0.0

    @property
    def stand_in(self) -> str:
        """The tag of whom it is joined to while it is not bridged."""
        return f"{STAND_IN}{self.leg_id}"

    def take_playback(self) -> Playback | None:
        """It is over for us; the command that silences it may still wait for its turn."""
        playback, self.playback = self.playback, None
        if playback is not None and playback.finish is not None:
            playback.finish.cancel()
        return playback
