"""Ears: what is said goes to a recogniser that answers as the test wants, and its answer to the flow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from ivr.drivers import ears
from ivr.drivers.ears import MOST_AT_ONCE, Ears
from ivr.effects import Listen
from ivr.events import Heard
from ivr.listening import ListeningError, Understood
from ivr.sound import Samples
from telephony.calls.leg import Leg, LegState, LegUtterance

AUDIO = LegUtterance(b"\xff" * 1600)
ORDER = Listen("l1", ("sales", "support"), "en-gb")


class Recognizer:
    def __init__(self) -> None:
        self.asked: list[tuple[int, int, Sequence[str], bool]] = []
        self.ready = asyncio.Event()
        self.problem: str | None = None
        self.closed = False
        self.ready.set()

    async def recognize(
        self, samples: Samples, rate_hz: int, phrases: Sequence[str], *, repeat: bool = False
    ) -> Understood:
        self.asked.append((len(samples), rate_hz, phrases, repeat))
        await self.ready.wait()
        if self.problem is not None:
            raise ListeningError(self.problem)
        return Understood("sales", 0.9)

    async def close(self) -> None:
        self.closed = True


class Exchange:
    def __init__(self) -> None:
        self.hearing = self
        self.said: list[str] = []

    def listen(self, leg: Leg, *, utterances: bool) -> None:
        assert utterances
        self.said.append(f"listen {leg.id}")

    def stop(self, leg: Leg) -> None:
        self.said.append(f"stop {leg.id}")


class Room:
    def __init__(self) -> None:
        self.recognizer = Recognizer()
        self.exchange = Exchange()
        self.ears = Ears(self.recognizer)
        self.ears.attach(self.exchange)  # type: ignore[arg-type]
        self.leg = Leg("caller", LegState.UP, 0.0, "+15550100", "127.0.0.1")
        self.told: list[Heard] = []

    def listen(self, order: Listen = ORDER) -> None:
        self.ears.listen(order, "call-1", self.leg, self.told.append)


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    made = Room()
    yield made
    made.recognizer.ready.set()
    await made.ears.close()
    assert made.recognizer.closed


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_what_is_said_is_understood_and_told(room: Room) -> None:
    room.listen()
    room.ears.heard(room.leg, AUDIO)
    await settle()
    assert room.recognizer.asked == [(1600, 8000, ("sales", "support"), False)]
    assert room.told == [Heard("l1", "sales", 0.9)]
    room.ears.stop("l1")
    room.ears.stop("l1")
    assert room.exchange.said == ["listen caller", "stop caller"]


async def test_what_comes_too_late_is_told_to_nobody(room: Room) -> None:
    room.recognizer.ready.clear()
    room.listen()
    room.ears.heard(room.leg, AUDIO)
    await settle()
    room.ears.stop("l1")
    room.recognizer.ready.set()
    await settle()
    room.ears.heard(room.leg, AUDIO)
    await settle()
    assert room.told == []
    assert len(room.recognizer.asked) == 1


async def test_a_caller_who_is_gone_is_not_listened_to(room: Room) -> None:
    room.listen()
    room.ears.leave(room.leg)
    room.ears.heard(room.leg, AUDIO)
    await settle()
    assert room.recognizer.asked == []


async def test_more_than_can_be_looked_at_is_dropped_and_said(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(ears.log, "warning", lambda event, **_: said.append(event))
    room.recognizer.ready.clear()
    room.listen()
    for _ in range(MOST_AT_ONCE + 2):
        room.ears.heard(room.leg, AUDIO)
    await settle()
    assert said == ["flow.utterance_dropped"] * 2
    room.recognizer.ready.set()
    await settle()
    assert len(room.told) == MOST_AT_ONCE
    room.ears.heard(room.leg, AUDIO)
    await settle()
    assert len(room.told) == MOST_AT_ONCE + 1


async def test_a_recogniser_that_fails_leaves_the_keys(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(ears.log, "error", lambda event, **_: said.append(event))
    room.recognizer.problem = "it died"
    room.listen()
    room.ears.heard(room.leg, AUDIO)
    await settle()
    assert (said, room.told) == (["flow.not_understood"], [])


@pytest.mark.parametrize("language", ["de", "fr-ca"])
async def test_another_language_is_left_to_the_keys(room: Room, language: str) -> None:
    room.listen(Listen("l1", ("vertrieb",), language))
    assert room.exchange.said == []


async def test_so_is_everything_without_a_recogniser() -> None:
    none, exchange = Ears(None), Exchange()
    none.attach(exchange)  # type: ignore[arg-type]
    none.listen(ORDER, "call-1", Leg("c", LegState.UP, 0.0, "1", "127.0.0.1"), lambda _heard: None)
    assert exchange.said == []
    await none.close()
