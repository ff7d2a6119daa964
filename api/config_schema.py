"""A change of queues and agents over the API: what it would do, and whom it touches."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from api.schema import View


class ConfigOrder(BaseModel):
    """Apply the server's folder; with `dry_run`, only say what that would do."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dry_run: bool = True
    expect: str | None = Field(None, description="The version that was looked at; another one is a conflict")
    move: Mapping[str, str] = Field(
        default_factory=dict, description="Queues that go -> where those who wait in them are moved"
    )


class ConfigChangeView(View):
    """One setting of a queue or an agent."""

    about: str = Field(description='Such as "queue sales"')
    what: str
    before: str
    after: str


class TouchedContact(View):
    """Somebody who waits where something changes."""

    id: str
    caller: str
    queue: str


class ConfigPlanView(View):
    """What applying would do, or did."""

    applied: bool
    version: str = Field(description="Of what the folder says now")
    changes: tuple[ConfigChangeView, ...] = ()
    contacts: tuple[TouchedContact, ...] = ()
    agents: tuple[str, ...] = Field(
        (), description="Those who change, or serve what does; nobody is logged out"
    )
    restart: tuple[str, ...] = Field((), description="Settings that differ, and wait for the next start")
    problems: tuple[str, ...] = Field((), description="Why it cannot be applied")
