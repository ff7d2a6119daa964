"""Who calls and by which way, as an INVITE says it (RFC 3323, 3325, 5806, 7044)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from telephony.sip.identity import CallerIdentity, caller_identity
from telephony.sip.message import Request
from telephony.sip.parser import parse_message
from tests.telephony.sip.kit import request_text


def invite(extra: str = "", caller: str = '"Ann" <sip:+44207@10.9.9.9>;tag=hand') -> Request:
    text = request_text("INVITE", extra=extra).replace("<sip:hand@10.9.9.9>;tag=hand", caller)
    request = parse_message(text.replace("\n", "\r\n").encode())
    assert isinstance(request, Request)
    return request


def test_a_plain_caller() -> None:
    assert caller_identity(invite()) == CallerIdentity("+44207", "Ann")


def test_an_asserted_identity() -> None:
    identity = caller_identity(invite("P-Asserted-Identity: <tel:+44999>, <sip:+44999@h>\n"))
    assert (identity.number, identity.asserted) == ("+44207", "+44999")


def test_privacy_hides_what_is_shown_and_keeps_what_is_asserted() -> None:
    for extra in ("Privacy: id\n", "Privacy: header;id\n", "Privacy: user\n"):
        identity = caller_identity(invite(extra + "P-Asserted-Identity: <sip:+44999;npdi@h>\n"))
        assert (identity.anonymous, identity.number, identity.name) == (True, "anonymous", None)
        assert identity.asserted == "+44999"
    assert not caller_identity(invite("Privacy: none\n")).anonymous


def test_an_anonymous_from() -> None:
    for caller in ('"Anonymous" <sip:anonymous@anonymous.invalid>;tag=a', "<sip:anonymous@h>;tag=a"):
        assert caller_identity(invite(caller=caller)).anonymous


def test_diversion() -> None:
    identity = caller_identity(
        invite("Diversion: <sip:2002@h>;reason=no-answer, <sip:2001@h>;reason=unconditional\n")
    )
    assert identity.diverted_from == "2002"
    assert (identity.diversion_reason, identity.dialled_first) == ("no-answer", "2001")


def test_history_info() -> None:
    identity = caller_identity(
        invite(
            "History-Info: <sip:2001@h>;index=1\n"
            "History-Info: <sip:2002@h?Reason=SIP%3Bcause%3D486>;index=1.1, <sip:1000@h>;index=1.2\n"
        )
    )
    assert (identity.diverted_from, identity.dialled_first) == ("2002", "2001")
    assert identity.diversion_reason == "486"
    assert caller_identity(invite("History-Info: <sip:1000@h>;index=1\n")).diverted_from is None


@given(st.sampled_from(["Diversion", "History-Info", "P-Asserted-Identity", "Privacy"]), st.text(max_size=60))
def test_no_call_fails_for_what_is_unreadable(name: str, value: str) -> None:
    request = invite()
    fields = [*request.fields, (name, value.replace("\r", "").replace("\n", ""))]
    caller_identity(Request("INVITE", "sip:1000@h", fields))
