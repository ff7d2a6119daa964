"""Keys by INFO (application/dtmf-relay, application/dtmf), and what else INFO may carry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.sip.core import BYSTANDER
from telephony.sip.events import DigitSignalled
from telephony.sip.info import KEYS, read_digit
from telephony.sip.parser import parse_message
from tests.telephony.sip.kit import Call

RELAY, PLAIN = "application/dtmf-relay", "application/dtmf"


@pytest.mark.parametrize(("kind", "body", "expected"), [
    (RELAY, b"Signal=5\r\nDuration=200\r\n", ("5", 200)),
    (RELAY, b"Signal= 5\r\nDuration= 160", ("5", 160)),
    (RELAY, b"Duration=90\nsignal=*\n", ("*", 90)),
    (RELAY, b"Signal=11\r\n", ("#", 160)),
    (RELAY, b"Signal=d", ("D", 160)),
    (RELAY, b"Signal=16\r\n", None),
    (RELAY, b"Signal=flash\r\n", None),
    (RELAY, b"", None),
    (PLAIN, b"7", ("7", 160)),
    (PLAIN, b" #\r\n", ("#", 160)),
    (PLAIN, b"10", ("*", 160)),
    (PLAIN, b"77", None),
    (PLAIN, b"\xff", None),
])  # fmt: skip
def test_reading(kind: str, body: bytes, expected: tuple[str, int] | None) -> None:
    assert read_digit(kind, body) == expected


@given(st.binary(max_size=200), st.sampled_from([RELAY, PLAIN]))
def test_any_bytes_are_a_key_or_none(body: bytes, kind: str) -> None:
    digit = read_digit(kind, body)
    assert digit is None or digit[0] in KEYS


@pytest.mark.parametrize(("fields", "body", "status", "digits"), [
    ([("Content-Type", RELAY)], b"Signal=1\r\nDuration=100", 200, ["1"]),
    ([("Content-Type", PLAIN)], b"2", 200, ["2"]),
    ([("Content-Type", RELAY)], b"nonsense", 200, []),
    ([], b"", 200, []),
    ([("Content-Type", "application/media_control+xml")], b"<x/>", 415, []),
    ([("Content-Type", RELAY), ("Info-Package", "infoDtmf")], b"Signal=1", 469, []),
])  # fmt: skip
def test_in_a_call(fields: list[tuple[str, str]], body: bytes, status: int, digits: list[str]) -> None:
    call = Call()
    core = call.phone.user_agent._core
    dialog = core.sessions[call.ours].dialog
    assert dialog is not None
    core.send_in_dialog(dialog, "INFO", BYSTANDER, call.network.now, fields=fields, body=body)
    call.network.roundtrip()
    assert [event.digit for event in call.server.of(DigitSignalled)] == digits
    [answer] = [packet for packet in call.network.log if not packet.is_request and packet.method == "INFO"]
    assert answer.data.startswith(b"SIP/2.0 %d " % status)
    if status == 415:
        assert parse_message(answer.data).header("accept") == f"{RELAY}, {PLAIN}"
