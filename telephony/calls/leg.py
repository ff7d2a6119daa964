"""A leg: one party's line into this server, a SIP session and a media leg under one name.

Owns the facts of a leg and their order (`LegState`); all doing is the `Exchange`'s. A leg's end is a value,
`Termination`, that says what came of the leg and whose doing it was, so that nobody guesses from status codes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from telephony.calls.lines import Route
from telephony.media.answering import Answerer
from telephony.media.messages import RemoteMedia
from telephony.sip.events import ReferralId, SessionId
from telephony.sip.identity import CallerIdentity
from telephony.sip.uri import SipUri


class LegState(Enum):
    """Where a leg stands; it only ever moves down this list."""

    INVITED = "invited"  # they called us and hear ringing, if that
    DIALLING = "dialling"  # we called them and have heard nothing yet
    RINGING = "ringing"  # we called them and their phone rings
    UP = "up"  # a 2xx went one way or the other: audio flows
    ENDED = "ended"


class Outcome(Enum):
    """What came of a leg."""

    COMPLETED = "completed"  # it was up, and one side hung up
    CANCELLED = "cancelled"  # given up before it was answered
    REFUSED = "refused"  # the other side said no, or busy
    NO_ANSWER = "no_answer"  # nobody picked up in time
    UNREACHABLE = "unreachable"  # no answer from the network or the phone at all
    LOST = "lost"  # it was up and vanished: no audio, no answer to signalling


class Party(Enum):
    """Whose doing an end was."""

    REMOTE = "remote"
    LOCAL = "local"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Termination:
    """How a leg ended: what came of it, by whom, and the reason in words (with the SIP status where there was one)."""

    outcome: Outcome
    by: Party
    reason: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class LegRinging:
    """The phone we dialled rings."""


@dataclass(frozen=True, slots=True)
class LegAnswered:
    """The phone we dialled was picked up; media is connected."""


@dataclass(frozen=True, slots=True)
class LegConfirmed:
    """Our answer to an incoming leg was acknowledged."""


@dataclass(frozen=True, slots=True)
class LegDigit:
    """The party pressed a key: one of 0-9, *, #, A-D."""

    digit: str


@dataclass(frozen=True, slots=True)
class LegPlaybackFinished:
    """What was played as `play_id` has been heard to its end, or could not be played (`problem`)."""

    play_id: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class LegSpeech:
    """The party begins to speak; only for who listens (`Hearing.listen`)."""


@dataclass(frozen=True, slots=True)
class LegSilence:
    """The party has not spoken for as long as was asked; said again only after they spoke."""

    silent_s: float


@dataclass(frozen=True, slots=True)
class LegAnsweredBy:
    """A judgement of who answered, by the rhythm of the first seconds, and why; said once."""

    answerer: Answerer
    reason: str
    after_s: float


@dataclass(frozen=True, slots=True)
class LegUtterance:
    """What the party has just said: mu-law at 8 kHz; only for who asked for it."""

    audio: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LegHeld:
    """One side holds the talk, or goes on with it: the remote does not listen, or we do not."""

    held: bool
    by: Party


@dataclass(frozen=True, slots=True)
class LegTransferAsked:
    """The party wants its talk transferred: `Exchange.transfers` takes the decision.

    `target` is whom to call. In an attended transfer `other` is the leg of the party's second call with us, whose
    far end is to be joined with ours; None if that call is not ours."""

    referral: ReferralId
    target: SipUri
    other: Leg | None
    attended: bool


@dataclass(frozen=True, slots=True)
class LegTransferProgress:
    """How a transfer goes that we asked the party for; `done`: nothing more comes of it."""

    status: int
    done: bool


@dataclass(frozen=True, slots=True)
class LegEnded:
    """The leg is gone; said once, and last."""

    termination: Termination


LegEvent = (
    LegRinging
    | LegAnswered
    | LegConfirmed
    | LegDigit
    | LegPlaybackFinished
    | LegSpeech
    | LegSilence
    | LegAnsweredBy
    | LegUtterance
    | LegHeld
    | LegTransferAsked
    | LegTransferProgress
    | LegEnded
)


def ignore(_event: LegEvent) -> None:
    """Listen to nothing: what a leg has until somebody takes it over."""


class DigitWay(Enum):
    """How a phone says which keys are pressed. Some say it in two ways; the first one seen counts."""

    RTP = "rtp"  # RFC 4733, or tones found in the audio
    INFO = "info"


@dataclass(slots=True, eq=False)
class Leg:
    """One party's line.

    `id` names it to the media worker and in the journal; `session` names it to the user agent and is None until
    an outgoing INVITE is sent; `trunk` is the line it came in or goes out on. `peer` is the other party's address of
    record or number, `peer_host` the host that its signalling came from. `offered` is a later offer of ours that waits
    for its answer, `hold_offered` what it asks for. `remote` is what was agreed on about its audio; `is_secure` says
    whether its signalling is encrypted, and so may carry keys. `caller` is who an incoming call says it is from,
    `replaces` the leg whose place it wants to take (RFC 3891). `digits_by` is the way by which keys come.
    `answered_at` and `created_at` are monotonic seconds.
    """

    id: str
    state: LegState
    created_at: float
    peer: str
    peer_host: str
    session: SessionId | None = None
    dialled: str = ""
    offer: bytes | None = None
    answered_at: float | None = None
    termination: Termination | None = None
    listener: Callable[[LegEvent], None] = field(default=ignore)
    has_media: bool = False
    local_description: bytes = b""
    remote: RemoteMedia | None = None
    is_secure: bool = False
    trunk: str | None = None
    routes: list[Route] = field(default_factory=list)  # ways out that were not tried yet
    call_ids: list[str] = field(default_factory=list)  # of every INVITE that this leg was
    offered: bytes = b""
    hold_offered: bool = False
    held: bool = False
    held_by_peer: bool = False
    digits_by: DigitWay | None = None
    caller: CallerIdentity | None = None
    replaces: Leg | None = None

    @property
    def is_up(self) -> bool:
        """Whether audio flows."""
        return self.state is LegState.UP

    @property
    def is_over(self) -> bool:
        """Whether the leg has ended."""
        return self.state is LegState.ENDED
