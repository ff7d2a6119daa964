"""`sip: defence`, `sip: overload`, `sip: trace`: whom the server listens to, what it does when there is too much."""

from __future__ import annotations

from pydantic import Field

from callflows.values import Duration
from cordboard.setting import NetworkText, Settings
from telephony.sip.defence.scanners import SCANNERS


class DefenceSettings(Settings):
    """Limits of each source, an IPv4 address or an IPv6 /64, and bans. Trunks are exempt."""

    exempt: tuple[NetworkText, ...] = Field((), description="Networks that are neither limited nor banned.")
    exempt_loopback: bool = Field(True, description="Whether programs on the same machine are exempt.")
    messages_per_second: float = Field(
        200.0, ge=0, description="Messages a source may send; 0 for any number."
    )
    messages_burst: int = Field(400, ge=1, description="So many messages may come at once.")
    calls_per_second: float = Field(20.0, ge=0, description="New calls a source may make; 0 for any number.")
    calls_burst: int = Field(40, ge=1, description="So many new calls may come at once.")
    window: Duration = Field(60.0, description="The time in which offences add up.")
    max_wrong_passwords: int = Field(5, ge=0, description="So many lead to a ban; 0 for never.")
    max_unknown_numbers: int = Field(20, ge=0, description="So many lead to a ban; 0 for never.")
    max_dropped: int = Field(
        5000, ge=0, description="So many messages above the rate lead to a ban; 0 for never."
    )
    ban: Duration = Field(300.0, description="The first ban; each further one lasts twice as long.")
    longest_ban: Duration = Field(86_400.0, description="No ban is longer.")
    forgiven_after: Duration = Field(
        86_400.0, description="After so long without a ban the next is a first one."
    )
    ban_scanners: bool = Field(True, description="Whether known scanners are banned at their first message.")
    scanners: tuple[str, ...] = Field(
        (), description=f"More names of scanners, beside the {len(SCANNERS)} that the server knows."
    )
    max_sources: int = Field(10_000, ge=100, description="So many sources are remembered, and as many bans.")


class OverloadSettings(Settings):
    """When new calls are refused with 503 so that those in progress go on."""

    lag_high: Duration = Field(0.4, description="The server is this late: it takes no new calls.")
    lag_low: Duration = Field(0.1, description="It takes them again when it is less late than this.")
    waiting_high: int = Field(200, ge=1, description="So many new requests wait: it takes no more.")
    waiting_low: int = Field(50, ge=1, description="It takes them again when fewer than this wait.")
    calm: Duration = Field(0.2, description="Both must have been low for so long.")
    retry_after: Duration = Field(5.0, description="When a refused caller may try again, as it is told.")
    per_turn: int = Field(
        32, ge=1, description="New requests taken before calls in progress have their turn again."
    )


class TraceSettings(Settings):
    """What is kept of the SIP messages for `cordboard sip trace`."""

    megabytes: int = Field(16, ge=0, le=4096, description="Memory for messages, the newest; 0 keeps none.")
    calls: int = Field(10_000, ge=1, description="So many calls are remembered by their id.")
