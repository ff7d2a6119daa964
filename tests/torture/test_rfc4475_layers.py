"""RFC 4475 section 3.2 (transactions), 3.3 (application) and 3.4 (backward compatibility)."""

# ruff: noqa: E501 - a message's lines are as long as they are

from __future__ import annotations

import pytest

from telephony.sip.events import IncomingCall
from tests.telephony.sip.kit import ANSWER
from tests.torture.kit import Heard, hear, wire, with_length
from tests.torture.test_rfc4475_invalid import CONTACT, NO_BODY, request


def test_badbranch() -> None:
    """3.2.1: the magic cookie and nothing else does not name a transaction."""
    heard = hear(wire(request(via="SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK") + NO_BODY))
    assert heard.status == 200
    other = request(via="SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK", cseq="9 INVITE").replace("OPTIONS", "INVITE")
    heard = hear(with_length(other + CONTACT + "Content-Type: application/sdp\n"))
    heard.node.hear(
        with_length(other.replace("torture.0", "other.1") + CONTACT + "Content-Type: application/sdp\n")
    )
    assert len(heard.node.of(IncomingCall)) == 2


def test_insuf() -> None:
    """3.3.1: Call-ID, From and To are missing: 400 with what there is."""
    heard = hear(
        wire(
            "INVITE sip:user@example.com SIP/2.0\nCSeq: 193942 INVITE\nVia: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKkdj.insuf\nl: 0\n\n"
        )
    )
    assert heard.status == 400
    assert heard.responses[0].header("to") is None


@pytest.mark.parametrize("uri", [
    "nobodyKnowsThisScheme:totallyopaquecontent",  # 3.3.2 unkscm
    "soap.beep://192.0.2.103:3002",  # 3.3.3 novelsc
])  # fmt: skip
def test_schemes_of_the_request_uri(uri: str) -> None:
    assert hear(wire(request(line=f"OPTIONS {uri} SIP/2.0") + NO_BODY)).status == 416


def test_unksm2() -> None:
    """3.3.4: schemes that nobody can register."""
    extra = "Contact: <name:John_Smith>\n"
    text = request(
        "REGISTER", to="isbn:2983792873", from_="<http://www.example.com>;tag=3234233", extra=extra
    )
    assert hear(wire(text + NO_BODY)).status == 404


def test_bext01() -> None:
    """3.3.5: extensions that nobody supports; Proxy-Require is for proxies."""
    extra = "Require: nothingSupportsThis, nothingSupportsThisEither\nProxy-Require: noProxiesSupportThis\n"
    heard = hear(wire(request(extra=extra) + NO_BODY))
    assert heard.status == 420
    assert heard.responses[0].headers("unsupported") == ["nothingSupportsThis", "nothingSupportsThisEither"]


def test_invut() -> None:
    """3.3.6: a body of a type that nobody knows."""
    heard = hear(
        with_length(
            request("INVITE", extra=CONTACT + "Content-Type: application/unknownformat\n"), "<audio/>"
        )
    )
    assert heard.status == 415
    assert heard.responses[0].header("accept") == "application/sdp, multipart/mixed"


def test_regaut01() -> None:
    """3.3.7: an unknown scheme of Authorization is no credentials at all: challenged."""
    from telephony.sip.address import Address
    from tests.telephony.sip.kit import Network

    node = Network().node("192.0.2.200")
    extra = "Authorization: NoOneKnowsThisScheme opaque-data=here\n" + CONTACT
    node.hear(wire(request("REGISTER", extra=extra) + NO_BODY), Address("udp", "192.0.2.1", 5060))
    assert [packet.start_line for packet in node.said()] == ["SIP/2.0 401 Unauthorized"]


@pytest.mark.parametrize("field", [
    "CSeq: 59 INVITE", "Call-ID: multi01.other", "From: sip:other@example.com;tag=1", "To: sip:other@example.com",
])  # fmt: skip
def test_multi01(field: str) -> None:
    """3.3.8: a field twice that may be there once."""
    assert hear(with_length(request("INVITE", extra=f"{field}\n{CONTACT}"))).status == 400


