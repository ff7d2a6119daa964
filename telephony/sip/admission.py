"""Whether a new request is served at all (RFC 3261 section 8.2.1 to 8.2.3, 8.2.2.2, 16.3).

Pure: a request in, a refusal out, in the order in which the RFC checks.
"""

from __future__ import annotations

from dataclasses import dataclass

from telephony.sip.address import Address
from telephony.sip.core import ALLOW, EXTENSIONS, METHODS, REGISTRAR_EXTENSIONS
from telephony.sip.errors import RemoteProtocolError
from telephony.sip.message import Request
from telephony.sip.multipart import session_description

ACCEPT = ("Accept", "application/sdp, multipart/mixed")


@dataclass(frozen=True, slots=True)
class Refusal:
    """The status and the fields that say why."""

    status: int
    fields: tuple[tuple[str, str], ...] = ()


def refusal_of(request: Request) -> Refusal | None:
    """Why the request is not served; None if it is."""
    if request.method not in METHODS:
        return Refusal(405, (ALLOW,))
    uri = request.uri
    if uri.scheme not in ("sip", "sips", "tel"):
        return Refusal(416)
    if uri.headers is not None:
        raise RemoteProtocolError("header fields in the Request-URI")  # section 19.1.1: not allowed there
    known = EXTENSIONS | REGISTRAR_EXTENSIONS if request.method == "REGISTER" else EXTENSIONS
    required = request.headers("require")
    unsupported = [each for each in required if each.lower() not in known]
    if unsupported:
        return Refusal(420, (("Unsupported", ", ".join(unsupported)),))
    if request.method == "INVITE":
        return _call_refusal(request)
    return None


def insecure_sips(request: Request, source: Address) -> bool:
    """Whether a request claims to be secure and did not come that way (RFC 3261 section 19.1, 26.2.2): a SIPS
    Request-URI or a SIPS Contact over anything but TLS."""
    if source.secure:
        return False
    if request.uri.scheme == "sips":
        return True
    contact = request.header("contact")
    return contact is not None and "sips:" in contact.lower() and _is_sips(request)


def _is_sips(request: Request) -> bool:
    contact = request.contact
    return contact is not None and contact.uri.scheme == "sips"


def _call_refusal(request: Request) -> Refusal | None:
    """A call goes on through us (RFC 7332: a back-to-back user agent minds the hops), and its body must be SDP."""
    hops = request.header("max-forwards")
    if hops is not None:
        if not (hops.isascii() and hops.isdigit() and len(hops) <= 10 and int(hops) <= 255):
            raise RemoteProtocolError(f"Max-Forwards: cannot read {hops[:20]!r}")
        if int(hops) == 0:
            return Refusal(483)
    accepted = request.lines("accept")
    if accepted and not _accepts_sdp(request.headers("accept")):
        return Refusal(406)
    if request.body:
        kind = request.header("content-type") or ""
        if session_description(request.body, kind) is None:
            return Refusal(415, (ACCEPT,))
        encoding = request.header("content-encoding")
        if encoding is not None and encoding.strip().lower() != "identity":
            return Refusal(415, (ACCEPT, ("Accept-Encoding", "identity")))
    return None


def _accepts_sdp(accepted: list[str]) -> bool:
    kinds = {each.partition(";")[0].strip().lower() for each in accepted}
    return bool(kinds & {"application/sdp", "application/*", "*/*"})
