"""What control and a media worker say to each other, and the values that travel inside.

    control ── Request(number) ──> worker        number 0: no answer wanted
    control <── Reply(number) ──── worker
    control <── Event ──────────── worker

Messages are msgspec Structs with a tag, encoded as msgpack and framed by `telephony.media.framing`. Values
are plain frozen dataclasses. This module knows no socket, no process and no packet.

Commands about a leg that is gone are ordinary (a hang-up crosses a command on its way): the worker counts and
ignores them; only a request that wants an answer gets `Refused`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from telephony.media.ice_terms import IceTerms
from telephony.media.keying import DtlsTerms, SrtpKeys
from telephony.media.opus_format import OpusFormat

PROTOCOL_VERSION = 6

Codec = Literal["PCMU", "PCMA", "G722", "opus"]
Source = Literal["silence", "playback", "bridge", "conference"]


# ---------------------------------------------------------------------------------------------- values


@dataclass(frozen=True, slots=True)
class MediaConfig:
    """How the media room is laid out on this machine."""

    runtime_dir: Path
    port_min: int = 10000
    port_max: int = 19999
    workers: int = 1
    host: str = "0.0.0.0"
    codecs: tuple[Codec, ...] = ("PCMU", "PCMA")
    handshakes: bool = False
    """What legs may speak, and keys by DTLS: a worker loads what these need before it carries any audio."""
    rtp_timeout_s: float = 30.0
    held_timeout_s: float = 300.0
    """Silence allowed on a leg that we do not expect audio from; only RTCP can break it."""
    orphan_timeout_s: float = 120.0
    """How long a leg may stay silent while no control is attached before the worker releases it."""
    idle_exit_s: float = 60.0
    """A worker without legs and without control ends itself after this."""


@dataclass(frozen=True, slots=True)
class LocalMedia:
    """Where we receive: RTP on an even port, RTCP on the next one."""

    port: int
    rtcp_mux: bool = False


@dataclass(frozen=True, slots=True)
class RemoteMedia:
    """What offer and answer agreed on about the other end of a leg."""

    host: str
    port: int
    codec: Codec
    payload_type: int
    dtmf_payload_type: int | None
    ptime_ms: int = 20
    sending: bool = True
    """We may send."""
    receiving: bool = True
    """We expect audio."""
    rtcp_mux: bool = False
    srtp: SrtpKeys | None = None
    """Told in SDP."""
    dtls: DtlsTerms | None = None
    """Keys by handshake. With neither: plain RTP."""
    ice: IceTerms | None = None
    """It checks its addresses, and chooses one; None: it is where SDP says."""
    dtmf_clock_rate_hz: int = 8000
    """Of the durations in telephone-events; some phones leave it at 8 kHz beside Opus."""
    opus: OpusFormat | None = None
    """How the remote wishes its Opus."""


@dataclass(frozen=True, slots=True)
class LegStatistics:
    """What a leg sent and received since it was opened; RFC 3550 A.3 and A.8 for loss and jitter."""

    packets_received: int = 0
    bytes_received: int = 0
    packets_sent: int = 0
    bytes_sent: int = 0
    lost: int = 0
    out_of_order: int = 0
    duplicates: int = 0
    jitter_ms: float = 0.0
    refused: int = 0
    """Packets from a source other than the one the leg is locked on to."""
    malformed: int = 0
    unexpected: int = 0
    """Well-formed packets of a payload type nobody agreed on, or from before the remote was known."""
    unauthentic: int = 0
    """Packets of an encrypted leg that were not under its key, or were replayed."""
    send_failures: int = 0
    digits_received: int = 0
    digits_sent: int = 0
    round_trip_ms: float | None = None
    """From the remote's RTCP reports; None until one arrived that refers to a report of ours."""
    remote_lost: int = 0
    """Packets of ours that the remote says it missed."""
    remote_jitter_ms: float = 0.0
    mos: float | None = None
    """Listening quality by the E-model of the codec's band (`quality`), 1 to 4.5; None before any audio arrived."""


@dataclass(frozen=True, slots=True)
class LegInfo:
    """A leg as a newly attached control finds it."""

    leg_id: str
    port: int
    worker: int
    remote: RemoteMedia | None
    source: Source
    locked: tuple[str, int] | None
    play_id: str | None
    bridged_with: str | None
    recording_id: str | None
    statistics: LegStatistics
    conference: str | None = None
    role: str | None = None
    """In its conference."""


