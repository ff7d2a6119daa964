"""Who is shown, out and in."""

from __future__ import annotations

import pytest

from telephony.calls.trunks.caller_id import Party, dress, read, written
from telephony.calls.trunks.model import CallerIdRule, Identity, NumberFormat, NumberFrom, Shown, Trunk
from telephony.sip.message import Request
from telephony.sip.parser import parse_message
from tests.telephony.calls.trunks.made import trunk
from tests.telephony.sip.kit import request_text

OWN = CallerIdRule(number="020 7946 0000", name="Acme")


def with_rule(**changes: object) -> Trunk:
    rule = {"shown": OWN.shown, "number": OWN.number, "name": OWN.name, "identity": OWN.identity, **changes}
    return trunk(caller_id=CallerIdRule(**rule), user="acme")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("style", "text"),
    [
        (NumberFormat.E164, "+442079460000"),
        (NumberFormat.DIGITS, "442079460000"),
        (NumberFormat.NATIONAL, "02079460000"),
    ],
)
def test_how_a_number_is_written(style: NumberFormat, text: str) -> None:
    assert written("0207 946 0000", trunk(number_format=style)) == text
    assert written("1000", trunk(number_format=style)) == "1000"


def test_the_trunks_own_number() -> None:
    dressed = dress(with_rule(), "+441614960000", "Caller")
    assert str(dressed.from_) == '"Acme" <sip:+442079460000@carrier.example>'
    assert dressed.fields == (("P-Asserted-Identity", "<sip:+442079460000@carrier.example>"),)


def test_the_callers_number_with_ours_asserted() -> None:
    dressed = dress(with_rule(shown=Shown.CALLER, name=None), "0161 496 0000", "Caller")
    assert str(dressed.from_) == '"Caller" <sip:+441614960000@carrier.example>'
    assert dressed.fields == (("P-Asserted-Identity", "<sip:+442079460000@carrier.example>"),)


def test_a_caller_without_a_number_is_shown_as_us() -> None:
    assert dress(with_rule(shown=Shown.CALLER), "alice", "Alice").from_.uri.user == "+442079460000"


def test_nobody_is_shown_but_the_carrier_knows() -> None:
    dressed = dress(with_rule(shown=Shown.NOBODY), "+441614960000", "")
    assert str(dressed.from_) == '"Anonymous" <sip:anonymous@anonymous.invalid>'
    assert dict(dressed.fields)["Privacy"] == "id"
    assert "+442079460000" in dict(dressed.fields)["P-Asserted-Identity"]


def test_other_identity_headers_and_no_number() -> None:
    assert dress(with_rule(identity=Identity.NONE), "1", "").fields == ()
    assert dress(with_rule(identity=Identity.PREFERRED), "1", "").fields[0][0] == "P-Preferred-Identity"
    assert dress(with_rule(number=None), "1", "").from_.uri.user == "acme"


def invite(extra: str = "", uri: str = "sip:02079460000@10.0.0.2") -> Request:
    message = parse_message(request_text("INVITE", uri, extra=extra).replace("\n", "\r\n").encode())
    assert isinstance(message, Request)
    return message


def test_a_trunks_caller_is_normalised_and_its_assertion_believed() -> None:
    asserted = 'P-Asserted-Identity: "Bob" <sip:01614960000@carrier.example>, <tel:+441614960000>\n'
    assert read(trunk(), invite(asserted), None) == Party("+441614960000", "Bob", "+442079460000")
    assert read(trunk(), invite(), None).caller == "hand"


def test_a_stranger_asserts_in_vain() -> None:
    asserted = "P-Asserted-Identity: <sip:01614960000@carrier.example>\n"
    assert read(None, invite(asserted), "GB") == Party("hand", None, "02079460000")


def test_privacy_hides_the_caller() -> None:
    extra = "P-Asserted-Identity: <sip:01614960000@carrier.example>\nPrivacy: user; id\n"
    assert read(trunk(), invite(extra), None).caller == "anonymous"


def test_an_assertion_that_cannot_be_read_is_passed_over() -> None:
    assert read(trunk(), invite("P-Asserted-Identity: <<>\n"), None).caller == "hand"


def test_the_number_may_stand_in_to() -> None:
    its = trunk(number_from=NumberFrom.TO)
    assert read(its, invite(uri="sip:account@10.0.0.2"), None).called == "1000"
