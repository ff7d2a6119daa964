"""`agents:`, `static_agents:`, `agent_login:`, `agent_codes:` in `cordboard.yaml`: who serves, and how they say so."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from api.agent_schema import AgentAction
from callflows.calendars import Calendar
from callflows.values import Duration
from cordboard.queue_settings import SkillLevels
from cordboard.setting import Settings

Code = Annotated[str, Field(pattern=r"^[*#0-9]{2,10}$")]


class AgentLogin(StrEnum):
    """What brings an agent to work."""

    REGISTRATION = "registration"
    CODE = "code"


class AgentSettings(Settings):
    """Somebody who answers."""

    name: str | None = Field(None, description="What people call them; the key, if not given.")
    password: str | None = Field(
        None, description="For their phone; made up and kept if not given.", repr=False
    )
    skills: SkillLevels = Field(default_factory=dict, description="What they are good at, from 1 to 10.")
    queues: tuple[str, ...] = Field((), description="The queues they serve.")
    role: Literal["agent", "supervisor"] = Field(
        "agent",
        description="A `supervisor` may also listen to others' talks, see [supervision](#supervision).",
    )
    shift: Calendar | None = Field(
        None,
        description="Their working hours, written as a [calendar](flows/blocks/hours.md) of a flow: they are logged in "
        "and out by them.",
    )


class StaticAgents(Settings):
    """Agents at known addresses, on duty as long as the server runs: no registration, no password."""

    count: int = Field(1, ge=0, le=100_000, description="How many; {n} counts from 1.")
    id: str = Field("agent{n}", description="Their ids.")
    contact: str = Field(description="Their SIP addresses; {n} and {port} are filled in.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(5060, description="What {port} stands for.")
    skills: SkillLevels = Field(default_factory=dict, description="What they are good at, from 1 to 10.")
    queues: tuple[str, ...] = Field((), description="The queues they serve.")


class AgentCodeSettings(Settings):
    """What agents dial at their phones; null takes a code away."""

    login: Code | None = Field("*71", description="To work.")
    logout: Code | None = Field("*72", description="Home; a talk is finished first.")
    pause: Code | None = Field(
        "*73", description="No calls for now; the number of a reason may follow: `*732`."
    )
    resume: Code | None = Field("*74", description="The end of a pause.")
    wrap_up_end: Code | None = Field("*75", description="Done with the paperwork before its time.")
    wrap_up_extend: Code | None = Field("*76", description="More time for the paperwork.")
    reasons: dict[Annotated[str, Field(pattern=r"^[0-9]{1,3}$")], str] = Field(
        {"1": "break", "2": "lunch", "3": "training", "4": "meeting"},
        description="What the number after the pause's code means.",
    )
    extend: Duration = Field(60.0, gt=0, description="How much more time for the paperwork.")

    @model_validator(mode="after")
    def _each_means_one_thing(self) -> Self:
        codes = [code for code in self.all().values() if code is not None]
        if len(set(codes)) < len(codes):
            raise ValueError("a code is given twice")
        longer = {f"{self.pause}{number}" for number in self.reasons} if self.pause is not None else set()
        if longer & set(codes):
            raise ValueError("a code is the same as the one of a pause with a reason")
        return self

    def all(self) -> dict[AgentAction, str | None]:
        """Each action's code."""
        return {
            "login": self.login,
            "logout": self.logout,
            "pause": self.pause,
            "resume": self.resume,
            "wrap-up-end": self.wrap_up_end,
            "wrap-up-extend": self.wrap_up_extend,
        }
