"""The digest arithmetic against the RFCs' own examples."""

from __future__ import annotations

import pytest

from telephony.sip.digest import Challenge, answer_challenge, choose_challenge, digest_response, parse_fields
from telephony.sip.errors import RemoteProtocolError


@pytest.mark.parametrize(("algorithm", "expected"), [
    ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
    ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
])  # fmt: skip
def test_rfc_7616_section_3_9_1(algorithm: str, expected: str) -> None:
    assert expected == digest_response(
        algorithm=algorithm, user="Mufasa", realm="http-auth@example.org", password="Circle of Life",
        method="GET", uri="/dir/index.html", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        qop="auth", nc="00000001", cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )  # fmt: skip


def test_without_qop_as_rfc_2069() -> None:
    assert digest_response(
        algorithm="MD5", user="Mufasa", realm="testrealm@host.com", password="CircleOfLife", method="GET",
        uri="/dir/index.html", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",
    ) == "1949323746fe6a43ef61f9606e7febea"  # fmt: skip


def test_the_first_challenge_that_can_be_met_is_chosen() -> None:
    values = [
        'Basic realm="x"',
        'Digest realm="x", nonce="1", algorithm=SHA-512-256',
        'Digest realm="x", nonce="2", qop="auth-int"',
        'Digest realm="a, \\"b\\"", nonce="3",algorithm=SHA-256, qop="auth-int,auth", stale=TRUE, opaque=""',
        'Digest realm="x", nonce="4"',
    ]
    assert choose_challenge(values) == Challenge('a, "b"', "3", "SHA-256", qop=True, stale=True, opaque="")
    assert choose_challenge(values[4:]) == Challenge("x", "4", "MD5", qop=False)
    assert choose_challenge(values[:3]) is None


def test_a_challenge_reads_what_it_writes() -> None:
    challenge = Challenge('a "b"', "n", "SHA-256", stale=True, opaque="o")
    assert Challenge.parse(str(challenge)) == challenge


def test_an_answer_holds_what_was_asked() -> None:
    value = answer_challenge(
        Challenge("r", "n", qop=False, opaque="o"),
        user="u",
        password="p",
        method="BYE",
        uri="sip:h",
        cnonce="c",
    )
    fields = parse_fields(value)
    assert (fields["opaque"], "qop" in fields, fields["uri"]) == ("o", False, "sip:h")


@pytest.mark.parametrize("text", ["", "Basic eA==", 'Digest a="open', "Digest a b"])
def test_broken_credentials(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_fields(text)
