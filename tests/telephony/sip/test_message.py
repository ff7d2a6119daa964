"""Messages as values: laziness, writing, responses to requests."""

from __future__ import annotations

import pytest

from telephony.sip.errors import RemoteProtocolError
from telephony.sip.headers import Via
from telephony.sip.message import Request, Response, reason_of
from telephony.sip.parser import parse_message
from telephony.sip.uri import SipUri

FIELDS = [
    ("Via", "SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b;branch=z9hG4bK2"),
    ("Via", "SIP/2.0/UDP c;branch=z9hG4bK3"),
    ("From", "<sip:a@h>;tag=f"),
    ("To", "<sip:b@h>"),
    ("Call-ID", "c"),
    ("CSeq", "3 INVITE"),
    ("Subject", "one, two"),
]


def request() -> Request:
    return Request("INVITE", SipUri.parse("sip:b@h"), FIELDS, b"body")


def test_what_is_written_is_read_again() -> None:
    written = bytes(request())
    assert written.startswith(b"INVITE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP a;")
    assert written.endswith(b"Content-Length: 4\r\n\r\nbody")
    again = parse_message(written)
    assert list(again.fields)[:-1] == FIELDS
    assert bytes(again) == written


def test_lists_are_taken_apart_and_texts_are_not() -> None:
    assert len(request().headers("v")) == 3
    assert request().headers("SUBJECT") == ["one, two"]
    assert request().lines("via")[1] == "SIP/2.0/UDP c;branch=z9hG4bK3"
    assert request().header("nothing") is None


def test_a_broken_field_fails_when_it_is_read_and_not_before() -> None:
    broken = Request("INVITE", "sip:b@h", [*FIELDS, ("Contact", "<sip:broken")])
    assert broken.call_id == "c"
    with pytest.raises(RemoteProtocolError):
        _ = broken.contact


def test_a_response_copies_what_the_rfc_names() -> None:
    response = Response.to_request(request(), 180, to_tag="t", fields=[("Contact", "<sip:x@h>")])
    assert [name for name, _ in response.fields] == ["Via", "Via", "To", "From", "Call-ID", "CSeq", "Contact"]
    assert (response.to_tag, response.from_tag, response.reason) == ("t", "f", "Ringing")
    tagged = Request("BYE", "sip:b@h", [("To", "<sip:b@h>;tag=kept")])
    assert Response.to_request(tagged, 200, to_tag="other").to_tag == "kept"


def test_a_stamped_via_is_what_responses_copy() -> None:
    stamped = request()
    stamped.stamp_via("SIP/2.0/UDP a;received=1.2.3.4", Via.parse("SIP/2.0/UDP a;received=1.2.3.4"))
    assert stamped.via.parameters["received"] == "1.2.3.4"
    assert Response.to_request(stamped, 200).lines("via")[0] == "SIP/2.0/UDP a;received=1.2.3.4"


def test_reasons() -> None:
    assert [reason_of(status) for status in (486, 499, 299, 555)] == [
        "Busy Here",
        "Bad Request",
        "OK",
        "Server Internal Error",
    ]
