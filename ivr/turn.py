"""One turn of a run: what a block's runner may see and do while it handles one event.

A block's runner gets the turn, uses its verbs (`play`, `wait_until`, `trace`) and returns an `Outcome`. It
never touches the run's place itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from callflows.blocks.base import Block
from callflows.blocks.spoken import AudioClip, Pause, Sentence
from callflows.expressions import ExpressionError, Template
from callflows.program import Flow, Step
from ivr.effects import (
    Answer,
    AudioFile,
    Effect,
    Listen,
    MaskDigits,
    Play,
    Prompt,
    Silence,
    Speech,
    StepRef,
    StopListening,
    StopPlay,
    Traced,
)
from ivr.events import Event
from ivr.run import FlowRun

AnyBlock_contra = TypeVar("AnyBlock_contra", bound=Block, contravariant=True)
MAX_TYPED = 64
FOREVER = float("inf")


@dataclass(frozen=True, slots=True)
class Stay:
    """The step is not done: it waits for an event or its deadline."""


@dataclass(frozen=True, slots=True)
class Next:
    """On to the step below."""


@dataclass(frozen=True, slots=True)
class Take:
    """On by one of the step's exits, by name; to the step below if the flow has no such exit."""

    exit: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class CallSection:
    """On into a section that comes back, with variables of its own."""

    arguments: dict[str, Any]
    into: str | None


@dataclass(frozen=True, slots=True)
class Back:
    """Back to where the section was called from."""

    result: Any = None


@dataclass(frozen=True, slots=True)
class Away:
    """The run is over: another flow has the call."""

    flow: str


@dataclass(frozen=True, slots=True)
class End:
    """The call ends here."""

    cause: str


@dataclass(frozen=True, slots=True)
class WaitIn:
    """On into the section of this exit, again and again, until the queue lets go of the caller."""

    exit: str


@dataclass(frozen=True, slots=True)
class LeaveWaiting:
    """Out of the queue and the section that ran meanwhile, by an exit of this step."""

    exit: str


Outcome = Stay | Next | Take | CallSection | Back | Away | End | WaitIn | LeaveWaiting
STAY = Stay()
NEXT = Next()


@dataclass(frozen=True, slots=True)
class Wrong:
    """Digits that are no acceptable input."""


@dataclass(frozen=True, slots=True)
class More:
    """Digits that are no input yet: more may come."""


@dataclass(frozen=True, slots=True)
class TimeIsUp:
    """The step's deadline has passed."""


Happening = Event | TimeIsUp


class BlockRunner(Protocol[AnyBlock_contra]):
    """What a block does. Without state of its own: all state is in the run."""

    def start(self, block: AnyBlock_contra, turn: Turn) -> Outcome:
        """The run comes to the step."""

    def resume(self, block: AnyBlock_contra, turn: Turn, event: Happening) -> Outcome:
        """Something happened while the run stands at the step. Digits are in `turn.run.typed` already."""


class Instant:
    """A base for the runners of blocks that never wait."""

    def resume(self, _block: Block, _turn: Turn, _event: Happening) -> Outcome:
        """Nothing can happen at such a step."""
        return STAY


class Turn:
    """The run, the time, and the effects so far."""

    __slots__ = ("_new_id", "effects", "flow", "now", "run", "step")

    def __init__(self, flow: Flow, run: FlowRun, new_id: Callable[[], str]) -> None:
        self.flow = flow
        self.run = run
        self._new_id = new_id
        self.now = 0.0
        self.effects: list[Effect] = []
        self.step: Step = flow.sections[run.section][run.index]

    def play(
        self,
        parts: Sequence[Any],
        language: str | None = None,
        after: tuple[Prompt, ...] = (),
        *,
        loop: bool = False,
    ) -> str:
        """Play what is to be heard, instead of anything that plays; the texts as said, for the trace."""
        run = self.run
        voice = language or self.flow.language
        prompts = tuple(self._prompt(part, voice) for part in parts)
        self.stop()
        run.playing = self._new_id()
        self.effects.append(Play(run.playing, prompts + after, loop))
        pairs = zip(parts, prompts, strict=True)
        return " ".join(self._shown(part, prompt) for part, prompt in pairs if isinstance(prompt, Speech))

    def _shown(self, part: object, prompt: Speech) -> str:
        template = part.text if isinstance(part, Sentence) else part
        if isinstance(template, Template) and self.is_secret(template.names):
            return template.source
        return prompt.text

    def _prompt(self, part: object, voice: str) -> Prompt:
        variables = self.run.variables
        if isinstance(part, Template):
            return Speech(part.render(variables), voice)
        if isinstance(part, AudioClip):
            return AudioFile(self.flow.path.parent / part.file)
        if isinstance(part, Pause):
            return Silence(part.pause_s)
        if isinstance(part, Sentence):
            return Speech(part.text.render(variables), part.language or voice)
        raise TypeError(f"{part!r} cannot be heard")

    def listen(self, phrases: tuple[str, ...], language: str, *, repeat: bool = False) -> None:
        """Have words listened to beside the keys, until the step is over."""
        if self.run.hearing is None:
            self.run.hearing = self._new_id()
            self.effects.append(Listen(self.run.hearing, phrases, language, repeat))

    def stop_listening(self) -> None:
        """Words are nobody's business any more."""
        if self.run.hearing is not None:
            self.effects.append(StopListening(self.run.hearing))
            self.run.hearing = None

    def request(self) -> str:
        """The id of a question asked of somebody else; only its answer will be listened to."""
        self.run.request = self._new_id()
        return self.run.request

    def moment(self) -> datetime:
        """The time of day, from the call's arrival and the time that has passed since."""
        arrived_at = self.run.call.arrived_at
        if arrived_at is None:
            raise ExpressionError("the call does not say when it arrived")
        return arrived_at + timedelta(seconds=self.now - self.run.began)

    def mask_digits(self, on: bool, /) -> None:
        """Say that keys are secret from now on, or no longer."""
        if self.run.masking is not on:
            self.run.masking = on
            self.effects.append(MaskDigits(on))

    def is_secret(self, names: Iterable[str]) -> bool:
        """Whether something that uses these variables must not be shown."""
        return bool(self.run.secret) and not set(self.run.secret).isdisjoint(names)

    def stop(self) -> None:
        """Silence what is playing."""
        if self.run.playing is not None:
            self.run.playing = None
            self.effects.append(StopPlay())

    def answer(self) -> None:
        """Answer the call, if that has not been done."""
        if not self.run.answered:
            self.run.answered = True
            self.effects.append(Answer())

    def wait(self, seconds: float) -> None:
        """Let the step's patience end in so many seconds; not at all if infinite."""
        self.run.deadline = None if seconds == FOREVER else self.now + seconds

    def trace(self, what: str, data: dict[str, str]) -> None:
        """Write down what happens at this step."""
        run = self.run
        self.effects.append(Traced(StepRef(run.section, run.index, self.step.position[0]), what, data))
