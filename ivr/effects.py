"""What a run wants done: the runner's outputs, in the order in which they are to be done."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from callflows.values import Value


@dataclass(frozen=True, slots=True)
class Speech:
    """Text to be spoken, in a language as the TTS engine names it."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class AudioFile:
    """An audio file to be played."""

    path: Path


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing, for so long."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Tone:
    """A beep."""

    seconds: float
    hz: float = 1000.0


@dataclass(frozen=True, slots=True)
class HoldMusic:
    """The built-in music, once round."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording of this call, by its name in the store."""

    name: str


Prompt = Speech | AudioFile | Silence | Tone | HoldMusic | Recorded


@dataclass(frozen=True, slots=True)
class StepRef:
    """A step of a flow: its place in the program, its line in the file."""

    section: str
    index: int
    line: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer the call; media follows."""


@dataclass(frozen=True, slots=True)
class Play:
    """Play prompts, one after the other; ends in `PlaybackFinished(play_id)`, unless stopped or replaced.

    With `loop` it goes round until it is stopped.
    """

    play_id: str
    prompts: tuple[Prompt, ...]
    loop: bool = False


@dataclass(frozen=True, slots=True)
class StopPlay:
    """Stop what is playing, at once."""


@dataclass(frozen=True, slots=True)
class JoinQueue:
    """Hand the caller to a queue; `TalkBegan` when an agent has them, ends in `QueueLeft`.

    For `preferred_for_s` only the agent `preferred` is asked; `data` is for the agent's screen. With
    `own_waiting` the flow itself says what is heard meanwhile, and keys go to it.
    """

    queue: str
    skills: dict[str, int] = field(default_factory=dict)
    priority: int = 0
    preferred: str | None = None
    preferred_for_s: float = 30.0
    data: dict[str, Value] = field(default_factory=dict)
    own_waiting: bool = False


@dataclass(frozen=True, slots=True)
class LeaveQueue:
    """Take the caller out of the queue; nothing is to be said about that queue any more."""


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody to be called: an agent, or a number, by a trunk if one is named.

    A trunk alone gets the number that the caller dialled.
    """

    number: str | None = None
    agent: str | None = None
    trunk: str | None = None

    def __str__(self) -> str:
        """As a person would name it."""
        if self.agent is not None:
            return f"agent {self.agent}"
        trunk = f"trunk {self.trunk}" if self.trunk is not None else ""
        return f"{self.number} by {trunk}" if self.number and trunk else self.number or trunk


@dataclass(frozen=True, slots=True)
class TransferCaller:
    """Hand the caller over; ends in `PartyLeft(request_id)`.

    Its outcome is "transferred" when the caller is with the other side and no longer ours. Blind: at once
    (RFC 5589 section 6); attended: the other side is rung first, and joined when it answers (section 7).
    """

    request_id: str
    party: Party
    attended: bool
    timeout_s: float


@dataclass(frozen=True, slots=True)
class DialOut:
    """Call somebody and connect the caller: `TalkBegan` when they answer, ends in `PartyLeft(request_id)`."""

    request_id: str
    party: Party
    timeout_s: float
    longest_s: float


@dataclass(frozen=True, slots=True)
class CancelDial:
    """Call nobody any more: the other side is let go of, nothing is to be said about it."""

    request_id: str


@dataclass(frozen=True, slots=True)
class LeaveVoicemail:
    """A recording belongs into a mailbox."""

    mailbox: str
    recording: str
    seconds: float


@dataclass(frozen=True, slots=True)
class DiscardRecording:
    """The caller recorded it anew: this recording is not to be kept."""

    recording: str


@dataclass(frozen=True, slots=True)
class RequestCallback:
    """Ring somebody back; ends in `Reply(request_id)`, an error if that cannot be promised.

    While the caller waits in the queue, or has just left it, the callback has their place in it. With `at` ("09:30",
    "2026-11-23 09:30") it is by appointment.
    """

    request_id: str
    number: str
    queue: str
    skills: dict[str, int] = field(default_factory=dict)
    priority: int = 0
    data: dict[str, Value] = field(default_factory=dict)
    at: str = ""