@dataclass(frozen=True, slots=True)
class WorkerStatistics:
    """Totals over workers; cumulative since each was started, legs counts are now."""

    workers: int = 1
    legs: int = 0
    legs_opened: int = 0
    recordings: int = 0
    packets_received: int = 0
    packets_sent: int = 0
    packets_lost: int = 0
    """Packets that never reached us, by their sequence numbers."""
    packets_dropped: int = 0
    """Packets that reached this machine and were lost by us: full receive buffers and failed sends."""
    refused: int = 0
    malformed: int = 0
    unexpected: int = 0
    spool_dropped: int = 0
    """Packets missing from recordings because the disk did not keep up."""
    late_ticks: int = 0
    """Pacing ticks (1 ms) that ran more than 3 ms late."""
    latest_tick_ms: float = 0.0
    ignored_commands: int = 0
    events_dropped: int = 0
    """Events that overflowed the backlog while no control was attached."""
    cpu_user_s: float = 0.0
    cpu_system_s: float = 0.0
    resident_bytes: int = 0

    def plus(self, other: "WorkerStatistics") -> "WorkerStatistics":
        """Both workers' figures as one: sums, and the worst of what is a maximum."""
        sums = {
            name: getattr(self, name) + getattr(other, name)
            for name in self.__slots__
            if name != "latest_tick_ms"
        }
        return WorkerStatistics(**sums, latest_tick_ms=max(self.latest_tick_ms, other.latest_tick_ms))


# ------------------------------------------------------------------------------------------- to a worker


