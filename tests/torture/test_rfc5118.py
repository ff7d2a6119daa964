"""RFC 5118: IPv6 in all the places where an address may stand."""

from __future__ import annotations

import pytest

from telephony.sip.address import Address
from telephony.sip.events import IncomingCall
from telephony.sip.headers import Via
from telephony.sip.parser import parse_message
from telephony.sip.sdp import SessionDescription
from telephony.sip.uri import SipUri
from tests.telephony.sip.kit import Network
from tests.torture.kit import hear, read_request, wire, with_length

SDP6 = (
    "v=0\no=assistant 971731711378798081 0 IN IP6 2001:db8::20\ns=Live video feed for today's meeting\n"
    "c=IN IP6 2001:db8::20\nt=3338481189 3370017201\nm=audio 6000 RTP/AVP 2\na=rtpmap:2 G726-32/8000\n"
    "m=video 6024 RTP/AVP 107\nc=IN IP4 192.0.2.20\na=rtpmap:107 H263-1998/90000\n"
)


def register(uri: str = "sip:[2001:db8::10]", via: str = "[2001:db8::9:1]") -> bytes:
    return wire(
        f"REGISTER {uri} SIP/2.0\nTo: sip:user@example.com\nFrom: sip:user@example.com;tag=81x2\n"
        f"Via: SIP/2.0/UDP {via};branch=z9hG4bKas3-111\nCall-ID: SSG9559905523997077@hlau_4100\nMax-Forwards: 70\n"
        'Contact: "Caller" <sip:caller@[2001:db8::1]>\nCSeq: 98176 REGISTER\nContent-Length: 0\n\n'
    )


def test_4_1_a_reference_in_brackets() -> None:
    heard = hear(register())
    assert heard.status == 200
    [binding] = heard.node.user_agent.registrar.bindings("user", heard.node.network.now)
    assert binding.contact.destination() == Address("udp", "2001:db8::1", 5060)


def test_4_2_without_brackets_it_is_no_uri() -> None:
    assert hear(register("sip:2001:db8::10")).status == 400


def test_4_3_a_port_within_the_brackets_is_part_of_the_address() -> None:
    uri = read_request(register("sip:[2001:db8::10:5070]")).uri
    assert (uri.host, uri.port) == ("2001:db8::10:5070", None)


def test_4_4_a_port_after_the_brackets() -> None:
    uri = read_request(register("sip:[2001:db8::10]:5070")).uri
    assert (uri.host, uri.port) == ("2001:db8::10", 5070)
    assert uri.host_port == "[2001:db8::10]:5070"


@pytest.mark.parametrize("received", ["[2001:db8::9:255]", "2001:db8::9:255"])
def test_4_5_received_with_and_without_brackets(received: str) -> None:
    via = f"[2001:db8::9:1];received={received}"
    request = read_request(register(via=via))
    assert request.via.parameters["received"] == received
    assert hear(register(via=via)).status == 200


def test_4_5_the_received_that_we_write() -> None:
    node = Network().node("2001:db8::10")
    node.hear(register(via="[2001:db8::9:1]:5070;rport"), Address("udp", "2001:db8::9:255", 5071))
    [packet] = node.said()
    via = Via.parse(parse_message(packet.data).headers("via")[0])
    assert (via.host, via.port, via.parameters["received"]) == ("2001:db8::9:1", 5070, "2001:db8::9:255")
    assert packet.destination == Address("udp", "2001:db8::9:255", 5071)


def invite(contact: str = "<sip:user@[2001:db8::20]>", to: str = "sip:user@[2001:db8::10]") -> bytes:
    return with_length(
        f"INVITE {to} SIP/2.0\nTo: {to}\nFrom: sip:user@example.com;tag=81x2\n"
        "Via: SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111\n"
        "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144\n"
        "Via: SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bK451jj;received=192.0.2.200\n"
        f"Call-ID: 9812@hlau\nMax-Forwards: 70\nContact: {contact}\nCSeq: 8912 INVITE\nContent-Type: application/sdp\n",
        SDP6,
    )


def test_4_6_to_4_8_both_families_in_headers_and_in_sdp() -> None:
    [call] = hear(invite()).events
    assert isinstance(call, IncomingCall)
    assert [Via.parse(each).host for each in call.request.headers("via")] == [
        "2001:db8::9:1",
        "192.0.2.1",
        "2001:db8::9:255",
    ]
    assert call.offer is not None
    offer = SessionDescription.parse(call.offer)
    assert offer.origin.host == "2001:db8::20"
    hosts = [offer.connection_of(media) for media in offer.media]
    assert [(each.address_type, each.host) for each in hosts if each] == [
        ("IP6", "2001:db8::20"),
        ("IP4", "192.0.2.20"),
    ]
    assert SessionDescription.parse(bytes(offer)) == offer


def test_4_9_mapped_addresses() -> None:
    [call] = hear(invite("<sip:user@[::ffff:192.0.2.10]:5060>")).events
    assert isinstance(call, IncomingCall)
    assert SipUri.parse("sip:user@[::ffff:192.0.2.10]:5060").host == "::ffff:192.0.2.10"


@pytest.mark.parametrize("host", ["[2001:db8::192.0.2.1]", "[2001:db8:::192.0.2.1]"])
def test_4_10_the_extra_colon_of_the_first_grammar(host: str) -> None:
    assert hear(wire(
        f"OPTIONS sip:user@{host} SIP/2.0\nTo: sip:user@{host}\nFrom: sip:user@example.com;tag=81x2\n"
        f"Via: SIP/2.0/UDP {host};branch=z9hG4bKas3\nCall-ID: 1\nMax-Forwards: 70\nContact: <sip:u@{host}>\n"
        "CSeq: 1 OPTIONS\nContent-Length: 0\n\n"
    )).status == 200  # fmt: skip
