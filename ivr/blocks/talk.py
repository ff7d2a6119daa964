"""Talk: say and wait, which speak or keep silent and then go on."""

from __future__ import annotations

from callflows.blocks.talk import Say, Wait
from ivr.events import DigitPressed, PlaybackFailed, PlaybackFinished
from ivr.turn import NEXT, STAY, Happening, Outcome, TimeIsUp, Turn


class SayRunner:
    """Speaks; a key ends it and stays typed for whoever listens next."""

    def start(self, block: Say, turn: Turn) -> Outcome:
        """Speak, unless the caller is ahead of us."""
        if turn.run.typed and block.interruptible:
            turn.trace("say", {"skipped": "the caller typed ahead"})
            return NEXT
        turn.trace("say", {"text": turn.play(block.say, block.language)})
        return STAY

    def resume(self, block: Say, turn: Turn, event: Happening) -> Outcome:
        """Over when heard, or when a key interrupts."""
        if isinstance(event, DigitPressed) and block.interruptible:
            turn.stop()
            turn.trace("interrupted", {"by": "a key"})
            return NEXT
        return NEXT if isinstance(event, PlaybackFinished | PlaybackFailed) else STAY


class WaitRunner:
    """Keeps silent."""

    def start(self, block: Wait, turn: Turn) -> Outcome:
        """Set the time."""
        turn.trace("wait", {"seconds": "forever" if block.wait_s == float("inf") else f"{block.wait_s:g}"})
        turn.wait(block.wait_s)
        return STAY

    def resume(self, _block: Wait, _turn: Turn, event: Happening) -> Outcome:
        """Over when the time is up; keys change nothing."""
        return NEXT if isinstance(event, TimeIsUp) else STAY
