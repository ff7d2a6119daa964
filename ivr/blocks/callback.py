"""Callback: the offer, the number, its confirmation, the promise.

Phases, in `FlowRun.phase`: OFFER > NUMBER (if another is wanted, or the caller's is unknown) > CONFIRM > ASKED. A
question that nobody answers is asked again, then the callback is declined.
"""

from __future__ import annotations

from dataclasses import replace

from callflows.blocks.later import Callback
from ivr.effects import RequestCallback
from ivr.events import DigitPressed, PlaybackFailed, PlaybackFinished, Reply
from ivr.run import Listening
from ivr.turn import FOREVER, STAY, Happening, Outcome, Take, TimeIsUp, Turn

OFFER, NUMBER, CONFIRM, ASKED = "offer", "number", "confirm", "asked"
BETWEEN_DIGITS_S = 3.0
PATIENCE_S = 5.0
CONFIRM_NUMBER = "callback_number"
"""The number under the name that the built-in confirmation says."""


class CallbackRunner:
    """One question after the other; the number is promised when it is confirmed."""

    def start(self, block: Callback, turn: Turn) -> Outcome:
        """The offer."""
        turn.run.variables[block.into] = turn.run.variables[CONFIRM_NUMBER] = None
        return self._enter(block, turn, OFFER)

    def resume(self, block: Callback, turn: Turn, event: Happening) -> Outcome:
        """A key, the end of a question, silence, or the promise."""
        run = turn.run
        if run.phase == ASKED:
            return self._promised(block, turn, event) if isinstance(event, Reply | TimeIsUp) else STAY
        if isinstance(event, DigitPressed):
            turn.stop()
            return self._keys(block, turn, silence=False)
        if isinstance(event, PlaybackFinished | PlaybackFailed):
            turn.wait(block.timeout_s)
        elif isinstance(event, TimeIsUp):
            return self._keys(block, turn, silence=True)
        return STAY

    def _enter(self, block: Callback, turn: Turn, phase: str) -> Outcome:
        """A question for the first time; keys from before were not meant for it."""
        turn.run.phase = phase
        turn.run.listening = Listening()
        return self._ask(block, turn)

    @staticmethod
    def _ask(block: Callback, turn: Turn) -> Outcome:
        asked = {OFFER: block.callback, NUMBER: block.ask_number, CONFIRM: block.confirm or ()}
        turn.run.typed = ""
        turn.wait(FOREVER)
        turn.trace("callback", {"text": turn.play(asked[turn.run.phase], block.language)})
        return STAY

    def _keys(self, block: Callback, turn: Turn, *, silence: bool) -> Outcome:
        if turn.run.phase == NUMBER:
            return self._number(block, turn, silence=silence)
        key, turn.run.typed = turn.run.typed[-1:], ""
        if key == block.decline:
            return self._declined(turn, "declined")
        if key == block.accept:
            return self._accepted(block, turn)
        if key == block.other:
            return self._enter(block, turn, NUMBER)
        return self._again(block, turn)

    def _accepted(self, block: Callback, turn: Turn) -> Outcome:
        if turn.run.phase == CONFIRM:
            return self._request(block, turn)
        number = turn.run.call.caller
        if sum(character.isdigit() for character in number) < block.digits.minimum:
            return self._enter(block, turn, NUMBER)  # withheld, or no number that one can ring
        return self._chosen(block, turn, number)

    def _number(self, block: Callback, turn: Turn, *, silence: bool) -> Outcome:
        typed = turn.run.typed
        complete = silence or "#" in typed or len(typed) >= block.digits.maximum
        if not complete:
            turn.wait(BETWEEN_DIGITS_S)
            return STAY
        if typed == block.decline:
            return self._declined(turn, "declined")
        number = typed.partition("#")[0]
        if not (number.isdigit() and block.digits.minimum <= len(number) <= block.digits.maximum):
            return self._again(block, turn)
        return self._chosen(block, turn, number)

    def _chosen(self, block: Callback, turn: Turn, number: str) -> Outcome:
        turn.run.variables[block.into] = turn.run.variables[CONFIRM_NUMBER] = number
        return self._request(block, turn) if block.confirm is None else self._enter(block, turn, CONFIRM)

    def _again(self, block: Callback, turn: Turn) -> Outcome:
        state = turn.run.listening or Listening()
        turn.run.listening = state
        state.silent += 1
        turn.trace("no usable input", {"attempt": str(state.silent)})
        if state.silent > block.retries:
            return self._declined(turn, "no input")
        return self._ask(block, turn)

    @staticmethod
    def _request(block: Callback, turn: Turn) -> Outcome:
        run = turn.run
        number = str(run.variables[block.into])
        data = {name: assigned.evaluate(run.variables) for name, assigned in block.data.items()}
        order = RequestCallback(
            turn.request(), number, block.queue.name, dict(block.skills), block.priority, data
        )
        if block.at is not None:
            order = replace(order, at=block.at.render(run.variables).strip())
        run.phase = ASKED
        turn.effects.append(order)
        appointment = {"at": order.at} if order.at else {}
        turn.trace("callback requested", {"number": number, "queue": order.queue, **appointment})
        turn.wait(PATIENCE_S)
        return STAY

    @staticmethod
    def _promised(block: Callback, turn: Turn, event: Happening) -> Outcome:
        error = event.error if isinstance(event, Reply) else "no answer in time"
        if error is not None:
            turn.trace("callback failed", {"why": error})
            return Take("failed" if block.failed is not None else "declined", error)
        turn.run.queued = True
        turn.trace("callback promised", {})
        return Take("requested")

    @staticmethod
    def _declined(turn: Turn, why: str) -> Outcome:
        turn.trace("callback declined", {"why": why})
        return Take("declined", why)
