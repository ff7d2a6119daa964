"""Talk, beyond words: play, beep, music."""

from __future__ import annotations

from callflows.blocks.sound import Beep, Music, Play
from ivr.effects import AudioFile, HoldMusic, Tone
from ivr.events import DigitPressed, PlaybackFailed, PlaybackFinished
from ivr.turn import NEXT, STAY, Happening, Outcome, TimeIsUp, Turn


class PlayRunner:
    """Plays a file, as say would."""

    def start(self, block: Play, turn: Turn) -> Outcome:
        """Unless the caller is ahead of it."""
        if turn.run.typed and block.interruptible:
            turn.trace("play", {"skipped": "the caller typed ahead"})
            return NEXT
        turn.trace("play", {"file": block.play.file})
        turn.play([block.play])
        return STAY

    def resume(self, block: Play, _turn: Turn, event: Happening) -> Outcome:
        """Over when heard, or when a key interrupts."""
        if isinstance(event, DigitPressed) and block.interruptible:
            return NEXT
        return NEXT if isinstance(event, PlaybackFinished | PlaybackFailed) else STAY


class BeepRunner:
    """One tone, never skipped."""

    def start(self, block: Beep, turn: Turn) -> Outcome:
        """Sound it."""
        turn.trace("beep", {"seconds": f"{block.beep:g}"})
        turn.play([], after=(Tone(block.beep),))
        return STAY

    def resume(self, _block: Beep, _turn: Turn, event: Happening) -> Outcome:
        """Over when heard."""
        return NEXT if isinstance(event, PlaybackFinished | PlaybackFailed) else STAY


class MusicRunner:
    """Music until the time is up."""

    def start(self, block: Music, turn: Turn) -> Outcome:
        """Round and round."""
        if turn.run.typed and block.interruptible:
            turn.trace("music", {"skipped": "the caller typed ahead"})
            return NEXT
        turn.trace("music", {"seconds": f"{block.music_s:g}"})
        music = HoldMusic() if block.file is None else AudioFile(turn.flow.path.parent / block.file.file)
        turn.play([], after=(music,), loop=True)
        turn.wait(block.music_s)
        return STAY

    def resume(self, block: Music, _turn: Turn, event: Happening) -> Outcome:
        """Over in time, or when a key interrupts."""
        interrupted = isinstance(event, DigitPressed) and block.interruptible
        return NEXT if interrupted or isinstance(event, TimeIsUp) else STAY
