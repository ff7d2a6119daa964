"""What may be said about an agent over the API."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schema import View

AgentAction = Literal["login", "logout", "pause", "resume", "wrap-up-end", "wrap-up-extend"]


class AgentOrder(BaseModel):
    """Why; a pause without a reason is a break. `by_s` is for `wrap-up-extend` alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    by_s: Annotated[float, Field(gt=0, le=3600, description="So many seconds more.")] = 60.0


class AgentState(View):
    """How the agent stands after it."""

    id: str
    presence: str
    reason: str | None
