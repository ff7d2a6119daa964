"""Fragments of messages as bodies (RFC 3420)."""

from __future__ import annotations

import pytest

from telephony.sip.sipfrag import read_status, status_line


@pytest.mark.parametrize(("body", "expected"), [
    (b"SIP/2.0 100 Trying", (100, "Trying")),
    (b"SIP/2.0 200 OK\r\nTo: <sip:a@b>\r\n", (200, "OK")),
    (b"SIP/2.0 603\r\n", (603, "")),
    (b"INVITE sip:a@b SIP/2.0\r\n", None),
    (b"", None),
])  # fmt: skip
def test_reading(body: bytes, expected: tuple[int, str] | None) -> None:
    assert read_status(body) == expected


def test_writing() -> None:
    assert status_line(180) == b"SIP/2.0 180 Ringing\r\n"
    assert read_status(status_line(486, "busy")) == (486, "busy")
