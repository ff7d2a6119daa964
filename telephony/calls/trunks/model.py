"""What is known of a trunk before anything happens: plain, frozen data made from the configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from telephony.calls.numbers import NumberPatterns
from telephony.sip.address import Address
from telephony.sip.defence.networks import Networks
from telephony.sip.uri import SipUri


class Shown(Enum):
    """Whose number the far end of a call out sees."""

    CALLER = "caller"  # the caller's own, as far as it is a number
    OWN = "own"  # the trunk's
    NOBODY = "nobody"  # RFC 3323: anonymous


class Identity(Enum):
    """Which header says who really calls (RFC 3325)."""

    NONE = "none"
    ASSERTED = "p-asserted-identity"
    PREFERRED = "p-preferred-identity"


class NumberFormat(Enum):
    """How a number is written on the trunk."""

    E164 = "e164"  # +442079460000
    DIGITS = "digits"  # 442079460000
    NATIONAL = "national"  # 02079460000


class NumberFrom(Enum):
    """Where the dialled number stands in a call that comes in."""

    REQUEST_URI = "request-uri"
    TO = "to"


@dataclass(frozen=True, slots=True)
class CallerIdRule:
    """What a call out shows."""

    shown: Shown = Shown.OWN
    number: str | None = None
    name: str | None = None
    identity: Identity = Identity.ASSERTED


@dataclass(frozen=True, slots=True)
class HealthRule:
    """OPTIONS every `every_s` (0 for never); out after `down_after` silences, back after `up_after` answers."""

    every_s: float = 30.0
    down_after: int = 3
    up_after: int = 2


@dataclass(frozen=True, slots=True)
class Trunk:
    """One trunk. `networks` are those whose packets are its own; `outgoing` are the numbers it carries."""

    name: str
    uri: SipUri
    destination: Address
    networks: Networks
    outgoing: NumberPatterns[bool]
    user: str | None = None
    login: str | None = None
    password: str | None = None
    register: bool = False
    expires_s: int = 300
    priority: int = 1
    max_calls: int = 0
    calls_rate: float = 0.0
    calls_burst: float = 1.0
    region: str | None = None
    number_format: NumberFormat = NumberFormat.E164
    number_from: NumberFrom = NumberFrom.REQUEST_URI
    caller_id: CallerIdRule = field(default_factory=CallerIdRule)
    health: HealthRule = field(default_factory=HealthRule)
