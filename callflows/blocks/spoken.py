"""What a caller hears: text to be spoken, an audio file, or several of them in a row.

`Spoken` is the one shape of it in all blocks: `say: Hello.`, `say: {file: hello.wav}`, `say: [Hello.,
{file: x.wav}]`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema

from callflows.blocks.base import Options
from callflows.expressions import Template
from callflows.values import Duration


class AudioClip(Options):
    """An audio file; its path is relative to the flow file."""

    file: str = Field(min_length=1, description="Path of an audio file, from the flow file's folder.")


class Sentence(Options):
    """Text with a voice of its own."""

    text: Template = Field(description="What is said.")
    language: str | None = Field(None, description="Language of the voice, such as en-gb or de.")


class Pause(Options):
    """Silence between two parts."""

    pause_s: Duration = Field(alias="pause", description="How long nothing is heard.")


def _kind(value: object) -> str:
    if isinstance(value, Mapping) and "file" in value:
        return "a file"
    if isinstance(value, Mapping) and "pause" in value:
        return "a pause"
    if isinstance(value, Mapping):
        return "a sentence"
    return "text"


SpokenPart = Annotated[
    Annotated[Template, Tag("text")]
    | Annotated[AudioClip, Tag("a file")]
    | Annotated[Pause, Tag("a pause")]
    | Annotated[Sentence, Tag("a sentence")],
    Discriminator(_kind),
]


def _as_list(value: object) -> object:
    if isinstance(value, list):
        if not value:
            raise ValueError("expected text, a file, or a list of them, got an empty list")
        return value
    if isinstance(value, tuple):
        return list(value)
    return [value]


_PART_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "required": ["file"],
            "additionalProperties": False,
            "properties": {"file": {"type": "string"}},
        },
        {
            "type": "object",
            "required": ["text"],
            "additionalProperties": False,
            "properties": {"text": {"type": "string"}, "language": {"type": "string"}},
        },
        {
            "type": "object",
            "required": ["pause"],
            "additionalProperties": False,
            "properties": {"pause": {"type": "string"}},
        },
    ]
}

Spoken = Annotated[
    tuple[SpokenPart, ...],
    BeforeValidator(_as_list),
    WithJsonSchema(
        {"anyOf": [*_PART_SCHEMA["anyOf"], {"type": "array", "minItems": 1, "items": _PART_SCHEMA}]}
    ),
]
