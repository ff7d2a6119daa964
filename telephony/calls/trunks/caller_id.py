"""Who is shown as calling: out over a trunk, and in from one (RFC 3323, RFC 3325)."""

from __future__ import annotations

from dataclasses import dataclass

from telephony.calls.numbers import is_numeric, national, normalise
from telephony.calls.trunks.model import Identity, NumberFormat, NumberFrom, Shown, Trunk
from telephony.sip.errors import RemoteProtocolError
from telephony.sip.headers import NameAddr, parse_addresses
from telephony.sip.message import Request
from telephony.sip.uri import SipUri

ANONYMOUS = NameAddr(SipUri("sip", "anonymous", "anonymous.invalid"), "Anonymous")  # RFC 3323 section 4.1.1.3


@dataclass(frozen=True, slots=True)
class Dress:
    """From, and the header fields beside it."""

    from_: NameAddr
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Party:
    """Who calls and what they dialled, normalised."""

    caller: str
    caller_name: str | None
    called: str


def written(number: str, trunk: Trunk) -> str:
    """A number as it is written on a trunk."""
    known = normalise(number, trunk.region)
    match trunk.number_format:
        case NumberFormat.E164:
            return known
        case NumberFormat.DIGITS:
            return known.removeprefix("+")
        case NumberFormat.NATIONAL:
            return national(known, trunk.region)


def dress(trunk: Trunk, caller_number: str, caller_name: str) -> Dress:
    """What a call out over a trunk shows. Without a number of its own a trunk shows its user name."""
    rule = trunk.caller_id
    own = _address(trunk, rule.number or trunk.user or "anonymous", rule.name)
    is_callers = rule.shown is Shown.CALLER and is_numeric(normalise(caller_number, trunk.region))
    shown = _address(trunk, caller_number, rule.name or caller_name or None) if is_callers else own
    fields: list[tuple[str, str]] = []
    if rule.identity is Identity.ASSERTED:
        # The number that the carrier knows us by: what From shows may be anybody's.
        fields.append(("P-Asserted-Identity", str(NameAddr(own.uri if rule.number else shown.uri))))
    elif rule.identity is Identity.PREFERRED:
        fields.append(("P-Preferred-Identity", str(NameAddr(shown.uri))))
    if rule.shown is Shown.NOBODY:
        return Dress(ANONYMOUS, (*fields, ("Privacy", "id")))
    return Dress(shown, tuple(fields))


def _address(trunk: Trunk, number: str, name: str | None) -> NameAddr:
    user = written(number, trunk) if is_numeric(normalise(number, trunk.region)) else number
    return NameAddr(SipUri("sip", user, trunk.uri.host), name)


def read(trunk: Trunk | None, request: Request, region: str | None) -> Party:
    """Who calls on a trunk and which number they dialled; what strangers assert of themselves is not believed."""
    if trunk is None:
        from_ = request.from_
        return Party(from_.uri.user or from_.uri.host, from_.display_name, request.uri.user or "")
    region = trunk.region or region
    uri = request.uri if trunk.number_from is NumberFrom.REQUEST_URI else request.to.uri
    who = _asserted(request) or request.from_
    if "id" in [each.strip().lower() for each in (request.header("privacy") or "").split(";")]:
        return Party("anonymous", None, normalise(uri.user or "", region))
    return Party(
        normalise(who.uri.user or who.uri.host, region), who.display_name, normalise(uri.user or "", region)
    )


def _asserted(request: Request) -> NameAddr | None:
    try:
        asserted = parse_addresses(request.headers("p-asserted-identity"))
    except RemoteProtocolError:
        return None  # an identity that cannot be read asserts nothing
    # RFC 3325 section 9.1: one or two values, one of them a tel URI; the number is the same.
    return next((each for each in asserted if each.uri.user), None)
