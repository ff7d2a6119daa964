"""What may be said about adding somebody to a talk, and about telling one side of it something."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.schema import View

Name = Annotated[str, Field(min_length=1, max_length=256)]
Side = Literal["caller", "agent"]


class Order(BaseModel):
    """The base of what is asked for: nothing that is not understood is passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PartyOrder(Order):
    """Ring an agent, or a number by a trunk, into a talk."""

    agent: Name | None = None
    number: Annotated[str, Field(pattern=r"^[+0-9*#][0-9*#]{1,31}$")] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> PartyOrder:
        if (self.agent is None) == (self.number is None):
            raise ValueError("name an agent or a number")
        return self


class PartyEnd(Order):
    """Take somebody who was added out again."""

    party: Name


class PartyState(View):
    """How somebody who was added stands."""

    call: str
    party: str
    state: Literal["ringing", "on", "ended"]


class AnnounceOrder(Order):
    """Say a text to one side of a talk."""

    side: Side
    text: Annotated[str, Field(min_length=1, max_length=1000)]
    language: Annotated[str, Field(pattern=r"^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8}){0,3}$")] | None = None


class AnnouncementState(View):
    """It is being said."""

    call: str
    side: Side
