"""Know: ask a web service, look something up, remember facts about callers, check who they are."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema, model_validator

from callflows.blocks.base import Block, BranchField, Options, TablePath
from callflows.blocks.spoken import Spoken
from callflows.blocks.talk import Listening
from callflows.expressions import Assigned, Expression, Template
from callflows.validation import describe
from callflows.values import Count, Digits, Duration, Name, Variable


class Http(Block):
    """Ask a web service. Nobody else waits for it; the caller hears music if it takes long."""

    verb: ClassVar[str] = "http"
    needs_answer: ClassVar[bool] = False
    waits: ClassVar[bool] = True

    http: Template = Field(description="The address.")
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = Field("GET", description="The method.")
    headers: dict[str, Template] = Field(
        default_factory=dict, description="Headers; ${NAME} is a secret's value."
    )
    json_: dict[str, Assigned] | None = Field(None, alias="json", description="A JSON body.")
    timeout_s: Duration = Field(5.0, alias="timeout", description="How long one try may take.")
    retries: Annotated[int, Field(strict=True, ge=0, le=5)] = Field(
        0, description="Further tries after a failure."
    )
    into: Variable = Field("answer", description="The variable that gets the answer's JSON (or text).")
    failed: BranchField | None = Field(
        None, description="Where to go when it fails; on, with null, by default."
    )

    def writes(self) -> frozenset[str]:
        """The answer, and its HTTP status."""
        return frozenset({self.into, "http_status"})


def _table(value: object) -> TablePath:
    if isinstance(value, str) and value.rpartition(".")[2] in ("csv", "db", "sqlite"):
        return TablePath(value)
    raise ValueError(f"expected a table, a .csv, .db or .sqlite file, got {describe(value)}")


class Lookup(Block):
    """Find a row of a table by its key."""

    verb: ClassVar[str] = "lookup"
    needs_answer: ClassVar[bool] = False
    waits: ClassVar[bool] = True

    lookup: Expression = Field(description="The key to look for.")
    table: Annotated[TablePath, PlainValidator(_table), WithJsonSchema({"type": "string"})] = Field(
        alias="in", description="A CSV file with a header line, or an SQLite file."
    )
    rows: Name | None = Field(None, description="The table inside an SQLite file.")
    column: str = Field(alias="by", min_length=1, description="The column that holds the key.")
    into: Variable = Field("row", description="The variable that gets the row.")
    missing: BranchField | None = Field(
        None, description="Where to go when there is no such row; on, by default."
    )

    def writes(self) -> frozenset[str]:
        """The row; null if there is none."""
        return frozenset({self.into})


class Remember(Block):
    """Keep facts about the caller for later calls."""

    verb: ClassVar[str] = "remember"
    needs_answer: ClassVar[bool] = False

    remember: dict[Variable, Assigned] = Field(min_length=1, description="Fact -> value.")
    for_s: Duration | None = Field(None, alias="for", description="How long; for good by default.")
    about: Expression = Field(
        default_factory=lambda: Expression("caller"), description="Whom the facts are about."
    )


def _names(value: object) -> object:
    return [value] if isinstance(value, str) else value


class Recall(Block):
    """Bring back facts about the caller; those that are not known are null."""

    verb: ClassVar[str] = "recall"
    needs_answer: ClassVar[bool] = False
    waits: ClassVar[bool] = True

    recall: Annotated[tuple[Variable, ...], BeforeValidator(_names)] = Field(
        min_length=1, description="One fact, or a list."
    )
    about: Expression = Field(
        default_factory=lambda: Expression("caller"), description="Whom the facts are about."
    )

    def writes(self) -> frozenset[str]:
        """The facts, as variables."""
        return frozenset(self.recall)


class Lockout(Options):
    """What follows too many wrong attempts."""

    for_s: Duration = Field(1800.0, alias="for", description="How long the caller is not let try again.")
    then: BranchField | None = Field(
        None, description="Where a locked-out caller goes; `otherwise` by default."
    )


class Verify(Listening):
    """Check a PIN or a one-time code: never kept, never logged, so many attempts, then locked out."""

    verb: ClassVar[str] = "verify"

    verify: Spoken = Field(description="The question.")
    digits: Digits = Field(description="How many digits.")
    expect: Expression | None = Field(None, description="The right digits.")
    check: Expression | None = Field(None, description="Or a condition; `digits` is what was typed.")
    tier: Name = Field("verified", description="The tier of identity that is reached; `identity` lists them.")
    lockout: Lockout | None = Field(None, description="Remember failures of this caller between calls.")
    about: Expression = Field(default_factory=lambda: Expression("caller"), description="Who is locked out.")
    terminator: Literal["#", "*"] | None = Field("#", description="The key that ends the input early.")
    retries: Count = Field(2, description="How often it may be tried again.")

    def hears_secrets(self) -> bool:
        """Always."""
        return True

    @model_validator(mode="after")
    def _one_way_to_tell(self) -> Self:
        if (self.expect is None) == (self.check is None):
            raise ValueError("expected one of expect and check")
        return self

    def writes(self) -> frozenset[str]:
        """The tiers reached."""
        return frozenset({"identity"})

    def reads_beyond(self) -> frozenset[str]:
        """`check` sees what was typed."""
        return frozenset({"digits"})


class Require(Block):
    """Let on only callers of a tier of identity."""

    verb: ClassVar[str] = "require"
    needs_answer: ClassVar[bool] = False

    require: Name = Field(description="The tier.")
    otherwise: BranchField = Field(description="Where everybody else goes.")
