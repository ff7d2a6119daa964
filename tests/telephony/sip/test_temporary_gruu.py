"""Temporary GRUUs: made, read, and not made by others (RFC 5627 appendix A.2)."""

from __future__ import annotations

import itertools
import re

import pytest

from telephony.sip.grammar import Parameters
from telephony.sip.temporary_gruu import TemporaryGruus
from telephony.sip.uri import SipUri

AOR = SipUri.parse("sips:alice@example.com:5061")


@pytest.fixture
def gruus() -> TemporaryGruus:
    return TemporaryGruus(b"s" * 32, map(str, itertools.count()).__next__)


def test_one_is_a_sip_uri_that_survives_being_written(gruus: TemporaryGruus) -> None:
    mark = gruus.mark("alice", "urn:uuid:1", "call")
    made = gruus.make(AOR, mark)
    assert re.fullmatch(r"sips:tgruu\.[\w-]{32}@example\.com:5061;gr", str(made))
    assert gruus.mark_in(SipUri.parse(str(made))) == mark
    assert gruus.mark_in(gruus.make(AOR, mark)) == mark


def test_a_mark_is_that_of_one_registration_of_one_phone(gruus: TemporaryGruus) -> None:
    marks = {gruus.mark(a, i, c) for a in ("a", "b") for i in ("i", "j") for c in ("c", "d\udcff")}
    assert len(marks) == 8


def test_an_altered_one_is_none(gruus: TemporaryGruus) -> None:
    made = gruus.make(AOR, gruus.mark("alice", "urn:uuid:1", "call"))
    user = made.user or ""
    for place in range(len(user)):
        other = "A" if user[place] != "A" else "B"
        assert gruus.mark_in(made.with_changes(user=user[:place] + other + user[place + 1 :])) is None


@pytest.mark.parametrize(
    "user", ["", "tgruu.", "tgruu." + "!" * 32, "tgruu." + "\xe9" * 32, "tgruu.AAAA", "x" * 38]
)
def test_what_is_no_temporary_gruu(gruus: TemporaryGruus, user: str) -> None:
    assert gruus.mark_in(SipUri("sip", user, "h", parameters=Parameters({"gr": None}))) is None


def test_without_gr_it_is_somebodys_name(gruus: TemporaryGruus) -> None:
    made = gruus.make(AOR, gruus.mark("alice", "urn:uuid:1", "call"))
    assert gruus.mark_in(made.with_changes(parameters=Parameters())) is None
    assert gruus.mark_in(SipUri("sip", None, "h", parameters=Parameters({"gr": None}))) is None