def test_mcl01() -> None:
    """3.3.9: two lengths."""
    assert (
        hear(
            wire(request(extra="Content-Length: 13\nContent-Length: 5\n") + "\nThere's no way to know")
        ).status
        == 400
    )


def test_bcast() -> None:
    """3.3.10: a response whose Via is not ours goes nowhere."""
    data = wire(
        "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923\nVia: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23\n"
        "Call-ID: bcast.0384840201234ksdfak3j2erwedfsASdf\nCSeq: 35 INVITE\nFrom: <sip:user@example.com>;tag=11141343\n"
        "To: <sip:user@example.edu>;tag=2229\nContent-Length: 0\n\n"
    )
    heard = hear(data)
    assert heard.status is None
    assert heard.node.user_agent.counters.stray_responses == 1


def test_zeromf() -> None:
    """3.3.11: no hops are left, but we are the end of the way."""
    assert hear(wire(request().replace("Max-Forwards: 70", "Max-Forwards: 0") + NO_BODY)).status == 200


def registered(contact: str) -> tuple[Heard, str]:
    heard = hear(
        wire(request("REGISTER", to="sip:watson@example.com", extra=f"Contact: {contact}\n") + NO_BODY)
    )
    assert heard.status == 200
    [binding] = heard.node.user_agent.registrar.bindings("watson", heard.node.network.now)
    return heard, str(binding.contact)


def test_cparam01() -> None:
    """3.3.12: without brackets a parameter is the header's."""
    assert (
        registered("sip:+19725552222@gw1.example.net;unknownparam")[1] == "sip:+19725552222@gw1.example.net"
    )


def test_cparam02() -> None:
    """3.3.13: within brackets it is the URI's."""
    uri = "sip:+19725552222@gw1.example.net;unknownparam"
    assert registered(f"<{uri}>")[1] == uri


def test_regescrt() -> None:
    """3.3.14: escaped header fields in a registered URI are kept."""
    uri = "sip:user@example.com?Route=%3Csip:sip.example.com%3E"
    assert registered(f"<{uri}>")[1] == uri


def test_sdp01() -> None:
    """3.3.15: a caller that does not take SDP."""
    extra = CONTACT + "Accept: text/nobodyKnowsThis\n"
    assert hear(wire(request("INVITE", extra=extra) + NO_BODY)).status == 406


def test_inv2543() -> None:
    """3.4.1: an INVITE by RFC 2543: no branch, no tag, no Contact, no Max-Forwards."""
    data = with_length(
        "INVITE sip:UserB@example.com SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.1\n"
        "From: <sip:+13035551111@192.0.2.1;user=phone>\nRecord-Route: <sip:UserB@192.0.2.7;maddr=192.0.2.8>\n"
        "To: sip:+16505552222@ss1.example.net;user=phone\nCall-ID: inv2543.1717@ift.client.example.com\n"
        "CSeq: 56 INVITE\nContent-Type: application/sdp\n"
    )
    heard = hear(data)
    [call] = heard.events
    assert isinstance(call, IncomingCall)
    node = heard.node
    node.user_agent.answer(call.session, ANSWER, node.network.now)
    [answer] = node.said()
    assert answer.start_line == "SIP/2.0 200 OK"
    node.user_agent.hang_up(call.session, node.network.now)
    tag = answer.data.split(b"\r\nTo: ")[1].split(b";tag=")[1].split(b"\r\n")[0].decode()
    ack = (
        data.decode()
        .replace("INVITE", "ACK")
        .replace("user=phone\r\nCall-ID", f"user=phone;tag={tag}\r\nCall-ID")
    )
    node.hear(ack.encode())
    [bye] = node.said()
    assert bye.start_line == "BYE sip:UserB@192.0.2.7;maddr=192.0.2.8 SIP/2.0"  # a strict router
    assert bye.destination.host == "192.0.2.8"
