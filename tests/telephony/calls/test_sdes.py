"""Keys in session descriptions: which lines count, whose key is whose, and that they are never shown."""

from __future__ import annotations

import base64
from collections.abc import Callable
from itertools import count

import pytest

from telephony.calls import negotiation, sdes
from telephony.calls.negotiation import NothingInCommon
from telephony.calls.sdes import Crypto
from telephony.calls.terms import MediaTerms, SrtpUse
from telephony.media.keying import SrtpKeys
from telephony.sip.sdp import SessionDescription

THEIR_KEY = bytes(range(30))
INLINE = base64.b64encode(THEIR_KEY).decode()
HEAD = b"v=0\r\no=- 7 7 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"


def offer(*lines: str) -> bytes:
    return HEAD + "".join(line + "\r\n" for line in lines).encode()


def keys() -> Callable[[], bytes]:
    numbers = count(100)
    return lambda: bytes((next(numbers),)) * 30


def terms(srtp: SrtpUse) -> MediaTerms:
    return MediaTerms(srtp=srtp, new_key=keys())


SECURE_OFFER = offer("m=audio 4000 RTP/SAVP 0", f"a=crypto:5 AES_CM_128_HMAC_SHA1_32 inline:{INLINE}|2^31")


@pytest.mark.parametrize(
    "line",
    [
        f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}",
        f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|2^20 WSH=64",
        f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE} -HINT=1",
    ],
)
def test_a_line_that_can_be_accepted(line: str) -> None:
    assert Crypto.parse(line) == Crypto(1, "AES_CM_128_HMAC_SHA1_80", THEIR_KEY)


@pytest.mark.parametrize(
    "line",
    [
        "a=rtcp-mux",
        f"a=crypto:1 AES_256_CM_HMAC_SHA1_80 inline:{INLINE}",
        f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|1:4",
        f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE} UNENCRYPTED_SRTP",
        f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE} KDR=1",
        f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE};inline:{INLINE}",
        f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE[:-4]}",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:=a=a",
    ],
)
def test_a_line_that_cannot(line: str) -> None:
    assert Crypto.parse(line) is None


def test_no_key_is_in_any_repr() -> None:
    agreed = negotiation.answer(SECURE_OFFER, "192.0.2.1", 10000, terms("offered"))
    assert agreed.remote is not None
    assert agreed.remote.srtp is not None
    for shown in (repr(agreed.remote), repr(Crypto(1, "AES_CM_128_HMAC_SHA1_80", THEIR_KEY))):
        assert repr(THEIR_KEY) not in shown
        assert "key=" not in shown


def test_a_secure_offer_is_answered_with_its_tag_and_suite_and_our_key() -> None:
    agreed = negotiation.answer(SECURE_OFFER, "192.0.2.1", 10000, terms("offered"))
    assert agreed.remote is not None
    assert agreed.remote.srtp == SrtpKeys("AES_CM_128_HMAC_SHA1_32", b"d" * 30, THEIR_KEY)
    stream = SessionDescription.parse(agreed.body).media[0]
    assert stream.protocol == "RTP/SAVP"
    assert stream.lines == (str(Crypto(5, "AES_CM_128_HMAC_SHA1_32", b"d" * 30)),)


@pytest.mark.parametrize(
    ("srtp", "lines"),
    [
        ("off", ("m=audio 4000 RTP/SAVP 0", f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}")),
        ("offered", ("m=audio 4000 RTP/SAVP 0",)),
        ("required", ("m=audio 4000 RTP/AVP 0",)),
    ],
)
def test_what_the_terms_do_not_allow_is_refused(srtp: SrtpUse, lines: tuple[str, ...]) -> None:
    with pytest.raises(NothingInCommon):
        negotiation.answer(offer(*lines), "192.0.2.1", 10000, terms(srtp))


def test_opportunistic_keys_on_plain_rtp_are_taken_or_left() -> None:
    lines = ("m=audio 4000 RTP/AVP 0", f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}")
    taken = negotiation.answer(offer(*lines), "192.0.2.1", 10000, terms("offered"))
    left = negotiation.answer(offer(*lines), "192.0.2.1", 10000, terms("off"))
    plain = negotiation.answer(offer(lines[0]), "192.0.2.1", 10000, terms("offered"))
    for agreed, encrypted in ((taken, True), (left, False), (plain, False)):
        assert agreed.remote is not None
        assert (agreed.remote.srtp is not None, b"a=crypto" in agreed.body) == (encrypted, encrypted)
        assert SessionDescription.parse(agreed.body).media[0].protocol == "RTP/AVP"


@pytest.mark.parametrize(("srtp", "protocol"), [("offered", "RTP/AVP"), ("required", "RTP/SAVP")])
def test_our_offer_has_a_key_for_every_suite_and_the_answer_names_one(srtp: SrtpUse, protocol: str) -> None:
    ours = negotiation.offer("192.0.2.1", 10000, terms(srtp))
    stream = SessionDescription.parse(ours).media[0]
    assert stream.protocol == protocol
    assert [(c.tag, c.key[:1]) for c in sdes.cryptos(stream.lines)] == [(1, b"d"), (2, b"e")]
    answer = offer(f"m=audio 4000 {protocol} 0", f"a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:{INLINE}")
    remote = negotiation.read_answer(answer, terms(srtp), ours=ours)
    assert remote.srtp == SrtpKeys("AES_CM_128_HMAC_SHA1_32", b"e" * 30, THEIR_KEY)


def test_an_answer_without_keys_is_plain_or_refused() -> None:
    answer = offer("m=audio 4000 RTP/AVP 0")
    ours = negotiation.offer("192.0.2.1", 10000, terms("offered"))
    assert negotiation.read_answer(answer, terms("offered"), ours=ours).srtp is None
    with pytest.raises(NothingInCommon):
        negotiation.read_answer(answer, terms("required"), ours=ours)


def test_an_answer_to_a_line_that_we_did_not_offer_is_refused() -> None:
    ours = negotiation.offer("192.0.2.1", 10000, terms("required"))
    answer = offer("m=audio 4000 RTP/SAVP 0", f"a=crypto:9 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}")
    with pytest.raises(NothingInCommon):
        negotiation.read_answer(answer, terms("required"), ours=ours)


def test_a_later_offer_keeps_our_key_unless_the_suite_changes() -> None:
    ours = terms("offered")
    first = negotiation.answer(SECURE_OFFER, "192.0.2.1", 10000, ours)
    same = negotiation.answer_again(SECURE_OFFER, first.body, ours)
    other = SECURE_OFFER.replace(b"_32", b"_80")
    changed = negotiation.answer_again(other, first.body, ours)
    assert [a.remote.srtp.send_key[:1] for a in (first, same, changed) if a.remote and a.remote.srtp] == [
        b"d",
        b"d",
        b"e",
    ]


def test_the_other_streams_keys_are_not_sent_back() -> None:
    lines = ("m=audio 4000 RTP/AVP 0", "m=video 5000 RTP/SAVP 96", f"a=crypto:1 X inline:{INLINE}")
    assert INLINE.encode() not in negotiation.answer(offer(*lines), "192.0.2.1", 10000).body
