"""Record and voicemail: a question, a beep, the recording; then, if the flow wants it, its review.

Phases, in `FlowRun.phase`: "" (asking) > RECORDING > done, or REVIEW (question and keys) > HEARING (it is played) >
REVIEW, or again from the beep. Silence and unknown keys keep the message: nobody's message is lost to a menu.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from callflows.blocks.later import Voicemail
from callflows.blocks.sound import Record, Recording, Review
from ivr.effects import (
    DiscardRecording,
    LeaveVoicemail,
    Recorded,
    StartRecording,
    StopRecording,
    Tone,
)
from ivr.events import DigitPressed, PlaybackFailed, PlaybackFinished, RecordingFinished, Reply
from ivr.turn import NEXT, STAY, Happening, Outcome, Take, TimeIsUp, Turn

AnyRecording = TypeVar("AnyRecording", bound=Recording)
RECORDING_PATIENCE_S = 5.0
BEEP = (Tone(0.25),)
RECORDING, REVIEW, HEARING = "recording", "review", "hearing"


class RecordingRunner(Generic[AnyRecording]):
    """What record and voicemail share."""

    def prompt(self, block: AnyRecording) -> tuple[object, ...]:
        """What is said before the beep."""
        raise NotImplementedError

    def kind(self, block: AnyRecording) -> str:
        """What the recording is kept as."""
        raise NotImplementedError

    def mailbox(self, _block: AnyRecording, _turn: Turn) -> str | None:
        """Where the message belongs."""
        return None

    def kept(self, block: AnyRecording, turn: Turn, name: str, seconds: float) -> None:
        """There is a message."""

    def hung_up(self, block: AnyRecording, turn: Turn) -> None:
        """The caller is gone in the middle of a review: the message is kept."""
        if turn.run.recorded is not None:
            self.kept(block, turn, turn.run.recorded, turn.run.recorded_s)

    def start(self, block: AnyRecording, turn: Turn) -> Outcome:
        """Ask."""
        turn.run.typed = ""
        turn.run.tries = 0
        after = BEEP if block.beep else ()
        turn.trace(block.verb, {"text": turn.play(self.prompt(block), block.language, after=after)})
        return STAY

    def resume(self, block: AnyRecording, turn: Turn, event: Happening) -> Outcome:
        """By phase."""
        if block.review is not None and turn.run.phase in (REVIEW, HEARING):
            return self._review(block, block.review, turn, event)
        if isinstance(event, DigitPressed):
            return self._key(block, turn)
        if isinstance(event, PlaybackFinished | PlaybackFailed):
            return self._begin(block, turn)
        if isinstance(event, RecordingFinished):
            return self._done(block, turn, event)
        if isinstance(event, TimeIsUp | Reply):
            return self._lost(block, turn)
        return STAY

    def _key(self, block: AnyRecording, turn: Turn) -> Outcome:
        """Before the beep it begins sooner; during the recording it is the stop key's."""
        run = turn.run
        typed, run.typed = run.typed, ""
        if run.request is not None:
            if typed[-1:] == block.stop:
                turn.effects.append(StopRecording(run.request))
        elif run.playing is not None:
            turn.stop()
            return self._begin(block, turn)
        return STAY

    def _begin(self, block: AnyRecording, turn: Turn) -> Outcome:
        turn.run.phase = RECORDING
        order = StartRecording(
            turn.request(), self.kind(block), block.longest_s, block.silence_s, self.mailbox(block, turn)
        )
        turn.effects.append(order)
        turn.wait(block.longest_s + RECORDING_PATIENCE_S)  # should its end never be told
        return STAY

    def _done(self, block: AnyRecording, turn: Turn, event: RecordingFinished) -> Outcome:
        run = turn.run
        said = event.seconds > 0
        run.variables[block.into] = event.name if said else None
        turn.trace("recorded", {"name": event.name, "seconds": f"{event.seconds:g}"})
        if not said:
            return Take("empty")
        run.recorded, run.recorded_s = event.name, event.seconds
        return self._keep(block, turn) if block.review is None else self._ask(block, block.review, turn)

    @staticmethod
    def _lost(block: AnyRecording, turn: Turn) -> Outcome:
        if turn.run.request is not None:
            turn.effects.append(StopRecording(turn.run.request))
        turn.run.variables[block.into] = None
        turn.trace("recording lost", {})
        return Take("empty")

    def _keep(self, block: AnyRecording, turn: Turn) -> Outcome:
        if turn.run.recorded is not None:
            self.kept(block, turn, turn.run.recorded, turn.run.recorded_s)
        return NEXT

    # --- the review ---------------------------------------------------------------------------------------------

    @staticmethod
    def _ask(block: AnyRecording, review: Review, turn: Turn) -> Outcome:
        turn.run.phase = REVIEW
        turn.run.typed = ""
        turn.wait(float("inf"))
        turn.trace("review", {"text": turn.play(review.ask, block.language)})
        return STAY

    def _review(self, block: AnyRecording, review: Review, turn: Turn, event: Happening) -> Outcome:
        run = turn.run
        if isinstance(event, DigitPressed):
            key, run.typed = run.typed[-1:], ""
            return self._chosen(block, review, turn, key)
        if isinstance(event, PlaybackFinished | PlaybackFailed):
            if run.phase == HEARING:
                return self._ask(block, review, turn)
            turn.wait(review.timeout_s)
        elif isinstance(event, TimeIsUp):
            return self._keep(block, turn)
        return STAY

    def _chosen(self, block: AnyRecording, review: Review, turn: Turn, key: str) -> Outcome:
        run = turn.run
        turn.trace("key", {"key": key})
        if key == review.keep:
            return self._keep(block, turn)
        if key == review.listen and run.recorded is not None:
            run.phase = HEARING
            turn.wait(float("inf"))
            turn.play([], after=(Recorded(run.recorded),))
            return STAY
        if key == review.again and run.tries < review.at_most and run.recorded is not None:
            run.tries += 1
            turn.effects.append(DiscardRecording(run.recorded))
            run.variables[block.into] = run.recorded = None
            run.phase = ""
            turn.wait(float("inf"))
            turn.play([], after=BEEP)
            return STAY
        return self._ask(block, review, turn)


class RecordRunner(RecordingRunner[Record]):
    """A message that the flow does something with."""

    def prompt(self, block: Record) -> tuple[object, ...]:
        """The question."""
        return block.record

    def kind(self, block: Record) -> str:
        """As it says."""
        return block.kind


class VoicemailRunner(RecordingRunner[Voicemail]):
    """A message for a mailbox."""

    def prompt(self, block: Voicemail) -> tuple[object, ...]:
        """The greeting."""
        return block.greeting

    def kind(self, _block: Voicemail) -> str:
        """Always."""
        return "voicemail"

    def mailbox(self, block: Voicemail, turn: Turn) -> str:
        """As it is worked out."""
        return block.voicemail.render(turn.run.variables)

    def kept(self, block: Voicemail, turn: Turn, name: str, seconds: float) -> None:
        """Into the mailbox: somebody is to hear it."""
        mailbox = self.mailbox(block, turn)
        turn.run.queued = True
        turn.effects.append(LeaveVoicemail(mailbox, name, seconds))
        turn.trace("left a message", {"mailbox": mailbox})
