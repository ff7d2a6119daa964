"""Listen: menu and collect. Digits are heard independently of prompts; here they are used up.

An attempt: (digits typed ahead, or the prompt) > digits and silence > accepted | wrong | nothing. A wrong
or silent attempt is repeated until its retries are used up; then the caller goes on by `then`, `otherwise`,
or the step below. What was typed beyond a wrong input is forgotten, so that the caller hears what went
wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Generic, TypeVar

from callflows.blocks.talk import Collect, Listening, Menu, Retry
from callflows.values import DigitRange
from ivr.events import DigitPressed, Heard, PlaybackFailed, PlaybackFinished
from ivr.run import Listening as State
from ivr.turn import FOREVER, NEXT, STAY, Happening, More, Outcome, Take, TimeIsUp, Turn, Wrong

AnyListening = TypeVar("AnyListening", bound=Listening)
AFTER_INPUT_S = 2.0
LEAST_CONFIDENCE = 0.5
SPOKEN_DIGITS: Mapping[str, str] = {
    "zero": "0",
    "oh": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
}


class ListeningRunner(Generic[AnyListening]):
    """What menu and collect share; `judge` is what makes them differ."""

    def prompt(self, block: AnyListening) -> tuple[object, ...]:
        """What is asked."""
        raise NotImplementedError

    def judge(self, block: AnyListening, turn: Turn, *, silence: bool) -> Outcome | Wrong | More:
        """Look at the digits typed so far, `silence` meaning that no more come; uses up what it accepts."""
        raise NotImplementedError

    def start(self, block: AnyListening, turn: Turn) -> Outcome:
        """The first attempt; without a prompt when digits were typed ahead."""
        turn.run.listening = State()
        turn.mask_digits(block.hears_secrets())
        if turn.run.typed:
            turn.trace(block.verb, {"typed ahead": self._shown(turn)})
            return self._look(block, turn, silence=False)
        return self._ask(block, turn, ())

    def resume(self, block: AnyListening, turn: Turn, event: Happening) -> Outcome:
        """A digit, the end of the prompt, or silence."""
        if isinstance(event, DigitPressed):
            if turn.run.playing is not None:
                if not block.interruptible:
                    return STAY
                turn.stop()
            return self._look(block, turn, silence=False)
        if isinstance(event, Heard):
            return self._spoken(block, turn, event)
        if isinstance(event, PlaybackFinished | PlaybackFailed):
            if turn.run.typed:
                return self._look(block, turn, silence=False)
            turn.wait(block.timeout_s)
            return STAY
        if isinstance(event, TimeIsUp):
            if turn.run.typed:
                return self._look(block, turn, silence=True)
            return self._failed(block, turn, "no input", block.no_input)
        return STAY

    def _ask(self, block: AnyListening, turn: Turn, before: tuple[object, ...]) -> Outcome:
        turn.wait(FOREVER)
        said = turn.play((*before, *self.prompt(block)), block.language)
        turn.trace(block.verb, {"text": said})
        if words := self.words(block):
            repeat = isinstance(block, Collect)
            turn.listen(tuple(words), block.language or turn.flow.language, repeat=repeat)
        return STAY

    def words(self, _block: AnyListening) -> Mapping[str, str]:
        """What may be said instead: phrase -> the keys it means."""
        return {}

    def _spoken(self, block: AnyListening, turn: Turn, event: Heard) -> Outcome:
        """Words count as the keys they mean; what was not understood is as if it had not been said."""
        meanings = self.words(block)
        said = [event.text] if event.text in meanings else event.text.split()
        understood = event.confidence >= LEAST_CONFIDENCE and bool(said) and all(w in meanings for w in said)
        if turn.run.typed or (turn.run.playing is not None and not block.interruptible):
            return STAY  # keys are under way, and they are surer
        confidence = f"{event.confidence:.2f}"
        if not understood:
            turn.trace("not understood", {"confidence": confidence})
            return STAY
        turn.trace("heard", {"words": event.text, "confidence": confidence})
        turn.stop()
        turn.run.typed = "".join(meanings[word] for word in said)
        return self._look(block, turn, silence=True)

    def _look(self, block: AnyListening, turn: Turn, *, silence: bool) -> Outcome:
        verdict = self.judge(block, turn, silence=silence)
        if isinstance(verdict, More):
            turn.wait(block.between_digits_s)
            return STAY
        if isinstance(verdict, Wrong):
            turn.trace("wrong input", {"digits": self._shown(turn)})
            turn.run.typed = ""
            return self._failed(block, turn, "wrong input", block.wrong_input)
        return verdict

    def _failed(self, block: AnyListening, turn: Turn, how: str, retry: Retry) -> Outcome:
        state = turn.run.listening or State()
        turn.run.listening = state
        if how == "no input":
            state.silent += 1
            count = state.silent
            turn.trace(how, {"attempt": str(count)})
        else:
            state.wrong += 1
            count = state.wrong
        used_up = count > retry.retries if retry.retries is not None else self._used_up(block, state)
        if not used_up:
            says = retry.say or ()
            before = says[min(count, len(says)) - 1] if says else ()
            return self._ask(block, turn, tuple(before))
        if (end := self.gave_up(block, turn, how)) is not None:
            return end
        name = f"{'no_input' if how == 'no input' else 'wrong_input'}: then"
        return Take(name, how) if retry.then is not None else Take("otherwise", how)

    def gave_up(self, _block: AnyListening, _turn: Turn, _how: str) -> Outcome | None:
        """All attempts are used up: where to go, if not by `then` or `otherwise`."""
        return None

    @staticmethod
    def _used_up(block: Listening, state: State) -> bool:
        """The step's limit counts the failed attempts of every kind that has no limit of its own."""
        silent = state.silent if block.no_input.retries is None else 0
        wrong = state.wrong if block.wrong_input.retries is None else 0
        return silent + wrong > block.retries

    @staticmethod
    def _shown(turn: Turn) -> str:
        """What was typed and is not used yet: in a call with secrets it may be one that was typed too early."""
        return "*" * len(turn.run.typed) if turn.run.hides_digits else turn.run.typed


