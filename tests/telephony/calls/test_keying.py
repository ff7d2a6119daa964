"""Which encryption our terms offer, take and refuse."""

from __future__ import annotations

import pytest

from telephony.calls import negotiation
from telephony.calls.negotiation import NothingInCommon
from telephony.calls.terms import MediaTerms, SrtpUse
from telephony.media.keying import DtlsTerms
from telephony.sip.sdp import SessionDescription
from tests.telephony.calls.test_sdes import INLINE, offer

OURS = "sha-256 " + ":".join(["01"] * 32)
THEIRS = "sha-256 " + ":".join(["AB"] * 32)
HANDSHAKE = ("a=setup:actpass", f"a=fingerprint:{THEIRS}", "a=rtcp-mux")
CRYPTO = f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}"
ANSWERS = DtlsTerms("passive", (THEIRS,))


def terms(srtp: SrtpUse, fingerprint: str = OURS) -> MediaTerms:
    return MediaTerms(srtp=srtp, new_key=lambda: bytes(30), fingerprint=fingerprint)


@pytest.mark.parametrize("protocol", ["UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF", "RTP/SAVP", "RTP/AVP"])
@pytest.mark.parametrize("srtp", ["offered", "required", "dtls"])
def test_a_handshake_is_taken_under_their_protocol(srtp: SrtpUse, protocol: str) -> None:
    agreed = negotiation.answer(
        offer(f"m=audio 4000 {protocol} 0", *HANDSHAKE), "192.0.2.1", 10000, terms(srtp)
    )
    assert agreed.remote is not None
    assert (agreed.remote.dtls, agreed.remote.srtp, agreed.remote.rtcp_mux) == (ANSWERS, None, True)
    (stream,) = SessionDescription.parse(agreed.body).media
    assert stream.protocol == protocol
    assert stream.lines == ("a=setup:passive", f"a=fingerprint:{OURS}", "a=rtcp-mux")


def test_a_handshake_without_one_port_for_rtp_and_rtcp_turns_reports_off() -> None:
    theirs = offer("m=audio 4000 UDP/TLS/RTP/SAVP 0", *HANDSHAKE[:2])
    agreed = negotiation.answer(theirs, "192.0.2.1", 10000, terms("dtls"))
    assert agreed.remote is not None
    assert not agreed.remote.rtcp_mux
    lines = agreed.body.decode().split("\r\n")
    assert lines.index("b=RS:0") < lines.index("b=RR:0") < lines.index("a=rtpmap:0 PCMU/8000")
    assert "a=rtcp-mux" not in lines


@pytest.mark.parametrize("terms_", [terms("off"), terms("offered", ""), terms("required", "")])
def test_without_a_certificate_of_ours_no_handshake_is_agreed_on(terms_: MediaTerms) -> None:
    with pytest.raises(NothingInCommon):
        negotiation.answer(offer("m=audio 4000 UDP/TLS/RTP/SAVP 0", *HANDSHAKE), "192.0.2.1", 10000, terms_)
    if terms_.srtp != "required":
        agreed = negotiation.answer(offer("m=audio 4000 RTP/AVP 0", *HANDSHAKE), "192.0.2.1", 10000, terms_)
        assert agreed.remote is not None
        assert agreed.remote.dtls is None


@pytest.mark.parametrize(
    "lines",
    [
        ("m=audio 4000 RTP/AVP 0",),
        ("m=audio 4000 RTP/SAVP 0", CRYPTO),
        ("m=audio 4000 RTP/AVP 0", CRYPTO),
        ("m=audio 4000 UDP/TLS/RTP/SAVP 0",),
    ],
)
def test_by_dtls_alone_nothing_else_is_taken(lines: tuple[str, ...]) -> None:
    with pytest.raises(NothingInCommon, match="no DTLS-encrypted RTP audio with PCMU or PCMA"):
        negotiation.answer(offer(*lines), "192.0.2.1", 10000, terms("dtls"))


def test_told_keys_come_before_a_handshake_but_not_under_the_protocol_of_dtls() -> None:
    for protocol, told in (("RTP/SAVP", True), ("UDP/TLS/RTP/SAVP", False)):
        both = offer(f"m=audio 4000 {protocol} 0", CRYPTO, *HANDSHAKE)
        agreed = negotiation.answer(both, "192.0.2.1", 10000, terms("offered"))
        assert agreed.remote is not None
        assert (agreed.remote.srtp is not None, agreed.remote.dtls is not None) == (told, not told)


def test_our_offers() -> None:
    lines = {}
    for use in ("off", "offered", "required", "dtls"):
        (stream,) = SessionDescription.parse(negotiation.offer("192.0.2.1", 10000, terms(use))).media  # type: ignore[arg-type]
        lines[use] = (stream.protocol, tuple(line.partition(":")[0] for line in stream.lines))
    crypto, handshake = ("a=crypto",) * 2, ("a=setup", "a=fingerprint", "a=rtcp-mux")
    assert lines == {
        "off": ("RTP/AVP", ()),
        "offered": ("RTP/AVP", crypto + handshake),
        "required": ("RTP/SAVP", crypto),
        "dtls": ("UDP/TLS/RTP/SAVP", handshake),
    }


def test_an_answer_with_a_handshake() -> None:
    for use, protocol in (("offered", "RTP/AVP"), ("dtls", "UDP/TLS/RTP/SAVP")):
        ours = terms(use)  # type: ignore[arg-type]
        body = negotiation.offer("192.0.2.1", 10000, ours)
        answer = offer(f"m=audio 4000 {protocol} 0", "a=setup:active", f"a=fingerprint:{THEIRS}")
        remote = negotiation.read_answer(answer, ours, ours=body)
        assert (remote.dtls, remote.srtp) == (ANSWERS, None)


def test_an_answer_without_what_we_demand() -> None:
    ours = terms("dtls")
    body = negotiation.offer("192.0.2.1", 10000, ours)
    with pytest.raises(NothingInCommon):
        negotiation.read_answer(offer("m=audio 4000 UDP/TLS/RTP/SAVP 0"), ours, ours=body)


def test_hold_opens_the_roles_and_keeps_the_certificate() -> None:
    agreed = negotiation.answer(
        offer("m=audio 4000 UDP/TLS/RTP/SAVP 0", *HANDSHAKE), "192.0.2.1", 10000, terms("dtls")
    )
    (held,) = SessionDescription.parse(negotiation.offer_again(agreed.body, negotiation.HOLD)).media
    assert held.lines == ("a=setup:actpass", f"a=fingerprint:{OURS}", "a=rtcp-mux")
    again = negotiation.answer_again(
        offer("m=audio 4000 UDP/TLS/RTP/SAVP 0", *HANDSHAKE), agreed.body, terms("dtls")
    )
    assert again.remote is not None
    assert again.remote.dtls == ANSWERS
