"""The state of one run of a flow: everything the runner knows about a call, and nothing that cannot be
written down.

`FlowRun` is plain data. `dump` and `load` turn it into bytes and back, at any step; a run that was read
back goes on where it stood. Times are monotonic seconds of the machine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from callflows.program import Flow
from callflows.values import Value


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is known of the call from the start."""

    caller: str
    called: str
    call_id: str
    arrived_at: datetime | None = None
    """With a time zone; a flow with opening hours needs it."""

    asserted: str = ""
    """Whom the network says that the caller is, whatever they show; worth what the trunk is worth."""

    anonymous: bool = False
    diverted_from: str = ""
    """Who forwarded the call here, and in the network's words why; empty if nobody did."""

    diversion_reason: str = ""
    dialled_first: str = ""
    """Whom the caller had dialled before anybody forwarded the call."""


@dataclass(slots=True)
class Listening:
    """An input under way: how often nothing or something wrong was pressed; which of several questions."""

    silent: int = 0
    wrong: int = 0
    question: int = 0


@dataclass(slots=True)
class Frame:
    """A subroutine's caller, or a queue whose waiting section runs:

    Where to go on, and the variables that its arguments hide.
    """

    section: str
    index: int
    into: str | None = None
    hidden: dict[str, Any] = field(default_factory=dict)
    given: list[str] = field(default_factory=list)
    waiting_since: float | None = None
    """The section runs while the caller waits in a queue; when this round of it began."""


@dataclass(slots=True)
class FlowRun:
    """One call in one flow.

    `section` and `index` are the step; `typed` are digits not used up yet; `playing` is the one owner of the
    caller's audio; `request` the one question asked of others; `rounds` count what is repeated; `secret` are
    variables that no trace shows; `deadline` is when the step's patience ends, `queue_until` when the patience
    with the queue does; `talking` is the caller with somebody, so that the flow keeps silent; `hearing` is the
    one request to listen to words; `phase` is where a step with several questions stands; `hides_digits` says that
    the caller may type secrets where they are not asked for, because a flow of this call asks for some; `ended` is
    the cause once the run is over. `queued` says that people were asked to help: in a queue, by a call, a message
    or a callback.
    """

    flow: str
    version: str
    call: CallFacts
    section: str
    index: int = 0
    variables: dict[str, Any] = field(default_factory=dict)
    stack: list[Frame] = field(default_factory=list)
    typed: str = ""
    playing: str | None = None
    deadline: float | None = None
    listening: Listening | None = None
    ignore_digit: str | None = None
    ignore_until: float = 0.0
    request: str | None = None
    tries: int = 0
    rounds: dict[str, int] = field(default_factory=dict)
    came_back: bool = False
    began: float = 0.0
    secret: list[str] = field(default_factory=list)
    masking: bool = False
    hides_digits: bool = False
    contained: bool = False
    answered: bool = False
    queued: bool = False
    in_queue: bool = False
    queue_until: float | None = None
    talking: bool = False
    phase: str = ""
    hearing: str | None = None
    recorded: str | None = None
    recorded_s: float = 0.0
    ended: str | None = None
    steps_without_input: int = 0

    @classmethod
    def new(cls, flow: Flow, call: CallFacts) -> FlowRun:
        """A run at the flow's beginning."""
        variables: dict[str, Value] = {
            "caller": call.caller,
            "called": call.called,
            "call_id": call.call_id,
            "origin": {
                "asserted": call.asserted,
                "anonymous": call.anonymous,
                "diverted_from": call.diverted_from,
                "diversion_reason": call.diversion_reason,
                "dialled_first": call.dialled_first,
            },
            "identity": [],
        }
        start = flow.start
        return cls(flow.name, flow.version, call, start, variables=variables, hides_digits=flow.hears_secrets)

    def dump(self) -> bytes:
        """As JSON."""
        return msgspec.json.encode(self)

    @classmethod
    def load(cls, data: bytes) -> FlowRun:
        """From `dump`'s JSON; raises msgspec.ValidationError."""
        return msgspec.json.decode(data, type=cls)
