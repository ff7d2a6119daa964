"""What may be said about supervising a talk, adding somebody to it, and telling one side of it something."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schema import SupervisionMode, View

PhoneName = Annotated[str, Field(min_length=1, max_length=256)]


class Order(BaseModel):
    """The base of what is asked for: nothing that is not understood is passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SuperviseOrder(Order):
    """Listen to a talk, whisper to its agent, or barge in; from a phone that is in the talk already: another mode."""

    mode: SupervisionMode
    phone: PhoneName | None = Field(
        None, description="A supervisor's id or the name of a phone; not needed where there is only one"
    )


class SuperviseEnd(Order):
    """Take a phone out of a talk again."""

    phone: PhoneName | None = Field(None, description="Not needed where only one is in the talk")


class SupervisionState(View):
    """How a phone stands in a talk."""

    call: str
    phone: str
    mode: SupervisionMode
    state: Literal["ringing", "on", "ended"]
