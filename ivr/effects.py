"""What a run wants done: the runner's outputs, in the order in which they are to be done."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Speech:
    """Text to be spoken, in a language as the TTS engine names it."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class AudioFile:
    """An audio file to be played."""

    path: Path


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing, for so long."""

    seconds: float


Prompt = Speech | AudioFile | Silence


@dataclass(frozen=True, slots=True)
class StepRef:
    """A step of a flow: its place in the program, its line in the file."""

    section: str
    index: int
    line: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer the call; media follows."""


@dataclass(frozen=True, slots=True)
class Play:
    """Play prompts, one after the other; ends in `PlaybackFinished(play_id)`, unless stopped or replaced."""

    play_id: str
    prompts: tuple[Prompt, ...]


@dataclass(frozen=True, slots=True)
class StopPlay:
    """Stop what is playing, at once."""


@dataclass(frozen=True, slots=True)
class JoinQueue:
    """Hand the caller to a queue; ends in `QueueLeft`."""

    queue: str
    skills: dict[str, int] = field(default_factory=dict)
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call; `cause` is one of the language's causes, or `flow_error`."""

    cause: str


@dataclass(frozen=True, slots=True)
class Traced:
    """What the run just did, for the call's history:

    Data are words for people, masked where the flow says so.
    """

    step: StepRef
    what: str
    data: dict[str, str] = field(default_factory=dict)


Effect = Answer | Play | StopPlay | JoinQueue | Hangup | Traced
