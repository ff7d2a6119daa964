"""Handshakes in session descriptions: roles and fingerprints, wherever they stand, and what promises nothing."""

from __future__ import annotations

import pytest

from telephony.calls import dtls_sdp
from telephony.calls.dtls_sdp import Promise
from telephony.media.keying import DtlsTerms
from telephony.sip.sdp import SessionDescription

OCTETS = ":".join(["AB"] * 32)
THEIRS = f"sha-256 {OCTETS}"
OURS = "sha-256 " + ":".join(["01"] * 32)


def read(*media_lines: str, session_lines: tuple[str, ...] = ()) -> Promise | None:
    head = ("v=0", "o=- 7 7 IN IP4 192.0.2.9", "s=-", "c=IN IP4 192.0.2.9", "t=0 0", *session_lines)
    text = "".join(f"{line}\r\n" for line in (*head, "m=audio 4000 UDP/TLS/RTP/SAVP 0", *media_lines))
    description = SessionDescription.parse(text.encode())
    return dtls_sdp.read(description, description.media[0])


def test_both_lines_may_stand_for_the_stream_or_for_the_session() -> None:
    lines = ("a=setup:actpass", f"a=fingerprint:SHA-256 {OCTETS.lower()}")
    assert read(*lines) == read(session_lines=lines) == Promise("actpass", (THEIRS,))
    other = f"a=fingerprint:sha-256 {':'.join(['CD'] * 32)}"
    assert read(*lines, session_lines=("a=setup:active", other)) == Promise("actpass", (THEIRS,)), (
        "the nearer one"
    )


def test_several_fingerprints_are_kept_and_the_default_role_is_active() -> None:
    long = ":".join(["0F"] * 64)
    assert read(f"a=fingerprint:sha-512 {long}", f"a=fingerprint:sha-256 {OCTETS}") == Promise(
        "active", (f"sha-512 {long}", THEIRS)
    )


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("a=setup:active",),
        ("a=setup:holdconn", f"a=fingerprint:sha-256 {OCTETS}"),
        ("a=setup:active", f"a=fingerprint:md5 {':'.join(['AB'] * 20)}"),
        ("a=setup:active", f"a=fingerprint:sha-1 {':'.join(['AB'] * 20)}"),
        ("a=setup:active", "a=fingerprint:sha-256 AB:CD"),
    ],
)
def test_what_promises_nothing(lines: tuple[str, ...]) -> None:
    assert read(*lines) is None


@pytest.mark.parametrize(
    ("theirs", "ours"), [("actpass", "passive"), ("active", "passive"), ("passive", "active")]
)
def test_roles_of_an_answer(theirs: dtls_sdp.Setup, ours: str) -> None:
    lines, terms = dtls_sdp.accepted(Promise(theirs, (THEIRS,)), OURS, ())
    assert lines == (f"a=setup:{ours}", f"a=fingerprint:{OURS}")
    assert terms == DtlsTerms(ours, (THEIRS,))  # type: ignore[arg-type]


def test_a_role_that_stands_is_kept_where_they_leave_it_open() -> None:
    for standing in ("active", "passive"):
        lines, _ = dtls_sdp.accepted(
            Promise("actpass", (THEIRS,)), OURS, ("a=rtcp-mux", f"a=setup:{standing}")
        )
        assert lines[0] == f"a=setup:{standing}"


def test_our_offer_leaves_the_roles_open_every_time() -> None:
    first = dtls_sdp.offered(OURS)
    assert first == ("a=setup:actpass", f"a=fingerprint:{OURS}")
    assert dtls_sdp.reopened(("a=setup:passive", *first[1:], "a=rtcp-mux")) == (*first, "a=rtcp-mux")
    assert dtls_sdp.agreed(Promise("active", (THEIRS,))) == DtlsTerms("passive", (THEIRS,))
    assert dtls_sdp.agreed(Promise("passive", (THEIRS,))) == DtlsTerms("active", (THEIRS,))
