"""Session timers: what two sides agree on about keeping a session alive (RFC 4028).

Pure: requests and responses in, a `SessionTimer` and header fields out. Refreshing and expiring is `keep_alive`'s.
"""

from __future__ import annotations

from dataclasses import dataclass

from telephony.sip.errors import RemoteProtocolError
from telephony.sip.grammar import parse_parameters
from telephony.sip.headers import parse_delta_seconds
from telephony.sip.message import Message, Request, Response

FLOOR_S = 90
"""RFC 4028 section 5: the value of a Min-SE that is not there."""

_LEAD_S = 32.0


@dataclass(frozen=True, slots=True)
class SessionTimer:
    """A session lives `interval_s` from each refresh on; `we_refresh` says whose duty that is."""

    interval_s: int
    we_refresh: bool

    @property
    def refresh_after_s(self) -> float:
        """Section 10: half the interval."""
        return self.interval_s / 2

    @property
    def expires_after_s(self) -> float:
        """Section 10: the BYE goes out slightly before: a third of the interval, at most 32 s."""
        return self.interval_s - min(_LEAD_S, self.interval_s / 3)


def supports_timer(message: Message) -> bool:
    """Whether the sender knows session timers."""
    return any(each.lower() == "timer" for each in message.headers("supported") + message.headers("require"))


def _read(message: Message) -> tuple[int, str | None] | None:
    """`Session-Expires = delta-seconds *( SEMI se-params )`"""
    value = message.header("session-expires")
    if value is None:
        return None
    seconds, semicolon, rest = value.partition(";")
    interval = parse_delta_seconds(seconds)
    if interval is None:
        raise RemoteProtocolError(f"Session-Expires: cannot read {value[:40]!r}")
    refresher = parse_parameters(semicolon + rest).get("refresher") if semicolon else None
    return interval, refresher.lower() if refresher else None


def minimum_of(message: Message) -> int:
    """Its Min-SE; 90 s if there is none."""
    value = message.header("min-se")
    seconds = parse_delta_seconds(value.partition(";")[0]) if value is not None else None
    return max(seconds or FLOOR_S, FLOOR_S)


def too_small(request: Request, minimum_s: int) -> bool:
    """Section 9: worth a 422; not for a caller that could not read one (a proxy put the interval in)."""
    # Both are read in any case: what cannot be read is a 400 now, and no surprise when the call is answered.
    asked, supported = _read(request), supports_timer(request)
    return asked is not None and asked[0] < minimum_s and supported


def agree_as_server(
    request: Request, wanted_s: int, minimum_s: int
) -> tuple[SessionTimer | None, list[tuple[str, str]]]:
    """Section 9, table 2: what our 2xx says. A peer that neither asks nor knows timers gets none."""
    asked, supported = _read(request), supports_timer(request)
    if asked is None:
        if not (supported and wanted_s):
            return None, []
        interval, refresher = max(wanted_s, minimum_of(request)), None
    else:
        interval, refresher = max(asked[0], minimum_s), asked[1]
        if wanted_s:
            interval = max(min(interval, wanted_s), minimum_of(request), minimum_s)
    # Their duty when they can: a server has many calls, a phone has one.
    who = ("uas" if refresher == "uas" else "uac") if supported else "uas"
    fields = [("Session-Expires", f"{interval};refresher={who}")]
    if who == "uac":
        fields.append(("Require", "timer"))
    return SessionTimer(interval, we_refresh=who == "uas"), fields


def agree_as_client(response: Response) -> SessionTimer | None:
    """Section 7.2: what their 2xx decided; without Session-Expires there is no timer."""
    try:
        agreed = _read(response)
    except RemoteProtocolError:
        return None
    if agreed is None:
        return None
    interval, refresher = agreed
    return SessionTimer(max(interval, FLOOR_S), we_refresh=refresher != "uas")


def refresh_fields(timer: SessionTimer | None, wanted_s: int) -> list[tuple[str, str]]:
    """What a re-INVITE or UPDATE of ours carries (section 7.4): the roles stay as they are."""
    if timer is None:
        return [("Session-Expires", str(wanted_s))] if wanted_s else []
    who = "uac" if timer.we_refresh else "uas"
    return [("Session-Expires", f"{timer.interval_s};refresher={who}")]