class Request(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of what control asks; `number` ties the reply to it, 0 means none is wanted."""

    number: int = 0


class ReservePorts(Request, frozen=True):
    """Bind so many port pairs ahead, for `OpenLeg` to name: a leg is then opened without waiting for an answer."""

    count: int


class OpenLeg(Request, frozen=True):
    leg_id: str
    port: int = 0
    """One that was reserved; 0: any that is free."""


class SetRemote(Request, frozen=True):
    leg_id: str
    remote: RemoteMedia


class Play(Request, frozen=True):
    leg_id: str
    play_id: str
    files: tuple[str, ...]
    loop: bool = False
    stop_at: str = ""
    """Digits that end this playback in the worker itself, as soon as one begins."""


class Announce(Request, frozen=True):
    """Play to this leg alone, over its bridge (the peer is not heard meanwhile) or into its conference."""

    leg_id: str
    play_id: str
    files: tuple[str, ...]
    stop_at: str = ""


class PausePlayback(Request, frozen=True):
    leg_id: str


class ResumePlayback(Request, frozen=True):
    leg_id: str


class SeekPlayback(Request, frozen=True):
    leg_id: str
    position_ms: int
    """From the begin of the first file."""


class Listen(Request, frozen=True):
    """Analyse what the remote says, from now on; nothing asked for: no more."""

    leg_id: str
    digits: bool = False
    """Inside the audio, for a remote that negotiated no telephone-event; ignored where one was."""
    silence_s: float = 0.0
    """Tell `SilenceHeard` after so much silence on end, again after speech; 0: never."""
    judge: bool = False
    """Tell once who answered: `AnsweredBy`."""
    utterances: bool = False
    """Send what is said, each utterance by itself: `UtteranceHeard`."""


class StopPlayback(Request, frozen=True):
    leg_id: str


class Bridge(Request, frozen=True):
    leg_a: str
    leg_b: str


class Unbridge(Request, frozen=True):
    leg_id: str


class JoinConference(Request, frozen=True):
    """A seat in a conference (made by its first leg), or other roles for the seat that the leg has there."""

    leg_id: str
    conference_id: str
    role: str
    hears: tuple[str, ...] | None = None
    """Roles that this leg hears; None: all."""
    heard_by: tuple[str, ...] | None = None
    """Roles that hear this leg; None: all. A pair is heard only if both sides allow it."""


class LeaveConference(Request, frozen=True):
    leg_id: str


class SendDigits(Request, frozen=True):
    leg_id: str
    digits: str


class StartRecording(Request, frozen=True):
    recording_id: str
    caller_leg: str
    agent_leg: str
    path: str


class StopRecording(Request, frozen=True):
    recording_id: str


class CloseLeg(Request, frozen=True):
    leg_id: str


class ListLegs(Request, frozen=True):
    pass


class GetStatistics(Request, frozen=True):
    pass


class Shutdown(Request, frozen=True):
    """End the worker; its legs end with it, its recordings are flushed and closed."""


AnyRequest = (
    ReservePorts
    | OpenLeg
    | SetRemote
    | Play
    | PausePlayback
    | ResumePlayback
    | SeekPlayback
    | Listen
    | Announce
    | JoinConference
    | LeaveConference
    | StopPlayback
    | Bridge
    | Unbridge
    | SendDigits
    | StartRecording
    | StopRecording
    | CloseLeg
    | ListLegs
    | GetStatistics
    | Shutdown
)


# ------------------------------------------------------------------------------------------ from a worker


class Reply(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of the answers to requests with a number."""

    number: int


class Done(Reply, frozen=True):
    pass


class Refused(Reply, frozen=True):
    reason: str
    no_port: bool = False


class PortsReserved(Reply, frozen=True):
    """The RTP ports; fewer than asked for, or none, when the range is used up."""

    ports: tuple[int, ...]


class LegOpened(Reply, frozen=True):
    local: LocalMedia


class LegClosed(Reply, frozen=True):
    statistics: LegStatistics


class Legs(Reply, frozen=True):
    legs: tuple[LegInfo, ...]


class Statistics(Reply, frozen=True):
    statistics: WorkerStatistics


AnyReply = Done | Refused | PortsReserved | LegOpened | LegClosed | Legs | Statistics


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The first message on a connection: who the worker is."""

    version: int
    worker: int
    pid: int
    legs: int


class DigitStarted(msgspec.Struct, frozen=True, tag=True):
    """A key went down: the first packet of an RFC 4733 event; `DigitReceived` follows when it is released."""

    leg_id: str
    digit: str


class DigitReceived(msgspec.Struct, frozen=True, tag=True):
    """A key was pressed and released; exactly one a key press, whatever packets were lost."""

    leg_id: str
    digit: str
    duration_ms: int


class PlaybackFinished(msgspec.Struct, frozen=True, tag=True):
    """All files were played; or a file could not be (`problem`), or a digit of `stop_at` ended it."""

    leg_id: str
    play_id: str
    problem: str | None = None
    stopped_by: str | None = None


class SpeechStarted(msgspec.Struct, frozen=True, tag=True):
    """Somebody begins to speak on a leg that is listened on."""

    leg_id: str


class SilenceHeard(msgspec.Struct, frozen=True, tag=True):
    """Nobody has spoken for the time that `Listen` named."""

    leg_id: str
    silent_s: float


class UtteranceHeard(msgspec.Struct, frozen=True, tag=True):
    """Somebody has said something: mu-law at 8 kHz, a breath of quiet on both sides, 8 s at most."""

    leg_id: str
    audio: bytes


class AnsweredBy(msgspec.Struct, frozen=True, tag=True):
    """A first judgement, by the rhythm of what is said (see `telephony.media.answering`)."""

    leg_id: str
    answerer: Literal["human", "machine", "unknown"]
    reason: str
    after_s: float


class RtpTimeout(msgspec.Struct, frozen=True, tag=True):
    """Nothing was heard from the remote for too long; sent once, and again only after it was heard anew."""

    leg_id: str
    silent_s: float


class EncryptionFailed(msgspec.Struct, frozen=True, tag=True):
    """A DTLS handshake came to nothing: the leg has no audio, and will have none."""

    leg_id: str
    why: str


class SourceLocked(msgspec.Struct, frozen=True, tag=True):
    """The leg now talks to this source only."""

    leg_id: str
    host: str
    port: int


class RecordingClosed(msgspec.Struct, frozen=True, tag=True):
    """A spool file is complete on disk; `reason` says why it ended, `dropped` how many packets it misses."""

    recording_id: str
    reason: str
    dropped: int = 0


class LegReleased(msgspec.Struct, frozen=True, tag=True):
    """The worker itself let go of a leg that was dead while no control was attached."""

    leg_id: str
    reason: str


class WorkerLost(msgspec.Struct, frozen=True, tag=True):
    """A worker died; these legs have no media any more. Made by the client, never sent by a worker."""

    worker: int
    legs: tuple[str, ...] = ()


MediaEvent = (
    DigitStarted
    | DigitReceived
    | PlaybackFinished
    | SpeechStarted
    | SilenceHeard
    | UtteranceHeard
    | AnsweredBy
    | RtpTimeout
    | EncryptionFailed
    | SourceLocked
    | RecordingClosed
    | LegReleased
    | WorkerLost
)
FromWorker = AnyReply | Hello | MediaEvent
