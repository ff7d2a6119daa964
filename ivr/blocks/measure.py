"""Measure: tag, contained, survey, notify."""

from __future__ import annotations

from callflows.blocks.measure import RANGES, Contained, Notify, Question, Survey, Tag
from ivr.effects import SendNotice, SurveyAnswered, Tagged
from ivr.events import DigitPressed, PlaybackFailed, PlaybackFinished
from ivr.run import Listening
from ivr.turn import FOREVER, NEXT, STAY, Happening, Instant, Outcome, TimeIsUp, Turn


class TagRunner(Instant):
    """Keeps words about the contact."""

    def start(self, block: Tag, turn: Turn) -> Outcome:
        """Work them out."""
        tags = {name: assigned.evaluate(turn.run.variables) for name, assigned in block.tag.items()}
        turn.effects.append(Tagged(tags))
        turn.trace("tag", {name: str(value) for name, value in tags.items()})
        return NEXT


class ContainedRunner(Instant):
    """Notes that the caller was helped here."""

    def start(self, block: Contained, turn: Turn) -> Outcome:
        """Note it."""
        turn.run.contained = True
        turn.trace("contained", {"what": block.contained.render(turn.run.variables)})
        return NEXT


class NotifyRunner(Instant):
    """Sends word."""

    def start(self, block: Notify, turn: Turn) -> Outcome:
        """Nobody waits for it."""
        variables = turn.run.variables
        body = None if block.json_ is None else {k: v.evaluate(variables) for k, v in block.json_.items()}
        subject = None if block.subject is None else block.subject.render(variables)
        text = None if block.text is None else block.text.render(variables)
        turn.effects.append(SendNotice(block.notify.render(variables), subject, text, body))
        turn.trace("notify", {"address": block.notify.source})
        return NEXT


class SurveyRunner:
    """One question after the other; each is answered, skipped, or given up after its retries."""

    def start(self, block: Survey, turn: Turn) -> Outcome:
        """The first one. Keys from before were not meant for it."""
        turn.run.typed = ""
        for question in block.survey:
            turn.run.variables[question.name] = None
        return self._ask(block, turn, 0)

    def resume(self, block: Survey, turn: Turn, event: Happening) -> Outcome:
        """A key, the end of the question, or silence."""
        if isinstance(event, DigitPressed):
            turn.stop()
            return self._look(block, turn, silence=False)
        if isinstance(event, PlaybackFinished | PlaybackFailed):
            turn.wait(block.timeout_s)
        elif isinstance(event, TimeIsUp):
            return self._look(block, turn, silence=True)
        return STAY

    @staticmethod
    def _ask(block: Survey, turn: Turn, number: int) -> Outcome:
        if number == len(block.survey):
            return NEXT
        turn.run.listening = Listening(question=number)
        turn.wait(FOREVER)
        turn.trace("survey", {"text": turn.play(block.survey[number].ask, block.language)})
        return STAY

    def _look(self, block: Survey, turn: Turn, *, silence: bool) -> Outcome:
        state = turn.run.listening or Listening()
        question = block.survey[state.question]
        typed = turn.run.typed
        if silence and not typed:
            return self._answered(block, turn, question, None)
        if typed.startswith(block.skip):
            return self._answered(block, turn, question, None)
        low, high = RANGES[question.scale]
        if typed == "1" and high >= 10 and not silence:
            turn.wait(block.between_digits_s)
            return STAY
        if typed.isdigit() and low <= int(typed) <= high:
            return self._answered(block, turn, question, int(typed))
        return self._wrong(block, turn, state)

    def _wrong(self, block: Survey, turn: Turn, state: Listening) -> Outcome:
        question = block.survey[state.question]
        turn.trace("wrong input", {"question": question.name})
        turn.run.typed = ""
        if state.wrong >= block.retries:
            return self._answered(block, turn, question, None)
        self._ask(block, turn, state.question)
        turn.run.listening = Listening(question=state.question, wrong=state.wrong + 1)
        return STAY

    def _answered(self, block: Survey, turn: Turn, question: Question, value: int | None) -> Outcome:
        turn.run.typed = ""
        turn.run.variables[question.name] = value
        turn.effects.append(SurveyAnswered(question.name, question.scale, value))
        turn.trace("answer", {question.name: "skipped" if value is None else str(value)})
        number = turn.run.listening.question if turn.run.listening is not None else 0
        return self._ask(block, turn, number + 1)
