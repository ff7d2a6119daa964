"""What can happen to a run: the runner's inputs. Late, repeated and unexpected ones are ordinary inputs."""

from __future__ import annotations

from dataclasses import dataclass, field

from callflows.values import Value


@dataclass(frozen=True, slots=True)
class CallerArrived:
    """The call came in; said once, first."""


@dataclass(frozen=True, slots=True)
class PlaybackFinished:
    """What was played as `play_id` has been heard to its end."""

    play_id: str


@dataclass(frozen=True, slots=True)
class PlaybackFailed:
    """What should have been played as `play_id` could not be; the run goes on as if it had been."""

    play_id: str
    why: str


@dataclass(frozen=True, slots=True)
class DigitPressed:
    """The caller pressed a key: one of 0-9, *, #, A-D."""

    digit: str


@dataclass(frozen=True, slots=True)
class QueueLeft:
    """The caller is no longer with the queue:

    "answered" when the talk is over, else why they were refused.
    """

    outcome: str
    data: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TalkBegan:
    """The caller is connected, to an agent of the queue or to whom the flow called: the flow keeps silent."""


@dataclass(frozen=True, slots=True)
class PartyLeft:
    """What came of `TransferCaller` or `DialOut`:

    "transferred", "answered" when the talk is over, or "busy", "no_answer", "failed".
    """

    request_id: str
    outcome: str


@dataclass(frozen=True, slots=True)
class RecordingFinished:
    """The recording `request_id` is closed: its name in the store, and how long it is."""

    request_id: str
    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Heard:
    """The caller said something while `Listen` was on: the phrase, or "" for none, and 0 to 1 how sure it is."""

    listen_id: str
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a request:

    Its value, or why there is none. `status` is an HTTP status, if there was one.
    """

    request_id: str
    value: Value = None
    error: str | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True)
class CallerHungUp:
    """The caller is gone; said once, last."""


Event = (
    CallerArrived
    | PlaybackFinished
    | PlaybackFailed
    | DigitPressed
    | QueueLeft
    | TalkBegan
    | PartyLeft
    | RecordingFinished
    | Heard
    | Reply
    | CallerHungUp
)
