"""Reason headers (RFC 3326)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.sip.reason import COMPLETED_ELSEWHERE, Reason, parse_reasons, reason_fields


@pytest.mark.parametrize(("value", "expected"), [
    (COMPLETED_ELSEWHERE, [Reason("SIP", 200, "Call completed elsewhere")]),
    ('Q.850;cause=16;text="Terminated", SIP;cause=600', [Reason("Q.850", 16, "Terminated"), Reason("SIP", 600)]),
    ("SIP", [Reason("SIP")]),
    ("SIP;cause=many", [Reason("SIP")]),
    ('SIP;text="open', []),
    ("", []),
    (None, []),
])  # fmt: skip
def test_reading(value: str | None, expected: list[Reason]) -> None:
    assert parse_reasons(value) == expected


@pytest.mark.parametrize("reason", [Reason("SIP", 200, 'a "quoted" text'), Reason("Q.850", 16), Reason("x")])
def test_what_is_written_is_read(reason: Reason) -> None:
    assert parse_reasons(str(reason)) == [reason]


def test_a_mere_text_becomes_sips() -> None:
    assert reason_fields("enough") == [("Reason", 'SIP;text="enough"')]
    assert reason_fields(COMPLETED_ELSEWHERE) == [("Reason", COMPLETED_ELSEWHERE)]
    assert reason_fields(None) == []


@given(st.text(max_size=80))
def test_nothing_raises(value: str) -> None:
    parse_reasons(value)