@dataclass(frozen=True, slots=True)
class AskStanding:
    """How the caller stands in the queue; ends in `Reply(request_id)`: {"position": 1 is next, "wait_s": seconds, null
    if unknown}.
    """

    request_id: str


@dataclass(frozen=True, slots=True)
class StartRecording:
    """Record the caller; ends in `RecordingFinished(request_id)` after `longest_s`, or `silence_s` of silence.

    `kind` is what it is kept as: message or voicemail. A message for a `mailbox` belongs there also when the caller
    hangs up while they speak; when they do not, `LeaveVoicemail` follows.
    """

    request_id: str
    kind: str
    longest_s: float
    silence_s: float
    mailbox: str | None = None


@dataclass(frozen=True, slots=True)
class StopRecording:
    """End a recording now; `RecordingFinished` follows."""

    request_id: str


@dataclass(frozen=True, slots=True)
class Listen:
    """Listen for phrases beside the keys; each utterance comes as `Heard(listen_id)` until `StopListening`.

    With `repeat` the phrases may follow each other, as spoken digits do. Whoever cannot listen leaves it: the
    keys work.
    """

    listen_id: str
    phrases: tuple[str, ...]
    language: str
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class StopListening:
    """Nobody waits for spoken words any more."""

    listen_id: str


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """Ask a web service; ends in `Reply(request_id)`.

    A header's `${NAME}` is to be filled in from the environment. A status below 200 or above 299 is an error.
    """

    request_id: str
    method: str
    address: str
    headers: dict[str, str]
    json: Value
    timeout_s: float


@dataclass(frozen=True, slots=True)
class LookUp:
    """Find the row of a table whose `column` is `key`; ends in `Reply(request_id)`, value null without a row.

    `rows` names the table inside an SQLite file.
    """

    request_id: str
    file: Path
    rows: str | None
    column: str
    key: str


@dataclass(frozen=True, slots=True)
class RememberFacts:
    """Keep facts about somebody, for so many seconds or for good."""

    about: str
    facts: dict[str, Value]
    for_s: float | None = None


@dataclass(frozen=True, slots=True)
class RecallFacts:
    """Bring facts about somebody; ends in `Reply(request_id)`, its value a mapping of those that are known."""

    request_id: str
    about: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tagged:
    """Keep this with the contact: why they called, what came of it."""

    tags: dict[str, Value]


@dataclass(frozen=True, slots=True)
class SurveyAnswered:
    """An answer to a survey's question, for the agent and the queue of this call; None if it was skipped."""

    name: str
    scale: str
    value: int | None


@dataclass(frozen=True, slots=True)
class SendNotice:
    """Tell somebody at an address (https:, mailto:); nobody waits for it."""

    address: str
    subject: str | None
    text: str | None
    json: Value


@dataclass(frozen=True, slots=True)
class HandOver:
    """The run is over; go on in another flow with these variables."""

    flow: str
    variables: dict[str, Value]


@dataclass(frozen=True, slots=True)
class MaskDigits:
    """From now on (or no longer) keys pressed are secret: they belong in no log and no recording."""

    on: bool


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call; `cause` is one of the language's causes, or `flow_error`."""

    cause: str


@dataclass(frozen=True, slots=True)
class Traced:
    """What the run just did, for the call's history:

    Data are words for people, masked where the flow says so.
    """

    step: StepRef
    what: str
    data: dict[str, str] = field(default_factory=dict)


Effect = (
    Answer
    | Play
    | StopPlay
    | StartRecording
    | StopRecording
    | DiscardRecording
    | LeaveVoicemail
    | JoinQueue
    | LeaveQueue
    | TransferCaller
    | DialOut
    | CancelDial
    | RequestCallback
    | AskStanding
    | Listen
    | StopListening
    | HttpRequest
    | LookUp
    | RememberFacts
    | RecallFacts
    | Tagged
    | SurveyAnswered
    | SendNotice
    | MaskDigits
    | HandOver
    | Hangup
    | Traced
)
