"""Talk: blocks that speak to the caller and listen to keys."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from callflows.blocks.base import Block, BranchField, Options
from callflows.blocks.spoken import Spoken
from callflows.expressions import Expression
from callflows.validation import describe
from callflows.values import Count, Digits, Duration, Key, Switch, Variable, parse_duration


class Say(Block):
    """Say something, then go on. A key pressed meanwhile ends it and is kept for the next menu or collect."""

    verb: ClassVar[str] = "say"

    say: Spoken = Field(description="Text, a file, or a list of them.")
    language: str | None = Field(None, description="Language of the voice; the flow's by default.")
    interruptible: Switch = Field(True, description="Whether a key ends it.")


class Retry(Options):
    """What happens when a caller says nothing, or something wrong."""

    say: tuple[Spoken, ...] | None = Field(
        None, description="Said before asking again; one entry per attempt."
    )
    retries: Count | None = Field(
        None, description="How often it is asked again; the step's retries by default."
    )
    then: BranchField | None = Field(
        None, description="Where to go when that is used up; `otherwise` by default."
    )


def _retry(value: object) -> object:
    """Text alone is what to say before asking again; in the long form, `say` is one text or one for each
    attempt.
    """
    if isinstance(value, str):
        return {"say": [value]}
    if isinstance(value, dict) and "say" in value and not isinstance(value["say"], list):
        return {**value, "say": [value["say"]]}
    return value


RetryField = Annotated[Retry, BeforeValidator(_retry)]


class Listening(Block):
    """What menu and collect have in common: ask, wait, ask again, give up."""

    waits: ClassVar[bool] = True
    hears: ClassVar[bool] = True

    language: str | None = Field(None, description="Language of the voice; the flow's by default.")
    timeout_s: Duration = Field(5.0, alias="timeout", description="Silence after the prompt: nobody there.")
    between_digits_s: Duration = Field(3.0, alias="between_digits", description="Silence that ends input.")
    retries: Count = Field(2, description="How often it is asked again after the first time.")
    no_input: RetryField = Field(Retry.model_validate({}), description="When nothing is pressed.")
    wrong_input: RetryField = Field(Retry.model_validate({}), description="When something else is pressed.")
    otherwise: BranchField | None = Field(None, description="Where to go when all attempts are used up.")
    interruptible: Switch = Field(True, description="Whether a key ends the prompt.")


def _several_keys(value: object) -> object:
    """`"1, 2": sales` is two keys; the same key twice is a mistake, `1` and `"1"` too."""
    if not isinstance(value, dict):
        return value
    keys: dict[str, object] = {}
    for written, branch in value.items():
        for key in str(written).split(","):
            if key.strip() in keys:
                raise ValueError(f'key "{key.strip()}" is here twice')
            keys[key.strip()] = branch
    return keys


_PHRASE = re.compile(r"[a-z']+( [a-z']+)*\Z")


def _phrases(value: object) -> object:
    """One phrase or a list of them, in lower case: the recogniser knows words, not figures or commas."""
    several = value if isinstance(value, list) else [value]
    phrases = [phrase.lower() if isinstance(phrase, str) else phrase for phrase in several]
    for phrase in phrases:
        if not isinstance(phrase, str) or not _PHRASE.match(phrase):
            raise ValueError(f'expected words such as "talk to sales", got {describe(phrase)}')
    return phrases


Phrases = Annotated[
    tuple[str, ...],
    BeforeValidator(_phrases),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "array", "minItems": 1, "items": {"type": "string"}}]}
    ),
]


def _keys_as_text(value: object) -> object:
    return {str(key): phrases for key, phrases in value.items()} if isinstance(value, dict) else value


class Menu(Listening):
    """Ask for a key and go where it leads."""

    verb: ClassVar[str] = "menu"

    menu: Spoken = Field(description="The question.")
    keys: Annotated[dict[Key, BranchField], BeforeValidator(_several_keys)] = Field(
        min_length=1, description="Key (or keys, as in `1, 2`) -> section or steps."
    )

    listen: Annotated[dict[Key, Phrases], BeforeValidator(_keys_as_text)] = Field(
        default_factory=dict, description="Experimental: key -> phrase (or phrases) that mean it when spoken."
    )

    @model_validator(mode="after")
    def _phrases_mean_keys(self) -> Self:
        for key in self.listen:
            if key not in self.keys:
                raise ValueError(f'listen: "{key}" is none of the keys')
        spoken = [phrase for phrases in self.listen.values() for phrase in phrases]
        for phrase in spoken:
            if spoken.count(phrase) > 1:
                raise ValueError(f'listen: "{phrase}" is here twice')
        return self

    def falls_through(self) -> bool:
        """Without `otherwise`, giving up means to go on below."""
        return self.otherwise is None and (self.no_input.then is None or self.wrong_input.then is None)


class Collect(Listening):
    """Ask for several digits and keep them in a variable."""

    verb: ClassVar[str] = "collect"

    collect: Spoken = Field(description="The question.")
    digits: Digits = Field(description="How many digits: 6, or 4..8.")
    into: Variable = Field(description="The variable that gets the digits, as text.")
    terminator: Literal["#", "*"] | None = Field(
        "#", description="The key that ends the input early; null for none."
    )
    pattern: str | None = Field(None, description="A regular expression that the digits must match.")
    check: Expression | None = Field(
        None, description="A condition that they must meet; `digits` is what was typed."
    )
    masked: Switch = Field(False, description="Keep the digits out of logs, traces and recordings.")
    listen: Switch = Field(False, description="Experimental: digits may be spoken, one by one, in English.")

    def hears_secrets(self) -> bool:
        """If it is masked."""
        return self.masked

    @model_validator(mode="after")
    def _pattern_compiles(self) -> Self:
        if self.masked and self.listen:
            raise ValueError("listen: masked digits are not to be spoken aloud")
        if self.pattern is not None:
            try:
                re.compile(self.pattern)
            except re.error as error:
                raise ValueError(
                    f"pattern: {describe(self.pattern)} is not a regular expression: {error}"
                ) from error
        return self

    def writes(self) -> frozenset[str]:
        """The digits."""
        return frozenset({self.into})

    def reads_beyond(self) -> frozenset[str]:
        """`check` sees what was typed before it is kept."""
        return frozenset({"digits"})


def _wait_for(value: object) -> object:
    return float("inf") if value == "forever" else parse_duration(value)


class Wait(Block):
    """Keep the line silent for a while, or `forever`:

    Until the caller hangs up. Keys are kept for the next step.
    """

    verb: ClassVar[str] = "wait"
    waits: ClassVar[bool] = True

    wait_s: Annotated[
        float,
        BeforeValidator(_wait_for),
        WithJsonSchema({"type": "string", "examples": ["2s", "forever"]}),
    ] = Field(alias="wait", description='How long, or "forever".')

    def falls_through(self) -> bool:
        """Nothing comes after forever."""
        return self.wait_s != float("inf")
