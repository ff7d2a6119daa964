"""A callback over the API."""

from collections.abc import Mapping
from typing import Literal

from pydantic import AwareDatetime, Field, JsonValue

from api.schema import View

CallbackStatus = Literal["waiting", "resting", "dialling"]


class CallbackView(View):
    """Somebody who is to be rung back."""

    id: str
    number: str
    queue: str
    status: CallbackStatus = Field(
        description="waiting in line; resting until not_before; or the caller's phone is being rung"
    )
    position: int | None = Field(
        None, description="In its queue, 1 is next; null while it does not stand in line"
    )
    waiting_since: AwareDatetime = Field(description="When the call came from which it has its place")
    not_before: AwareDatetime
    expires_at: AwareDatetime
    attempts: int = Field(0, description="How often the caller's phone was rung")
    note: str = Field("", description="What came of the last attempt")
    call: str | None = Field(None, description="The call that asked for it")
    data: Mapping[str, JsonValue] = Field(default_factory=dict, description="For the agent's screen")


class CallbackList(View):
    """Those that are wanted, by queue and in the order of their places."""

    callbacks: tuple[CallbackView, ...]
