"""What the API says, as typed models: the one vocabulary that server, client and console share.

Owns: the shape of every body and of every message on the stream. Must not know where the figures come from,
nor how they are drawn; it imports no other room, so that a client can be built from it alone.

Time: `at` and the other `datetime` fields are UTC, for people and records. A duration (`since_s`,
`longest_wait_s`) is in seconds as of the `at` of the message that carries it; a client lets it run on with
its own clock, so that nobody's clock need agree with anybody's and nothing is sent only because time has
passed.

The stream speaks two messages:

    SnapshotMessage(sequence, snapshot)                     first, and once
    ChangeMessage(sequence, follows, upserts, removals)     after that, whenever something differs

`follows` is the sequence of the message before it on the same connection. Sequences grow, and skip numbers
when a reader was slow and several states were merged into one message.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

CallState = Literal["in flow", "waiting", "ringing", "talking", "ended"]
SupervisionMode = Literal["listen", "whisper", "barge"]
Presence = Literal[
    "offline", "available", "ringing", "on_contact", "wrap_up", "paused", "reserved", "unreachable"
]

PRESENCES: tuple[Presence, ...] = (
    "available",
    "ringing",
    "reserved",
    "on_contact",
    "wrap_up",
    "paused",
    "unreachable",
    "offline",
)
"""Every presence, in the order in which people like to read them."""


class View(BaseModel):
    """The base of all that is sent: immutable; fields that a newer server adds are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ServerView(View):
    """The server as a whole: the console's top bar."""

    name: str = Field("Cordboard", description="What this installation calls itself")
    version: str
    started_at: AwareDatetime
    sip: str = Field(description='Where phones reach it, such as "10.0.0.5:5060"')
    calls_now: int = 0
    calls_total: int = Field(0, description="Since the server started")
    media_packets_lost: int = Field(0, description="RTP packets the media workers dropped since start")


class QueueView(View):
    """One queue: who waits, how well it is served, who serves it."""

    id: str
    name: str
    waiting: int = 0
    longest_wait_s: float = Field(0.0, description="Of those who wait now; 0 when nobody does")
    service_level_percent: float | None = Field(
        None, description="Share of contacts answered within service_level_s; null before the first contact"
    )
    service_level_s: float = Field(20.0, description="The threshold of the service level")
    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    callbacks: int = Field(0, description="Callers who are to be rung back")
    estimated_wait_s: float | None = Field(
        None, description="Of somebody who comes now, to ten seconds; null while nothing is known"
    )
    estimate_error_s: float | None = Field(
        None, description="How far estimates made on arrival were from what was waited, on the average"
    )
    estimate_covered: float | None = Field(
        None, description="The share of waits within the interval that was estimated; 0.8 would be perfect"
    )
    agents: Mapping[Presence, int] = Field(
        default_factory=dict, description="How many of the queue's agents are in each presence"
    )


class SupervisorView(View):
    """Somebody who supervises a talk."""

    phone: str
    mode: SupervisionMode
    state: Literal["ringing", "on"]


class CallView(View):
    """One caller's call, from the first ring until it has ended."""

    id: str
    caller: str
    called: str
    state: CallState
    since_s: float = Field(description="Seconds in this state")
    queue: str | None = None
    agent: str | None = None
    step: str | None = Field(None, description="Where the flow stands, such as main[1]:menu")
    recording: bool = Field(False, description="Is being recorded now")
    held: bool = Field(False, description="The agent holds, the caller waits")
    supervisors: tuple[SupervisorView, ...] = ()
    parties: tuple[str, ...] = Field((), description="Who was added to the talk")


class AgentView(View):
    """One agent: presence, and what stands behind it."""

    id: str
    name: str
    presence: Presence
    reason: str | None = Field(None, description="Why paused, or why the last offer failed")
    since_s: float = Field(description="Seconds in this presence")
    skills: Mapping[str, int] = Field(default_factory=dict)
    queues: tuple[str, ...] = ()
    call: str | None = None
    address: str | None = Field(None, description="Where the agent's phone is, if registered")
    handled: int = Field(0, description="Contacts talked to since the server started")


class AlertView(View):
    """Something a supervisor should know."""

    id: str
    at: AwareDatetime
    kind: str = Field(description='Such as "agent paused", "talk lost", "callback given up", "repaired"')
    about: str = Field(description="The agent, contact, callback or queue")
    text: str
    times: int = Field(1, description="How often it was raised in the same words")


class Snapshot(View):
    """The whole state at one moment."""

    at: AwareDatetime
    server: ServerView
    queues: tuple[QueueView, ...] = ()
    calls: tuple[CallView, ...] = ()
    agents: tuple[AgentView, ...] = ()
    alerts: tuple[AlertView, ...] = Field((), description="The newest, the last one last")


class Upserts(View):
    """Rows that are new or differ, whole; and the server's, if that differs."""

    server: ServerView | None = None
    queues: tuple[QueueView, ...] = ()
    calls: tuple[CallView, ...] = ()
    agents: tuple[AgentView, ...] = ()
    alerts: tuple[AlertView, ...] = ()


class Removals(View):
    """Ids of rows that are gone."""

    queues: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()


class SnapshotMessage(View):
    """First message of a stream."""

    type: Literal["snapshot"] = "snapshot"
    sequence: int
    snapshot: Snapshot


class ChangeMessage(View):
    """All that differs between two states; apply removals, then upserts."""

    type: Literal["change"] = "change"
    sequence: int
    follows: int
    at: AwareDatetime
    upserts: Upserts = Upserts()
    removals: Removals = Removals()


StreamMessage = Annotated[SnapshotMessage | ChangeMessage, Field(discriminator="type")]


class CallSummary(View):
    """One line of the list of calls, live or past."""

    id: str
    caller: str
    called: str
    started_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    outcome: str | None = Field(None, description='How it ended, such as "answered"; null while it lives')
    queue: str | None = None
    agent: str | None = None


class HistoryEvent(View):
    """One event of a call as the journal has it."""

    at: AwareDatetime
    kind: str
    data: Mapping[str, JsonValue] = Field(default_factory=dict)


class CallHistory(View):
    """Everything that happened to one call, oldest first."""

    id: str
    events: tuple[HistoryEvent, ...]


class RecordingView(View):
    """One finished recording."""

    id: str
    call: str
    started_at: AwareDatetime
    seconds: float
    path: str
    caller_dbfs: float | None = None
    agent_dbfs: float | None = None
    queue: str | None = None
    agent: str | None = None
    kind: str = Field("talk", description="talk, message or voicemail")


class CallList(View):
    """The newest calls first."""

    calls: tuple[CallSummary, ...]


class AlertList(View):
    """The newest last."""

    alerts: tuple[AlertView, ...]


class RecordingList(View):
    """The newest recordings first."""

    recordings: tuple[RecordingView, ...]


class Health(View):
    """Says that the server answers, and which one it is."""

    status: Literal["ok"] = "ok"
    version: str
    started_at: datetime
    calls_now: int
