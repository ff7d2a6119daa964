"""ICE in offers and answers: spoken by who is asked, with credentials that stand until the other side begins anew."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest

from telephony.calls import ice_sdp, negotiation
from telephony.calls.ice_sdp import Credentials
from telephony.calls.terms import IceUse, MediaTerms
from telephony.media.ice_terms import IceTerms
from telephony.sip.sdp import SessionDescription
from tests.telephony.calls.test_sdes import offer

PASSWORD = "their-password-is-long-enough"
THEIRS = ("a=ice-ufrag:theirs", f"a=ice-pwd:{PASSWORD}", "a=rtcp-mux")
AUDIO = "m=audio 4000 RTP/AVP 0"


def keys() -> Callable[[], bytes]:
    numbers = count(1)
    return lambda: bytes((next(numbers),)) * 30


def terms(ice: IceUse) -> MediaTerms:
    return MediaTerms(ice=ice, new_key=keys())


@pytest.mark.parametrize("ice", ["answered", "offered"])
def test_an_offer_with_ice_is_answered_with_the_lite_half(ice: IceUse) -> None:
    agreed = negotiation.answer(offer(AUDIO, *THEIRS), "192.0.2.1", 10000, terms(ice))
    assert agreed.remote is not None
    assert agreed.remote.ice == IceTerms("AQEBAQEB", "AQEB" * 6, "theirs")
    ours = SessionDescription.parse(agreed.body)
    assert ours.lines == (ice_sdp.ICE_LITE,)
    assert ours.media[0].lines == (
        "a=rtcp-mux",
        "a=ice-ufrag:AQEBAQEB",
        "a=ice-pwd:" + "AQEB" * 6,
        "a=candidate:1 1 UDP 2130706431 192.0.2.1 10000 typ host",
    )


@pytest.mark.parametrize(
    ("ice", "lines"),
    [("off", THEIRS), ("offered", ()), ("offered", THEIRS[:2]), ("offered", ("a=ice-ufrag:x", *THEIRS[1:]))],
)
def test_ice_is_not_spoken_where_it_is_not_wanted_or_not_offered_whole(
    ice: IceUse, lines: tuple[str, ...]
) -> None:
    agreed = negotiation.answer(offer(AUDIO, *lines), "192.0.2.1", 10000, terms(ice))
    assert agreed.remote is not None
    assert agreed.remote.ice is None
    assert b"ice" not in agreed.body


def test_two_calls_never_share_a_password() -> None:
    ours = terms("answered")
    bodies = {negotiation.answer(offer(AUDIO, *THEIRS), "192.0.2.1", 10000, ours).body for _ in range(3)}
    assert len(bodies) == 3


def test_the_null_address_of_an_offer_with_ice_is_no_hold() -> None:
    body = offer(AUDIO, *THEIRS).replace(b"c=IN IP4 192.0.2.9", b"c=IN IP4 0.0.0.0")
    agreed = negotiation.answer(body, "192.0.2.1", 10000, terms("answered"))
    assert agreed.remote is not None
    assert agreed.remote.sending


def test_our_credentials_stand_until_theirs_change() -> None:
    ours = terms("answered")
    first = negotiation.answer(offer(AUDIO, *THEIRS), "192.0.2.1", 10000, ours)
    same = negotiation.answer_again(offer(AUDIO, *THEIRS), first.body, ours, standing=first.remote)
    assert (first.remote and first.remote.ice) == (same.remote and same.remote.ice)
    assert same.body.count(b"a=ice-lite\r\n") == 1
    anew = offer(AUDIO, "a=ice-ufrag:another", *THEIRS[1:])
    restarted = negotiation.answer_again(anew, same.body, ours, standing=same.remote)
    assert restarted.remote is not None
    assert restarted.remote.ice is not None
    assert restarted.remote.ice.ufrag != "AQEBAQEB"
    without = negotiation.answer_again(offer(AUDIO), restarted.body, ours, standing=restarted.remote)
    assert b"ice" not in without.body


def test_our_offer_and_its_answer() -> None:
    ours = terms("offered")
    body = negotiation.offer("192.0.2.1", 10000, ours)
    described = SessionDescription.parse(body)
    assert described.lines == (ice_sdp.ICE_LITE,)
    assert described.media[0].lines[0] == "a=rtcp-mux"
    assert negotiation.read_answer(offer(AUDIO, *THEIRS), ours, ours=body).ice == IceTerms(
        "AQEBAQEB", "AQEB" * 6, "theirs"
    )
    assert negotiation.read_answer(offer(AUDIO), ours, ours=body).ice is None
    assert b"ice" not in negotiation.offer("192.0.2.1", 10000, terms("answered"))


def test_credentials_may_stand_for_the_session() -> None:
    text = b"v=0\r\no=- 7 7 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
    text += "".join(f"{line}\r\n" for line in (*THEIRS[:2], AUDIO)).encode()
    description = SessionDescription.parse(text)
    assert ice_sdp.read(description, description.media[0]) == Credentials("theirs", PASSWORD)
