"""Who calls, as the headers of an INVITE say it (RFC 3323, 3325, 5806, 7044).

An asserted identity is worth what its sender is worth: whether to believe it is for those who know the trunk.
Unreadable values are passed over; a call does not fail for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote as percent_decode

from telephony.sip.errors import RemoteProtocolError
from telephony.sip.grammar import unquote
from telephony.sip.headers import NameAddr
from telephony.sip.message import Message, Request
from telephony.sip.reason import parse_reasons


@dataclass(frozen=True, slots=True)
class CallerIdentity:
    """`number` and `name` are what to show; `asserted` is P-Asserted-Identity's user part, whatever is shown.

    `diverted_from` is whoever forwarded the call last, `dialled_first` whom the caller had dialled in the first place.
    """

    number: str
    name: str | None = None
    asserted: str | None = None
    anonymous: bool = False
    diverted_from: str | None = None
    diversion_reason: str | None = None
    dialled_first: str | None = None


def _addresses(message: Message, name: str) -> list[NameAddr]:
    found: list[NameAddr] = []
    try:
        values = message.headers(name)
    except RemoteProtocolError:
        return found
    for value in values:
        try:
            found.append(NameAddr.parse(value))
        except RemoteProtocolError:
            continue
    return found


def _number(address: NameAddr) -> str:
    """A user part without its parameters (RFC 3966 in a SIP URI), or a host if there is none."""
    return (address.uri.user or "").partition(";")[0] or address.uri.host


def wants_privacy(message: Message) -> bool:
    """RFC 3323 section 4.2, RFC 3325 section 9.3: `id`, `user` or `header` hides who calls; `none` asks for the
    contrary."""
    kinds = {
        each.strip().lower()
        for value in message.lines("privacy")
        for each in value.replace(",", ";").split(";")
    }
    return bool(kinds & {"id", "user", "header"}) and "none" not in kinds


def _is_anonymous(address: NameAddr) -> bool:
    """RFC 3323 section 4.1: the anonymous From."""
    return address.uri.host.lower() == "anonymous.invalid" or (address.uri.user or "").lower() == "anonymous"


def _diversion(request: Request) -> tuple[str | None, str | None, str | None]:
    """The last to forward, why, and the first to be dialled: from Diversion, or else from History-Info."""
    diversions = _addresses(request, "diversion")
    if diversions:
        # RFC 5806 section 5: the newest comes first.
        reason = diversions[0].parameters.get("reason")
        return _number(diversions[0]), unquote(reason) if reason else None, _number(diversions[-1])
    history = _addresses(request, "history-info")
    if len(history) < 2:
        return None, None, None
    # RFC 7044 section 5: in the order in which the request went; the last is where it is now.
    last = history[-2]
    causes = [
        cause
        for part in (last.uri.headers or "").split("&")
        if part.lower().startswith("reason=")
        for cause in parse_reasons(percent_decode(part[7:]))
    ]
    reason = str(causes[0].cause) if causes and causes[0].cause is not None else None
    return _number(last), reason, _number(history[0])


def caller_identity(request: Request) -> CallerIdentity:
    """All that an INVITE says of its caller and of how it came here."""
    caller = request.from_
    asserted = _addresses(request, "p-asserted-identity") or _addresses(request, "p-preferred-identity")
    anonymous = wants_privacy(request) or _is_anonymous(caller)
    diverted_from, reason, first = _diversion(request)
    return CallerIdentity(
        number="anonymous" if anonymous else _number(caller),
        name=None if anonymous else caller.display_name,
        asserted=_number(asserted[0]) if asserted else None,
        anonymous=anonymous,
        diverted_from=diverted_from,
        diversion_reason=reason,
        dialled_first=first,
    )
