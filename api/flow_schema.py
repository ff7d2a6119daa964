"""What the API says about flows: which are live, what a change would do, what was done."""

from collections.abc import Mapping

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.schema import View


class FlowView(View):
    """A flow that new calls get."""

    name: str
    version: str
    numbers: tuple[str, ...] = ()
    calls: int = Field(0, description="Calls in it now, of any version")


class FlowList(View):
    """Every flow."""

    flows: tuple[FlowView, ...]


class FlowSwitchView(View):
    """From `at` on new calls got this version; null: the flow was taken away."""

    at: AwareDatetime
    version: str | None
    why: str


class FlowHistory(View):
    """What was live, the newest first."""

    flow: str
    switches: tuple[FlowSwitchView, ...]


class FlowChangeView(View):
    """One flow that is to be another."""

    flow: str
    before: str | None = Field(description="The version live now; null: none")
    after: str | None = Field(description="The version to be; null: none")
    difference: str = Field(description="A unified diff")
    numbers: tuple[str, ...] = Field((), description="Numbers that lead to it")
    handed_over_by: tuple[str, ...] = Field((), description="Flows that hand callers over to it")
    calls: int = Field(0, description="Calls in it now, which finish on the version they have")


class FlowPlanView(View):
    """What would change, or has changed; problems forbid it."""

    applied: bool
    changes: tuple[FlowChangeView, ...] = ()
    problems: tuple[str, ...] = Field((), description="Each with its place, the line and a caret")


class Order(BaseModel):
    """What is asked of the server: nothing unknown is passed over."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dry_run: bool = Field(True, description="Only say what would change")


class ApplyOrder(Order):
    """Apply the flows of the server's folder."""

    expect: Mapping[str, str | None] | None = Field(
        None, description="Flow -> version that was looked at; anything else is not applied (409)"
    )


class RollbackOrder(Order):
    """Go back to an earlier version of a flow."""

    flow: str = Field(min_length=1, max_length=256)
    version: str | None = Field(None, description="The one before the live one, if null")
