"""RFC 4475 section 3.1.1: messages that are valid, however they look."""

# ruff: noqa: E501 - a message's lines are as long as they are

from __future__ import annotations

from telephony.sip.events import IncomingCall
from telephony.sip.headers import NameAddr, Via
from telephony.sip.message import Response
from telephony.sip.parser import check, parse_message
from telephony.sip.uri import SipUri
from tests.torture.kit import SDP, hear, read_request, wire, with_length


def test_wsinv() -> None:
    """3.1.1.1: folding and white space everywhere, compact and odd names, unknown fields."""
    data = wire(
        "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\n"
        "TO :\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\n"
        'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>\n  ;\n  tag = 98asjd8\n'
        "MaX-fOrWaRdS: 0068\nCall-ID: wsinv.ndaksdj@192.0.2.1\n"
        f"Content-Length   : {len(wire(SDP))}\ncseq: 0009\n  INVITE\n"
        "Via  : SIP  /   2.0\n /UDP\n    192.0.2.2;branch=390skdjuw\ns :\n"
        "NewFangledHeader:   newfangled value\n continued newfangled value\n"
        "UnknownHeaderWithUnusualValue: ;;,,;;,;\nContent-Type: application/sdp\n"
        "Route:\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\n"
        "v:  SIP  / 2.0  / TCP     spindle.example.com   ;\n  branch  =   z9hG4bK9ikj8  ,\n"
        " SIP  /    2.0   / UDP  192.168.255.111   ; branch=\n z9hG4bK30239\n"
        'm:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =\n      newvalue ;\n  secondparam ; q = 0.33\n'
        f"\n{SDP}"
    )
    request = read_request(data)
    assert "unknownparam" in request.uri.parameters
    assert (request.to_tag, request.from_tag) == ("1918181833n", "98asjd8")
    assert (request.to.tag, str(request.to.uri)) == ("1918181833n", "sip:vivekg@chair-dnrc.example.com")
    assert request.from_.display_name == 'J Rosenberg \\"'
    assert request.cseq == (9, "INVITE")
    assert request.header("subject") == ""
    assert request.header("newfangledheader") == "newfangled value continued newfangled value"
    assert request.header("unknownheaderwithunusualvalue") == ";;,,;;,;"
    vias = [Via.parse(each) for each in request.headers("via")]
    assert [(via.transport, via.host, via.branch) for via in vias] == [
        ("UDP", "192.0.2.2", "390skdjuw"),
        ("TCP", "spindle.example.com", "z9hG4bK9ikj8"),
        ("UDP", "192.168.255.111", "z9hG4bK30239"),
    ]
    contact = request.contact
    assert contact is not None
    assert contact.display_name == 'Quoted string ""'
    assert dict(contact.parameters) == {"newparam": "newvalue", "secondparam": None, "q": "0.33"}
    assert request.body == wire(SDP)
    assert hear(data).status == 481  # its To tag names a dialog that we do not have


def test_intmeth() -> None:
    """3.1.1.2: every character that the grammar allows. We answer 405, as section 8.2.1 of RFC 3261 has it."""
    method = "!interesting-Method0123456789_*+`.%indeed'~"
    user = "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
    data = wire(
        f"{method} sip:{user}:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0\n"
        "Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~\n"
        f'To: "BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f" <sip:{user}@example.com>\n'
        "From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%=\"работающий\""
        ";tag=_token~1'+`*%!-.\n"
        "Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{\n"
        f"CSeq: 139122385 {method}\nMax-Forwards: 255\nextensionHeader-!.%*+_`'~:\ufeff大停電\nContent-Length: 0\n\n"
    )
    request = parse_message(data)
    assert request.cseq.method == method
    assert request.to.display_name == "BEL:\x07 NUL:\x00 DEL:\x7f"
    assert request.from_.display_name == "token1~` token2'+_ token3*%!.-"
    assert request.from_tag == "_token~1'+`*%!-."
    assert request.header("extensionHeader-!.%*+_`'~") == "\ufeff大停電"
    heard = hear(data, transport="tcp")
    assert heard.status == 405
    assert heard.responses[0].header("allow")
    assert heard.responses[0].call_id == request.call_id


