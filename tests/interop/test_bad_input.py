"""Bad input from the network: dropped or answered, counted, logged once a source a minute, never an
exception."""

from __future__ import annotations

import random

import pytest

from tests.interop.kit.server import Server
from tests.interop.kit.sip_probe import SipProbe

pytestmark = pytest.mark.interop

GARBAGE = [
    b"",
    b"\x00",
    b"\r\n\r\n",  # a keep-alive (RFC 5626 3.5.1), not a mistake
    b"\xff" * 1400,
    b"INVITE",
    b"INVITE sip:3002@127.0.0.1 SIP/2.0\r\n\r\n",
    b"INVITE sip:3002@127.0.0.1 SIP/9.9\r\nCall-ID: x\r\n\r\n",
    b"SIP/2.0 200 OK\r\n\r\n",
    b"SIP/2.0 abc OK\r\nCall-ID: 1\r\n\r\n",
    b"REGISTER sip:x SIP/2.0\r\nVia: SIP/2.0/UDP\r\nFrom: <<<>>>\r\nTo: ;;;\r\nCSeq: nine\r\n\r\n",
    b"OPTIONS sip:x SIP/2.0\r\nContent-Length: 999999\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx\r\n\r\n",
]


def test_malformed_datagrams_are_logged_once_and_disturb_nobody(server: Server) -> None:
    noise = random.Random(1)
    with SipProbe(server.sip_port) as probe:
        for datagram in GARBAGE * 3:
            probe.send(datagram)
        for _ in range(100):
            probe.send(noise.randbytes(noise.randrange(1, 900)))
        _drain(probe)
        probe.request("OPTIONS", "3002")
        answer = _final(probe)
    assert answer.startswith("SIP/2.0 200"), answer
    assert server.said().count("sip.malformed") == 1, server.tail()
    assert "Traceback" not in server.said()
    assert server.snapshot()["server"]["calls_now"] == 0


def test_unknown_method_gets_405_with_allow(server: Server) -> None:
    with SipProbe(server.sip_port) as probe:
        probe.request("FROBNICATE", "3002")
        answer = _final(probe)
    assert answer.startswith("SIP/2.0 405"), answer
    assert "\r\nAllow: " in answer


def test_required_extension_that_nobody_knows_gets_420(server: Server) -> None:
    with SipProbe(server.sip_port) as probe:
        probe.request("OPTIONS", "3002", extra="Require: telepathy")
        answer = _final(probe)
    assert answer.startswith("SIP/2.0 420"), answer
    assert "Unsupported: telepathy" in answer


def test_bye_of_no_dialog_gets_481(server: Server) -> None:
    with SipProbe(server.sip_port) as probe:
        probe.request("BYE", "3002", to_tag="nobody")
        answer = _final(probe)
    assert answer.startswith("SIP/2.0 481"), answer


def _final(probe: SipProbe) -> str:
    while (answer := probe.receive()) is not None:
        if not answer.startswith("SIP/2.0 1"):
            return answer
    pytest.fail("no final response")


def _drain(probe: SipProbe) -> None:
    while probe.receive(0.5) is not None:
        pass
