"""Nobody learns who exists: the same answer and the same work for an unknown user and a wrong password.

Work is counted, not timed: digests computed, bytes hashed, passwords asked for.
"""

from __future__ import annotations

from collections import Counter

import pytest

from telephony.sip import digest
from telephony.sip.digest import Challenge, answer_challenge
from telephony.sip.events import AuthenticationFailed
from telephony.sip.message import Response
from telephony.sip.parser import parse_message
from tests.telephony.sip.kit import Network, Node, Passwords, request_text

USERS = {f"user{n}": "secret" for n in range(20)}


class CountingPasswords(Passwords):
    """Counts how often somebody is looked up."""

    asked = 0

    def password(self, user: str, realm: str) -> str | None:
        self.asked += 1
        return super().password(user, realm)


@pytest.fixture
def server() -> Node:
    return Network().node("10.0.0.2", passwords=CountingPasswords(**USERS))


def register(user: str, seq: int, authorization: str = "") -> str:
    text = request_text(
        "REGISTER", "sip:10.0.0.2", seq=seq, branch=f"z9hG4bK{user}{seq}", extra=authorization
    )
    return text.replace("<sip:1000@", f"<sip:{user}@")


def answer_to(server: Node, text: str) -> Response:
    server.hear(text)
    [packet] = server.said()
    response = parse_message(packet.data)
    assert isinstance(response, Response)
    return response


def attempt(server: Node, user: str, password: str, algorithm: str) -> Response:
    challenges = answer_to(server, register(user, 1)).lines("www-authenticate")
    challenge = next(c for each in challenges if (c := Challenge.parse(each)) and c.algorithm == algorithm)
    value = answer_challenge(
        challenge, user=user, password=password, method="REGISTER", uri="sip:10.0.0.2", cnonce="c"
    )
    return answer_to(server, register(user, 2, f"Authorization: {value}\n"))


def shape(response: Response) -> list[tuple[str, str]]:
    """What an answer looks like, without what differs in any two answers."""
    fields = []
    for name, value in response.fields:
        challenge = Challenge.parse(value) if name == "WWW-Authenticate" else None
        text = f"{challenge.realm} {challenge.algorithm} {challenge.stale}" if challenge else value
        if name not in ("Via", "To", "Call-ID"):
            fields.append((name, text))
    return fields


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_an_unknown_user_and_a_wrong_password_cannot_be_told_apart(
    server: Node, monkeypatch: pytest.MonkeyPatch, algorithm: str
) -> None:
    work: Counter[str] = Counter()
    original = digest.ALGORITHMS[algorithm]

    def counted(data: bytes):  # type: ignore[no-untyped-def]
        work["hashes"] += 1
        work["blocks"] += (len(data) + 9) // 64 + 1
        return original(data)

    shapes: dict[str, set[str]] = {"known": set(), "unknown": set()}
    efforts: dict[str, set[tuple[tuple[str, int], ...]]] = {"known": set(), "unknown": set()}
    passwords = server.user_agent._dispatcher._authenticator._credentials
    assert isinstance(passwords, CountingPasswords)
    for n in range(20):
        for kind, user in (("known", f"user{n}"), ("unknown", f"nemo{n}")):
            monkeypatch.setitem(digest.ALGORITHMS, algorithm, counted)
            work.clear()
            asked = passwords.asked
            response = attempt(server, user, "wrong-password", algorithm)
            assert response.status == 401
            monkeypatch.setitem(digest.ALGORITHMS, algorithm, original)
            work["asked"] = passwords.asked - asked
            shapes[kind].add(str(shape(response)))
            efforts[kind].add(tuple(sorted(work.items())))
    assert shapes["known"] == shapes["unknown"]
    assert len(shapes["known"]) == 1
    assert efforts["known"] == efforts["unknown"]


def test_a_right_password_still_gets_in(server: Node) -> None:
    assert attempt(server, "user1", "secret", "MD5").status == 200
    assert server.of(AuthenticationFailed) == []


def test_each_wrong_attempt_is_told_with_its_source_and_a_first_request_is_none(server: Node) -> None:
    answer_to(server, register("user1", 1))
    assert server.of(AuthenticationFailed) == []
    attempt(server, "user1", "wrong", "MD5")
    attempt(server, "nemo", "wrong", "MD5")
    assert [event.source.host for event in server.of(AuthenticationFailed)] == ["10.9.9.9"] * 2
