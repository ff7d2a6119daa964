"""What may be said about an agent over the API."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schema import View

AgentAction = Literal["login", "logout", "pause", "resume", "wrap-up-end"]


class AgentOrder(BaseModel):
    """Why; a pause without a reason is a break."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Annotated[str, Field(min_length=1, max_length=100)] | None = None


class AgentState(View):
    """How the agent stands after it."""

    id: str
    presence: str
    reason: str | None
