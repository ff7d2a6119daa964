"""Challenges and checks: who is let in, and what an attacker learns."""

from __future__ import annotations

import itertools

import pytest

from telephony.sip.authenticator import Authenticator, Verdict
from telephony.sip.digest import Challenge, answer_challenge, choose_challenge
from telephony.sip.message import Request
from tests.telephony.sip.kit import Passwords

NOW = 1000.0


@pytest.fixture
def authenticator() -> Authenticator:
    count = itertools.count()
    return Authenticator(Passwords(alice="secret"), "here", lambda: f"id{next(count)}", nonce_life_s=60)


def challenge_of(authenticator: Authenticator, position: int = 0) -> Challenge:
    challenge = Challenge.parse(authenticator.challenges(NOW)[position][1])
    assert challenge is not None
    return challenge


def register(challenge: Challenge, user: str = "alice", password: str = "secret", nc: int = 1) -> Request:
    value = answer_challenge(
        challenge, user=user, password=password, method="REGISTER", uri="sip:here", cnonce="c", nc=nc
    )
    return Request("REGISTER", "sip:here", [("Authorization", value)])


def test_sha_256_and_md5_are_offered_the_stronger_first(authenticator: Authenticator) -> None:
    values = [value for _, value in authenticator.challenges(NOW)]
    assert ["SHA-256" in value for value in values] == [True, False]
    chosen = choose_challenge(values)
    assert chosen is not None
    assert chosen.algorithm == "SHA-256"


@pytest.mark.parametrize(
    ("user_agent", "algorithms"),
    [
        ("baresip v1.0.0 (x86_64/linux)", ["MD5"]),
        ("baresip v2.0.1", ["SHA-256", "MD5"]),
        (None, ["SHA-256", "MD5"]),
    ],
)
def test_a_phone_that_chokes_on_sha_256_is_offered_md5_alone(
    authenticator: Authenticator, user_agent: str | None, algorithms: list[str]
) -> None:
    values = [value for _, value in authenticator.challenges(NOW, user_agent=user_agent)]
    offered = [Challenge.parse(value) for value in values]
    assert [each.algorithm for each in offered if each is not None] == algorithms


@pytest.mark.parametrize("position", [0, 1])
def test_the_right_password(authenticator: Authenticator, position: int) -> None:
    challenge = challenge_of(authenticator, position)
    assert authenticator.check(register(challenge), NOW) == Verdict("alice")


def test_a_wrong_password_and_an_unknown_user_are_the_same(authenticator: Authenticator) -> None:
    challenge = challenge_of(authenticator)
    wrong = authenticator.check(register(challenge, password="guess"), NOW)
    unknown = authenticator.check(register(challenge, user="nobody"), NOW)
    assert wrong == unknown == Verdict(None, stale=False)


def test_a_replayed_count_is_stale_and_a_higher_one_is_not(authenticator: Authenticator) -> None:
    challenge = challenge_of(authenticator)
    assert authenticator.check(register(challenge, nc=2), NOW).user == "alice"
    assert authenticator.check(register(challenge, nc=2), NOW) == Verdict(None, stale=True)
    assert authenticator.check(register(challenge, nc=1), NOW) == Verdict(None, stale=True)
    assert authenticator.check(register(challenge, nc=3), NOW).user == "alice"


def test_an_old_nonce_is_stale_only_for_who_knows_the_password(authenticator: Authenticator) -> None:
    challenge = challenge_of(authenticator)
    assert authenticator.check(register(challenge), NOW + 61) == Verdict(None, stale=True)
    assert authenticator.check(register(challenge, password="guess"), NOW + 61) == Verdict(None)


def test_a_nonce_that_is_not_ours(authenticator: Authenticator) -> None:
    forged = Challenge("here", "f4240.id1.0123456789abcdef01234567")
    assert authenticator.check(register(forged), NOW) == Verdict(None)
    assert authenticator.check(register(Challenge("here", "")), NOW) == Verdict(None)


def test_without_qop_a_nonce_serves_once(authenticator: Authenticator) -> None:
    challenge = challenge_of(authenticator)
    old_style = Challenge(challenge.realm, challenge.nonce, challenge.algorithm, qop=False)
    assert authenticator.check(register(old_style), NOW).user == "alice"
    assert authenticator.check(register(old_style), NOW) == Verdict(None, stale=True)


@pytest.mark.parametrize(
    "value", ["Basic x", 'Digest realm="here", nonce="n", nc=zzzzzzzz, qop=auth', "Digest realm="]
)
def test_nonsense(authenticator: Authenticator, value: str) -> None:
    assert authenticator.check(Request("REGISTER", "sip:here", [("Authorization", value)]), NOW) == Verdict(
        None
    )