class MenuRunner(ListeningRunner[Menu]):
    """One key, or a few that belong together, leads to a branch."""

    def prompt(self, block: Menu) -> tuple[object, ...]:
        """The question."""
        return block.menu

    def words(self, block: Menu) -> Mapping[str, str]:
        """Each phrase means its key."""
        return {phrase: key for key, phrases in block.listen.items() for phrase in phrases}

    def judge(self, block: Menu, turn: Turn, *, silence: bool) -> Outcome | Wrong | More:
        """The longest key that was typed wins; while a longer one is possible, wait for it."""
        typed = turn.run.typed
        longer = any(key.startswith(typed) and key != typed for key in block.keys)
        if longer and not silence:
            return More()
        for length in range(len(typed), 0, -1):
            key = typed[:length]
            if key in block.keys:
                turn.run.typed = typed[length:]
                turn.trace("key", {"key": key})
                return Take(f"keys: {key}", f"key {key}")
        return Wrong()


def take_digits(
    wanted: DigitRange, terminator: str | None, turn: Turn, *, silence: bool
) -> tuple[str, str] | More:
    """The digits typed and what was typed behind them, once they are complete; uses up nothing."""
    typed = turn.run.typed
    end = typed.find(terminator) if terminator else -1
    if 0 <= end <= wanted.maximum:
        return typed[:end], typed[end + 1 :]
    if len(typed) >= wanted.maximum:
        # "press hash" was said: the hash that follows the last possible digit is not for the next menu
        turn.run.ignore_digit, turn.run.ignore_until = terminator, turn.now + AFTER_INPUT_S
        rest = typed[wanted.maximum :]
        return typed[: wanted.maximum], rest
    return (typed, "") if silence else More()


class CollectRunner(ListeningRunner[Collect]):
    """So many digits, ended by their number, the terminator, or silence."""

    def prompt(self, block: Collect) -> tuple[object, ...]:
        """The question."""
        return block.collect

    def words(self, block: Collect) -> Mapping[str, str]:
        """English digits, if it listens."""
        return SPOKEN_DIGITS if block.listen else {}

    def judge(self, block: Collect, turn: Turn, *, silence: bool) -> Outcome | Wrong | More:
        """Complete at the terminator, at the most digits wanted, or at silence."""
        taken = take_digits(block.digits, block.terminator, turn, silence=silence)
        if isinstance(taken, More):
            return taken
        digits, rest = taken
        if not self._acceptable(block, turn, digits):
            return Wrong()
        turn.run.typed = rest
        turn.run.variables[block.into] = digits
        if block.masked and block.into not in turn.run.secret:
            turn.run.secret.append(block.into)
        turn.trace("collected", {block.into: "*" * len(digits) if block.masked else digits})
        return NEXT

    @staticmethod
    def _acceptable(block: Collect, turn: Turn, digits: str) -> bool:
        if not block.digits.minimum <= len(digits) <= block.digits.maximum or not digits.isdigit():
            return False
        if block.pattern is not None and not re.fullmatch(block.pattern, digits):
            return False
        return block.check is None or block.check.holds({**turn.run.variables, "digits": digits})
