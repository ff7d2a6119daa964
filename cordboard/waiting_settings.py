"""`announcements:` and `callbacks:` of a queue: what waiting callers are told, and how they are rung back;
and `callbacks:` of the whole centre.
"""

from __future__ import annotations

from pydantic import Field

from acd.queue_rules import CallbackMode
from callflows.calendars import Calendar
from callflows.values import Duration
from cordboard.setting import Settings


class AnnouncementSettings(Settings):
    """What a caller hears over the music; nobody's offer waits for it."""

    first_after: Duration = Field(15.0, description="So long after the caller began to wait.")
    every: Duration = Field(60.0, gt=0, description="And then again and again.")
    position: bool = Field(True, description="Whether the place in line is said: “You are number 3.”")
    wait: bool = Field(
        True, description="Whether the estimated wait is said, once there is one: “about 4 minutes”."
    )
    text: str | None = Field(
        None,
        description="Said after that, such as what the menu offers; as it is, in the language of the call.",
    )


class QueueCallbackSettings(Settings):
    """How callers of a queue are rung back."""

    mode: CallbackMode = Field(
        CallbackMode.AGENT_FIRST,
        description="`agent first`: the agent answers, then the caller's phone rings; `caller first`: an agent is held "
        "free, the caller's phone rings, then the agent's.",
    )
    answer: Duration = Field(40.0, gt=0, description="How long the caller's phone rings.")
    attempts: int = Field(3, ge=1, description="So many attempts in vain end it, with an alert.")
    retry: Duration = Field(300.0, gt=0, description="Rest after the first attempt in vain.")
    retry_factor: float = Field(2.0, ge=1, description="Each further rest is so many times longer.")
    expires: Duration = Field(
        86400.0, gt=0, description="So long after it was due it is given up, with an alert."
    )


class CallbackSettings(Settings):
    """Callbacks of the whole centre."""

    hours: Calendar | None = Field(
        None,
        description="When callers may be rung back, written as a [calendar](flows/blocks/hours.md) of a flow; always, "
        "if none. Outside of them callbacks rest.",
    )
    allowed: tuple[str, ...] = Field(
        (),
        description="Numbers and prefixes (`+44*`) that may be rung back; every one, if none is given. Premium-rate "
        "numbers never are.",
    )
    caller_id: str | None = Field(
        None, description="The number shown to who is rung back; what they had dialled, if not given."
    )