def test_esc01() -> None:
    """3.1.1.3: what %-escapes mean, and that an escaped @ or : does not separate."""
    data = with_length(
        "INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0\nTo: sip:%75se%72@example.com\n"
        "From: <sip:I%20have%20spaces@example.net>;tag=938\nMax-Forwards: 87\ni: esc01.2394\nCSeq: 234234 INVITE\n"
        "Via: SIP/2.0/UDP host5.example.net;branch=z9hG4bKkdjuw\nC: application/sdp\n"
        "Contact:\n  <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>\n"
    )
    request = read_request(data)
    assert (request.uri.user, request.uri.host) == ("sips:user@example.com", "example.net")
    assert request.to.uri.equivalent(SipUri.parse("sip:user@example.com"))
    assert request.from_.uri.user == "I have spaces"
    [call] = hear(data).events
    assert isinstance(call, IncomingCall)


def test_escnull() -> None:
    """3.1.1.4: escaped NULs are characters; %00 and %00%00 are two users."""
    data = wire(
        "REGISTER sip:example.com SIP/2.0\nTo: sip:null-%00-null@example.com\n"
        "From: sip:null-%00-null@example.com;tag=839923423\nMax-Forwards: 70\nCall-ID: escnull.3920\n"
        "CSeq: 14398234 REGISTER\nVia: SIP/2.0/UDP host5.example.com;branch=z9hG4bKkdjuw\n"
        "Contact: <sip:%00@host5.example.com>\nContact: <sip:%00%00@host5.example.com>\nL:0\n\n"
    )
    heard = hear(data)
    assert heard.status == 200
    bindings = heard.node.user_agent.registrar.bindings("null-\x00-null", heard.node.network.now)
    assert {binding.contact.user for binding in bindings} == {"\x00", "\x00\x00"}


def test_esc02() -> None:
    """3.1.1.5: % in a method or a display name is just a character."""
    data = wire(
        'RE%47IST%45R sip:registrar.example.com SIP/2.0\nTo: "%Z%45" <sip:resource@example.com>\n'
        'From: "%Z%45" <sip:resource@example.com>;tag=f232jadfj23\nCall-ID: esc02.asdf\n'
        "Via: SIP/2.0/TCP host.example.com;branch=z9hG4bK209%fzsnel234\nCSeq: 29344 RE%47IST%45R\nMax-Forwards: 70\n"
        "Contact: <sip:alias1@host1.example.com>\nC%6Fntact: <sip:alias2@host2.example.com>\n"
        "Contact: <sip:alias3@host3.example.com>\nl: 0\n\n"
    )
    request = read_request(data)
    assert request.from_.display_name == "%Z%45"
    assert request.headers("contact") == ["<sip:alias1@host1.example.com>", "<sip:alias3@host3.example.com>"]
    assert hear(data, transport="tcp").status == 405


def test_lwsdisp() -> None:
    """3.1.1.6: no space between a token and <."""
    data = wire(
        "OPTIONS sip:user@example.com SIP/2.0\nTo: sip:user@example.com\n"
        "From: caller<sip:caller@example.com>;tag=323\nMax-Forwards: 70\nCall-ID: lwsdisp.1234abcd\n"
        "CSeq: 60 OPTIONS\nVia: SIP/2.0/UDP funky.example.com;branch=z9hG4bKkdjuw\nl: 0\n\n"
    )
    assert read_request(data).from_.display_name == "caller"
    assert hear(data).status == 200


def test_longreq() -> None:
    """3.1.1.7: long values of everything."""
    long = "long" * 60
    vias = "".join(f"Via: SIP/2.0/TCP sip{number}.example.com\n" for number in range(33, 0, -1))
    data = with_length(
        f'INVITE sip:user@example.com SIP/2.0\nTo: "I have a user name of {"extreme " * 40}proportion"'
        f"<sip:user@example.com:6000;unknownparam1=very{long}value;longparam{long}name=shortvalue>\n"
        f"F: sip:amazinglylongcallername{long}@example.net;tag=12{'98241' * 40};unknownheaderparam{long}name=x;"
        f"unknown=verylong{long}\nCall-ID: longreq.one{'really' * 40}longcallid\nCSeq: 3882340 INVITE\n"
        f"Unknown-{long}-Name: unknown-{long}-value\n"
        f"Via: SIP/2.0/TCP spiky.example.com;branch=z9hG4bK{long}\n{vias}Max-Forwards: 70\n"
        f"Contact: <sip:amazinglylongcallername{long}@host5.example.net>\nContent-Type: application/sdp\n"
    )
    assert len(read_request(data).headers("via")) == 34
    [call] = hear(data, transport="tcp").events
    assert isinstance(call, IncomingCall)


