"""Talk, beyond words: play a file, beep, music, record a message."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from callflows.blocks.base import Block, BranchField, Options
from callflows.blocks.spoken import AudioClip, Spoken
from callflows.expressions import Template
from callflows.values import Count, Duration, Key, Switch, Variable


def _file(value: object) -> object:
    return {"file": value} if isinstance(value, str) else value


class Play(Block):
    """Play an audio file: `play: sounds/welcome.wav`."""

    verb: ClassVar[str] = "play"

    play: Annotated[AudioClip, BeforeValidator(_file), WithJsonSchema({"type": "string"})] = Field(
        description="Path of an audio file, from the flow file's folder."
    )
    interruptible: Switch = Field(True, description="Whether a key ends it.")


class Beep(Block):
    """A short tone."""

    verb: ClassVar[str] = "beep"

    beep: Annotated[Duration, BeforeValidator(lambda value: "200ms" if value is None else value)] = Field(
        description="How long; 200 ms if nothing is written."
    )


class Music(Block):
    """Play music for a while; a key ends it and is kept for the next step."""

    verb: ClassVar[str] = "music"
    waits: ClassVar[bool] = True

    music_s: Duration = Field(alias="music", description="How long.")
    file: Annotated[AudioClip, BeforeValidator(_file), WithJsonSchema({"type": "string"})] | None = Field(
        None, description="An audio file; the built-in music by default."
    )
    interruptible: Switch = Field(True, description="Whether a key ends it.")


class Review(Options):
    """What the caller may do with a message before it is kept."""

    ask: Spoken = Field(
        default_factory=lambda: (
            Template("To keep your message, press 1. To hear it, press 2. To record it again, press 3."),
        ),
        description="The question, naming the keys.",
    )
    keep: Key = Field("1", description="The key that keeps it; so do silence and hanging up.")
    listen: Key = Field("2", description="The key that plays it.")
    again: Key = Field("3", description="The key that records it again.")
    timeout_s: Duration = Field(5.0, alias="timeout", description="Silence after the question that keeps it.")
    at_most: Count = Field(3, description="How often it may be recorded again.")

    @model_validator(mode="after")
    def _keys_differ(self) -> Self:
        keys = (self.keep, self.listen, self.again)
        if len(set(keys)) < len(keys) or any(len(key) > 1 for key in keys):
            raise ValueError("expected three different single keys for keep, listen and again")
        return self


def _review(value: object) -> object:
    """`true` is a review with everything as usual, `false` is none."""
    if isinstance(value, bool):
        return {} if value else None
    return value


class Recording(Block):
    """What record and voicemail have in common."""

    waits: ClassVar[bool] = True
    in_waiting: ClassVar[bool] = False

    into: Variable = Field("recording", description="The variable that names the recording.")
    language: str | None = Field(None, description="Language of the voice; the flow's by default.")
    longest_s: Duration = Field(120.0, alias="longest", description="After this the recording ends.")
    silence_s: Duration = Field(4.0, alias="silence", description="So much silence ends it.")
    stop: Key = Field("#", description="The key that ends it.")
    beep: Switch = Field(True, description="Whether a tone says that it begins.")
    review: Annotated[
        Review | None,
        BeforeValidator(_review),
        WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "object"}]}),
    ] = Field(
        None,
        description="true, or ask, keep, listen, again, timeout, at_most: whether the caller may hear it, "
        "record it again, or keep it.",
    )
    empty: BranchField | None = Field(None, description="Where to go when nothing was said; on, by default.")

    def writes(self) -> frozenset[str]:
        """The recording's name."""
        return frozenset({self.into})


class Record(Recording):
    """Record a message of the caller: a question, a beep, then until silence, a key, or the longest time."""

    verb: ClassVar[str] = "record"

    record: Spoken = Field(description="What is said before the beep.")
    kind: Literal["message", "voicemail"] = Field("message", description="What the recording is kept as.")
