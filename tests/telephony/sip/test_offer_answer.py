"""The table of offers and answers: every pair has a row, and the rows say what RFC 3264 and 6337 say."""

from __future__ import annotations

from itertools import product

import pytest

from telephony.sip.offer_answer import TABLE, OfferInput, OfferState, Verdict


def test_every_pair_has_a_row() -> None:
    assert set(TABLE) == set(product(OfferState, OfferInput))


@pytest.mark.parametrize("pair", list(TABLE))
def test_what_is_not_done_changes_nothing(pair: tuple[OfferState, OfferInput]) -> None:
    verdict, after = TABLE[pair]
    if verdict is not Verdict.GO:
        assert after is pair[0]


@pytest.mark.parametrize("opening", [OfferInput.SEND_OFFER, OfferInput.RECEIVE_OFFER])
def test_an_exchange_ends_where_it_began(opening: OfferInput) -> None:
    _, opened = TABLE[OfferState.STABLE, opening]
    closing = OfferInput.RECEIVE_ANSWER if opening is OfferInput.SEND_OFFER else OfferInput.SEND_ANSWER
    assert TABLE[opened, closing] == (Verdict.GO, OfferState.STABLE)
    assert TABLE[opened, OfferInput.REFUSED] == (Verdict.GO, OfferState.STABLE)


def test_second_offers() -> None:
    assert TABLE[OfferState.LOCAL, OfferInput.RECEIVE_OFFER][0] is Verdict.GLARE
    assert TABLE[OfferState.REMOTE, OfferInput.RECEIVE_OFFER][0] is Verdict.TOO_SOON
