"""Talk, beyond words: play a file, beep, music, record a message."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from callflows.blocks.base import Block, BranchField
from callflows.blocks.spoken import AudioClip, Spoken
from callflows.values import Duration, Key, Switch, Variable


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


class Record(Block):
    """Record a message of the caller: a question, a beep, then until silence, a key, or the longest time."""

    verb: ClassVar[str] = "record"
    waits: ClassVar[bool] = True

    record: Spoken = Field(description="What is said before the beep.")
    into: Variable = Field("recording", description="The variable that names the recording.")
    language: str | None = Field(None, description="Language of the voice; the flow's by default.")
    longest_s: Duration = Field(120.0, alias="longest", description="After this the recording ends.")
    silence_s: Duration = Field(4.0, alias="silence", description="So much silence ends it.")
    stop: Key = Field("#", description="The key that ends it.")
    beep: Switch = Field(True, description="Whether a tone says that it begins.")
    empty: BranchField | None = Field(None, description="Where to go when nothing was said; on, by default.")
    kind: Literal["message", "voicemail"] = Field("message", description="What the recording is kept as.")

    def writes(self) -> frozenset[str]:
        """The recording's name."""
        return frozenset({self.into})
