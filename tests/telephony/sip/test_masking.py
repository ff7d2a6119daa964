"""No secret is left in what is shown."""

from __future__ import annotations

import pytest

from telephony.sip.digest import Challenge, answer_challenge
from telephony.sip.masking import mask
from tests.telephony.sip.defence.messages import wire


def digest_value() -> str:
    return answer_challenge(
        Challenge("cordboard", "n0nce-value"),
        user="alice",
        password="pw",
        method="REGISTER",
        uri="sip:x",
        cnonce="cn0nce",
    )


@pytest.mark.parametrize(
    "header", ["Authorization", "Proxy-Authorization", "authorization", "PROXY-AUTHORIZATION"]
)
def test_digests(header: str) -> None:
    value = digest_value()
    response = value.partition('response="')[2][:32]
    text = mask(wire("REGISTER", extra=f"{header}: {value}\n"))
    assert not any(secret in text for secret in (response, "n0nce-value", "cn0nce"))
    assert 'username="alice"' in text
    assert 'realm="cordboard"' in text
    assert "nc=00000001" in text


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("Authorization: Basic YWxpY2U6cHc=", "YWxpY2U6cHc="),
        ("Authorization: Bearer  abc.def", "abc.def"),
        ("Authorization: token0nly", "token0nly"),
        ('Authorization: Digest username="a",\r\n response="f0lded"', "f0lded"),
        ("Contact: <sip:alice:hush@192.0.2.1>", "hush"),
        ("X-Login: user=a;password=hush", "hush"),
        ('X-Login: user=a; pwd="hu sh"', "hu sh"),
        ("Refer-To: <https://x.example/?token=hush&x=1>", "hush"),
        ("X-Api: a;api_key=hush", "hush"),
        ("X-Pin: a, pin=1234", "1234"),
    ],
)
def test_password_like_things(line: str, secret: str) -> None:
    data = wire("INVITE").replace(b"Content-Length", line.encode() + b"\r\nContent-Length")
    assert secret.encode() in data
    assert secret not in mask(data)
    assert "***" in mask(data)


@pytest.mark.parametrize(
    "line",
    [
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwg",
        "a=ice-pwd:asd88fgpdd777",
        "k=clear:hush77",
    ],
)
def test_keys_of_media(line: str) -> None:
    text = mask(wire("INVITE", body=f"v=0\n{line}\nm=audio 1 RTP/SAVP 0\n"))
    assert not any(secret in text for secret in ("WVNf", "asd88", "hush77"))
    assert "m=audio 1 RTP/SAVP 0" in text


def test_digits_pressed() -> None:
    relay = mask(
        wire("INFO", extra="Content-Type: application/dtmf-relay\n", body="Signal=7\nDuration=160\n")
    )
    assert "Signal=***" in relay
    assert "Duration=160" in relay
    plain = mask(wire("INFO", extra="Content-Type: application/dtmf\n", body="7"))
    assert plain.endswith("\r\n\r\n***")


def test_an_ordinary_message_is_left_as_it_is() -> None:
    data = wire("INVITE", extra="Subject: my pinboard\n", body="v=0\ns=-\n")
    assert mask(data) == data.decode()


def test_bytes_that_are_no_text() -> None:
    assert mask(b"\xff\xfe\r\n\r\n\x80") == "\\xff\\xfe\r\n\r\n\\x80"