def test_dblreq() -> None:
    """3.1.1.8: what follows the body in a datagram is ignored."""
    first = (
        "REGISTER sip:example.com SIP/2.0\nTo: sip:j.user@example.com\nFrom: sip:j.user@example.com;tag=43251j3j324\n"
        "Max-Forwards: 8\nI: dblreq.0ha0\nContact: sip:j.user@host.example.com\nCSeq: 8 REGISTER\n"
        "Via: SIP/2.0/UDP 192.0.2.125;branch=z9hG4bKkdjuw23492\nContent-Length: 0\n\n\n"
    )
    heard = hear(wire(first + first.replace("REGISTER", "INVITE")))
    assert heard.status == 200
    assert len(heard.responses) == 1
    assert heard.node.user_agent.counters.requests == 1


def test_semiuri() -> None:
    """3.1.1.9: semicolons in the user part are part of the user."""
    data = wire(
        "OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0\nTo: sip:j_user@example.com\n"
        "From: sip:caller@example.org;tag=33242\nMax-Forwards: 3\nCall-ID: semiuri.0ha0\nCSeq: 8 OPTIONS\n"
        "Accept: application/sdp, application/pkcs7-mime,\n        multipart/mixed, multipart/signed,\n"
        "        message/sip, message/sipfrag\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKkdjuw\nl: 0\n\n"
    )
    assert read_request(data).uri.user == "user;par=u@example.net"
    assert len(read_request(data).headers("accept")) == 6
    assert hear(data).status == 200


def test_transports() -> None:
    """3.1.1.10: transports in Via that we do not speak, one of them unknown to all."""
    data = wire(
        "OPTIONS sip:user@example.com SIP/2.0\nTo: sip:user@example.com\nFrom: <sip:caller@example.com>;tag=323\n"
        "Max-Forwards: 70\nCall-ID: transports.kijh4\nAccept: application/sdp\nCSeq: 60 OPTIONS\n"
        "Via: SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw\nVia: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf\n"
        "Via: SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj\nVia: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en\n"
        "Via: SIP/2.0/TCP t5.example.com;branch=z9hG4bK0a9idfnee\nl: 0\n\n"
    )
    transports = [Via.parse(each).transport for each in read_request(data).headers("via")]
    assert transports == ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]
    assert hear(data).status == 200


def test_mpart01() -> None:
    """3.1.1.11: a multipart body with binary in it is kept byte for byte; the text is taken."""
    body = b"--7a9cbec02ceef655\r\nContent-Type: text/plain\r\n\r\nHello\r\n--7a9cbec02ceef655\r\n\r\n\x00\x82\r\n\xff--\r\n"
    head = (
        "MESSAGE sip:kumiko@example.org SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-d87543-4dade06d\n"
        "Max-Forwards: 70\nRoute: <sip:127.0.0.1:5080>\nTo: <sip:kumiko@example.org>\n"
        "From: <sip:fluffy@example.com>;tag=2fb0dcc9\nCall-ID: 3d9485ad0c49859b@Zmx1\nCSeq: 1 MESSAGE\n"
        f"Content-Type: multipart/mixed;boundary=7a9cbec02ceef655\nContent-Length: {len(body)}\n\n"
    )
    assert read_request(wire(head) + body).body == body
    assert hear(wire(head) + body).status == 202


RESPONSE = (
    "Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923\nCall-ID: unreason.1234\nCSeq: 35 INVITE\n"
    "From: <sip:user@example.com>;tag=11141343\nTo: <sip:user@example.edu>;tag=2229\nContact: <sip:user@host198.example.com>\n"
)


def test_unreason() -> None:
    """3.1.1.12: a reason phrase in another alphabet."""
    response = parse_message(
        with_length("SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое\n" + RESPONSE)
    )
    assert isinstance(response, Response)
    check(response)
    assert response.reason.endswith("простое")


def test_noreason() -> None:
    """3.1.1.13: an empty reason phrase, its space still there."""
    response = parse_message(with_length("SIP/2.0 100 \n" + RESPONSE))
    assert isinstance(response, Response)
    assert (response.status, response.reason) == (100, "")


def test_a_name_addr_survives_writing() -> None:
    """What wsinv and intmeth quote comes out as it went in."""
    for text in ('"J Rosenberg \\\\\\"" <sip:j@h>;tag=1', '"BEL:\\\x07" <sip:j@h>'):
        once = NameAddr.parse(text)
        assert NameAddr.parse(str(once)) == once
