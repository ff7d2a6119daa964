"""What the API says of SIP: trunks, bans, how the server defends itself, a call's messages."""

from typing import Literal

from pydantic import AwareDatetime, Field

from api.schema import View


class TrunkView(View):
    """One trunk now."""

    name: str
    uri: str
    state: Literal["up", "down"] = Field(description="Whether it answers; down ones get no calls")
    since_s: float = Field(description="In this state for so long")
    usable: bool = Field(
        description="Whether calls are sent out on it: up, and registered where it registers"
    )
    registers: bool
    registered: bool
    registration_status: int | None = Field(None, description="The SIP status of the last refusal")
    calls_now: int
    max_calls: int = Field(description="0 for any number")
    calls_in: int
    calls_out: int
    failed_out: int
    refused: int = Field(description="Calls for which there was no room")


class TrunkList(View):
    """Every trunk, in the configuration's order."""

    trunks: tuple[TrunkView, ...]


class BanView(View):
    """A source that is not listened to."""

    source: str = Field(description="An IPv4 address or an IPv6 /64")
    why: str
    since_s: float
    ends_in_s: float
    count: int = Field(description="How many bans in a row this is")
    dropped: int = Field(description="Messages that it kept out")


class BanList(View):
    """Bans that hold now, the newest first."""

    bans: tuple[BanView, ...]


class SipStatus(View):
    """How the signalling is: what was kept out since the start, and whether there is room."""

    overloaded: bool
    lag_s: float
    waiting: int
    overloads: int
    overload_refusals: int
    sources: int
    banned_messages: int
    dropped_messages: int
    refused_calls: int
    scanner_messages: int
    bans: int
    requests: int
    responses: int
    malformed: int
    retransmissions: int
    repeated_requests: int
    rejected_requests: int
    failed_authentications: int
    calls_in: int
    calls_out: int
    trace_bytes: int


class SipMessage(View):
    """One message of a call, secrets masked."""

    at: AwareDatetime
    sent: bool = Field(description="Whether the server sent it")
    peer: str = Field(description="The far end: transport:host:port")
    party: str = Field(description="Whose leg: the caller, or an agent's id")
    call_id: str
    first_line: str
    text: str


class SipLadder(View):
    """A call's messages, oldest first; those that the ring has lost are missing."""

    call: str
    messages: tuple[SipMessage, ...]
