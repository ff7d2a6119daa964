"""Talk, beyond words: play, beep, music, record."""

from __future__ import annotations

from callflows.blocks.sound import Beep, Music, Play, Record
from ivr.effects import AudioFile, HoldMusic, StartRecording, StopRecording, Tone
from ivr.events import DigitPressed, PlaybackFailed, PlaybackFinished, RecordingFinished
from ivr.turn import NEXT, STAY, Happening, Outcome, Take, TimeIsUp, Turn

RECORDING_PATIENCE_S = 5.0


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


class RecordRunner:
    """Question, beep, recording.

    Keys during the question begin it sooner; keys during it are the stop key's.
    """

    def start(self, block: Record, turn: Turn) -> Outcome:
        """Ask."""
        turn.run.typed = ""
        after = (Tone(0.25),) if block.beep else ()
        turn.trace("record", {"text": turn.play(block.record, block.language, after=after)})
        return STAY

    def resume(self, block: Record, turn: Turn, event: Happening) -> Outcome:
        """Record when it has been asked; on when the recording is closed."""
        run = turn.run
        if isinstance(event, DigitPressed):
            typed, run.typed = run.typed, ""
            if run.request is not None:
                if typed[-1:] == block.stop:
                    turn.effects.append(StopRecording(run.request))
            elif run.playing is not None:
                turn.stop()
                return self._begin(block, turn)
        elif isinstance(event, PlaybackFinished | PlaybackFailed):
            return self._begin(block, turn)
        elif isinstance(event, RecordingFinished):
            return self._done(block, turn, event)
        elif isinstance(event, TimeIsUp):
            return self._lost(block, turn)
        return STAY

    @staticmethod
    def _begin(block: Record, turn: Turn) -> Outcome:
        turn.effects.append(StartRecording(turn.request(), block.kind, block.longest_s, block.silence_s))
        turn.wait(block.longest_s + RECORDING_PATIENCE_S)  # should its end never be told
        return STAY

    @staticmethod
    def _done(block: Record, turn: Turn, event: RecordingFinished) -> Outcome:
        said = event.seconds > 0
        turn.run.variables[block.into] = event.name if said else None
        turn.trace("recorded", {"name": event.name, "seconds": f"{event.seconds:g}"})
        return NEXT if said else Take("empty")

    @staticmethod
    def _lost(block: Record, turn: Turn) -> Outcome:
        if turn.run.request is not None:
            turn.effects.append(StopRecording(turn.run.request))
        turn.run.variables[block.into] = None
        turn.trace("recording lost", {})
        return Take("empty")
