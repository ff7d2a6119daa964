"""RFC 4475 section 3.1.2: messages that are not valid: 400 (or the status named), or dropped."""

# ruff: noqa: E501 - a message's lines are as long as they are

from __future__ import annotations

import pytest

from tests.torture.kit import SDP, hear, wire, with_length


def request(
    method: str = "OPTIONS",
    *,
    line: str | None = None,
    to: str = "sip:user@example.com",
    from_: str = "<sip:caller@example.net>;tag=134161461246",
    cseq: str | None = None,
    via: str = "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKkdjuw",
    extra: str = "",
) -> str:
    return (
        f"{line or f'{method} sip:user@example.com SIP/2.0'}\nMax-Forwards: 70\nTo: {to}\nFrom: {from_}\n"
        f"Call-ID: torture.0ha0isndaksdj\nCSeq: {cseq or f'8 {method}'}\nVia: {via}\n{extra}"
    )


CONTACT = "Contact: <sip:caller@host5.example.net>\n"
SDP_CONTACT = CONTACT + "Content-Type: application/sdp\n"
JOE = 'Content-Type: application/sdp\nContact: "Joe" <sip:joe@example.org>;;;;\n'
ESCAPED = "sip:user@example.com?Route=%3Csip:example.com%3E"
VERSION_7 = "OPTIONS sip:t.watson@example.org SIP/7.0"
NO_BODY = "Content-Length: 0\n\n"


@pytest.mark.parametrize(("label", "data", "status"), [
    ("badinv01 3.1.2.1, Contact", with_length(request("INVITE", extra=JOE)), 400),
    ("badinv01 3.1.2.1, Via", with_length(request("INVITE", via="SIP/2.0/UDP 192.0.2.15;;,;,,", extra=SDP_CONTACT)), None),
    ("clerr 3.1.2.2", wire(request("INVITE", extra=SDP_CONTACT) + "Content-Length: 9999\n\n" + SDP), 400),
    ("ncl 3.1.2.3", wire(request("INVITE", extra=SDP_CONTACT) + "Content-Length: -999\n\n" + SDP), 400),
    ("scalar02 3.1.2.4, CSeq", wire(request("REGISTER", cseq="36893488147419103232 REGISTER") + NO_BODY), 400),
    ("scalar02 3.1.2.4, Max-Forwards", with_length(request("INVITE", extra=SDP_CONTACT).replace("70", "300", 1)), 400),
    ("quotbal 3.1.2.6", with_length(request("INVITE", to='"Mr. J. User <sip:j.user@example.com>', extra=SDP_CONTACT)), 400),
    ("ltgtruri 3.1.2.7", with_length(request("INVITE", line="INVITE <sip:user@example.com> SIP/2.0", extra=SDP_CONTACT)), 400),
    ("lwsruri 3.1.2.8", with_length(request("INVITE", line="INVITE sip:user@example.com; lr SIP/2.0", extra=SDP_CONTACT)), 400),
    ("lwsstart 3.1.2.9", with_length(request("INVITE", line="INVITE  sip:user@example.com  SIP/2.0", extra=SDP_CONTACT)), 400),
    ("trws 3.1.2.10", wire(request(line="OPTIONS sip:user@example.com SIP/2.0  ") + NO_BODY), 400),
    ("escruri 3.1.2.11", with_length(request("INVITE", line=f"INVITE {ESCAPED} SIP/2.0", extra=SDP_CONTACT)), 400),
    ("regbadct 3.1.2.13", wire(request("REGISTER", extra=f"Contact: {ESCAPED}\n") + NO_BODY), 400),
    ("badvers 3.1.2.16", wire(request(line=VERSION_7, via="SIP/7.0/UDP c.example.com;branch=z9hG4bKkdjuw") + NO_BODY), None),
    ("badvers 3.1.2.16, Via of ours", wire(request(line=VERSION_7) + NO_BODY), 505),
    ("mismatch01 3.1.2.17", wire(request(cseq="8 INVITE") + NO_BODY), 400),
    ("mismatch02 3.1.2.18", wire(request("NEWMETHOD", cseq="8 INVITE") + NO_BODY), 400),
])  # fmt: skip
def test_refused(label: str, data: bytes, status: int | None) -> None:
    heard = hear(data)
    assert heard.status == status, label
    assert heard.node.user_agent.counters.malformed == 1


@pytest.mark.parametrize(("label", "data"), [
    ("baddate 3.1.2.12: an element may ignore a Date of an unknown zone",
     with_length(request("INVITE", extra=SDP_CONTACT + "Date: Fri, 01 Jan 2010 16:00:00 EST\n"))),
    ("badaspec 3.1.2.14: the intent of spaces within the brackets is obvious",
     with_length(request("INVITE", to='"Watson, Thomas" < sip:t.watson@example.org >', extra=SDP_CONTACT))),
])  # fmt: skip
def test_what_an_element_may_be_liberal_about(label: str, data: bytes) -> None:
    heard = hear(data)
    assert len(heard.node.events) == 1, label
    assert heard.status is None  # the call is offered to the application


def test_baddn() -> None:
    """3.1.2.15: a display name that needs quotes; the request is refused as soon as somebody needs the name."""
    data = with_length(
        request("INVITE", from_="Bell, Alexander <sip:a.g.bell@example.com>;tag=43", extra=SDP_CONTACT)
    )
    assert hear(data).status == 400


@pytest.mark.parametrize("data", [
    # 3.1.2.5 scalarlg
    wire("SIP/2.0 503 Service Unavailable\nVia: SIP/2.0/TCP host129.example.com;branch=z9hG4bKzzxdiwo34sw\nTo: <sip:user@example.com>\n"
         "From: <sip:other@example.net>;tag=2easdjfejw\nCSeq: 9292394834772304023312 OPTIONS\nCall-ID: scalarlg.noase0of0234hn2qofoaf0232aewf2394r\n"
         "Retry-After: 949302838503028349304023988\nWarning: 1812 overture \"In Progress\"\nContent-Length: 0\n\n"),
    # 3.1.2.19 bigcode
    wire("SIP/2.0 4294967301 better not break the receiver\nVia: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe\n"
         "Call-ID: bigcode.asdof3uj203asdnf3429uasdhfas3ehjasdfas9i\nCSeq: 353494 INVITE\nFrom: <sip:user@example.com>;tag=39ansfi3\n"
         "To: <sip:user@example.edu>;tag=902jndnke3\nContent-Length: 0\nContact: <sip:user@host105.example.com>\n\n"),
])  # fmt: skip
def test_broken_responses_are_dropped(data: bytes) -> None:
    heard = hear(data)
    assert heard.status is None
    assert heard.node.user_agent.counters.malformed == 1
