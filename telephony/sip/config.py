"""What a user agent is told about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from telephony.sip.parser import DEFAULT_LIMITS, Limits


@dataclass(frozen=True, slots=True)
class UserAgentConfig:
    """`local_addresses` is what goes into Via and Contact for each transport: (host, port).

    `flow_timer_s` is how often phones with outbound must speak (RFC 5626), `keep_alive_s` how often those behind NAT
    are sent something (0: never), `largest_datagram` the size above which requests leave UDP (0: none). `instance` is
    the URN of this installation, the same after every restart (RFC 5626 section 4.1); empty: registrations name none.
    """

    name: str = "Cordboard/0.1"
    realm: str = "cordboard"
    local_addresses: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    min_expires_s: int = 60
    max_expires_s: int = 3600
    default_expires_s: int = 3600
    nonce_life_s: float = 120.0
    digest_algorithms: tuple[str, ...] = ("SHA-256", "MD5")
    authenticate_registrations: bool = True
    message_status: int = 202
    """What a MESSAGE gets (RFC 3428 section 7): 202, 200, or a refusal such as 403."""
    session_expires_s: int = 1800
    """What our calls ask for (RFC 4028); 0: no session timers unless the peer asks."""
    min_session_expires_s: int = 90
    """Shorter intervals get 422; RFC 4028 section 4 forbids less than 90."""
    limits: Limits = DEFAULT_LIMITS
    flow_timer_s: int = 120
    keep_alive_s: float = 0.0
    largest_datagram: int = 0
    instance: str = ""
