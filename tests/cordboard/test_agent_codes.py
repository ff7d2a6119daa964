"""Codes dialled at agents' phones: what is done, what is said, and whose phone it must be."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from acd.model import Presence
from cordboard.agent_codes import AgentCodes, Dialled
from cordboard.agent_control import AgentControl
from cordboard.agent_settings import AgentCodeSettings
from cordboard.agent_words import WORDS, confirmation
from ivr.effects import Prompt, Speech
from telephony.calls.leg import Leg, LegPlaybackFinished, LegState
from tests.cordboard.switchboard_room import Room, settle

SETTINGS = """\
name: Test
numbers: {"1000": main, "2000": line, "*71": main}
speech: {language: en-gb}
queues:
  sales: {ring_timeout: 5s, wrap_up: 30s}
static_agents:
  - {id: alice, contact: "sip:alice@127.0.0.1:5090", queues: [sales]}
"""


class Voice:
    """Remembers what was to be said."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.fails = False

    async def prepare(self, prompt: Prompt) -> Path:
        if self.fails:
            raise OSError("no voice")
        assert isinstance(prompt, Speech)
        self.said.append(prompt.text)
        return Path("said.ulaw")


class Desk:
    def __init__(self, folder: Path) -> None:
        self.room = Room(folder, settings=SETTINGS)
        self.voice = Voice()
        control = AgentControl(self.room.router, self.room.directory, self.room.board.feed)
        self.codes = AgentCodes(
            self.room.board.settings,
            self.room.directory,
            control,
            self.room.board.feed,
            self.voice,
            self.room.journal,  # type: ignore[arg-type]
        )
        self.codes.attach(self.room.exchange)  # type: ignore[arg-type]
        self.room.board.leg_takers.append(self.codes.take)

    async def dial(self, code: str, caller: str = "alice", host: str = "127.0.0.1") -> Leg:
        leg = Leg(f"leg-{code}-{len(self.room.legs)}", LegState.INVITED, 0.0, caller, host)
        leg.dialled = code
        self.room.legs.append(leg)
        self.room.board.on_incoming(leg)
        await settle()
        return leg

    async def hear_out(self, leg: Leg) -> None:
        leg.listener(LegPlaybackFinished("confirmation"))
        await settle()
        assert leg.is_over


@pytest.fixture
async def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def test_pause_with_a_reason_and_back_when_the_phone_is_on_the_hook(desk: Desk) -> None:
    leg = await desk.dial("*732")
    assert desk.room.presence("alice") is Presence.PAUSED
    assert desk.room.router.agents_view(0.0)[0].reason == "lunch"
    assert desk.room.exchange.names() == ["answer", "play"]
    await desk.hear_out(leg)
    leg = await desk.dial("*74")
    assert desk.room.presence("alice") is Presence.PAUSED, "their phone is busy with our voice"
    await desk.hear_out(leg)
    assert desk.room.presence("alice") is Presence.AVAILABLE
    assert desk.voice.said == ["You are paused: lunch.", "Your pause is over."]


async def test_a_pause_without_a_number_is_the_first_reason(desk: Desk) -> None:
    await desk.dial("*73")
    assert desk.room.router.agents_view(0.0)[0].reason == "break"


async def test_wrap_up_extended_and_ended(desk: Desk) -> None:
    await desk.room.ring_in("2000")
    phone = desk.room.exchange.dialled[0]
    desk.room.exchange.pick_up(phone)
    desk.room.exchange.end(phone)
    assert desk.room.presence("alice") is Presence.WRAP_UP
    before = desk.room.router.next_deadline()
    await desk.hear_out(await desk.dial("*76"))
    after = desk.room.router.next_deadline()
    assert before is not None
    assert after is not None
    assert after - before == pytest.approx(60.0)
    await desk.hear_out(await desk.dial("*75"))
    assert desk.room.presence("alice") is Presence.AVAILABLE
    assert desk.voice.said[-2:] == ["60 seconds more for your wrap-up.", "Your wrap-up is over."]
    await desk.room.board.close()


@pytest.mark.parametrize(("code", "said"), [
    ("*74", "That is not possible now."),
    ("*75", "That is not possible now."),
    ("*72", "That is not possible now."),  # a static agent is always on duty
    ("*739", "There is no such reason."),
])  # fmt: skip
async def test_what_cannot_be_done_is_said(desk: Desk, code: str, said: str) -> None:
    await desk.hear_out(await desk.dial(code))
    assert desk.voice.said == [said]
    assert desk.room.presence("alice") is Presence.AVAILABLE


async def test_whoever_only_says_that_they_are_an_agent_is_none(desk: Desk) -> None:
    leg = await desk.dial("*732", host="192.0.2.66")
    assert desk.room.presence("alice") is Presence.AVAILABLE
    assert ("reject", leg.id, 404) in desk.room.exchange.said
    await desk.dial("*732", caller="mallory")
    assert desk.voice.said == []


async def test_a_code_that_is_also_a_number_is_a_number_for_everybody_else(desk: Desk) -> None:
    await desk.dial("*71", caller="+442079460000")
    assert len(desk.room.board.calls) == 1
    await desk.dial("*71")
    assert len(desk.room.board.calls) == 1
    assert desk.voice.said == ["You are logged in."]
    await desk.room.board.close()


async def test_without_a_voice_it_is_done_all_the_same(desk: Desk) -> None:
    desk.voice.fails = True
    leg = await desk.dial("*732")
    assert leg.is_over
    assert desk.room.presence("alice") is Presence.PAUSED


def test_no_code_means_two_things() -> None:
    for codes in ({"login": "*72"}, {"resume": "*731"}):
        with pytest.raises(ValidationError):
            AgentCodeSettings.model_validate(codes)
    assert AgentCodeSettings.model_validate({"login": None}).all()["login"] is None


def test_a_code_that_was_taken_away_is_none(desk: Desk) -> None:
    assert desk.codes.read("*71") == Dialled("login")
    assert desk.codes.read("*7") is None
    assert desk.codes.read("*739") == Dialled("pause", None, known=False)


def test_every_language_confirms_everything() -> None:
    for language in WORDS:
        for action in AgentCodeSettings().all():
            said = confirmation(action, language, reason="lunch", seconds=60)
            assert said.language == language
            assert "{" not in said.text
