"""Music and announcements: one after the other, and never in anybody's way."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from acd.effects import Announce
from acd.estimate import Estimate
from cordboard.announcement_texts import ENGLISH, WORDS, farewell_of, hold_of, position_of, wait_of
from cordboard.config import CordboardFile
from cordboard.live_call import CallState, LiveCall
from cordboard.live_settings import LiveSettings
from cordboard.waiting_sound import ANNOUNCEMENT, MUSIC, WaitingSound
from ivr.effects import Prompt, Speech
from telephony.calls.leg import Leg, LegState
from telephony.calls.tasks import Tasks
from tests.cordboard.switchboard_room import FakeJournal, Room, settle

SETTINGS = CordboardFile.model_validate(
    {
        "numbers": {"1": "main"},
        "queues": {"sales": {"announcements": {"text": "To leave, press 1."}}, "quiet": {}},
        "speech": {"language": "de"},
    }
)


class Player:
    def __init__(self) -> None:
        self.said: list[tuple[str, object]] = []

    def play(self, leg: Leg, play_id: str, files: Sequence[Path], *, loop: bool = False) -> None:
        self.said.append((play_id, [path.name for path in files]))

    def seek_playback(self, leg: Leg, position_ms: int) -> None:
        self.said.append(("seek", position_ms))


class Library:
    """Speaks when it is let; a file is named after its text."""

    def __init__(self) -> None:
        self.may = asyncio.Event()
        self.may.set()
        self.fails = False

    async def prepare(self, prompt: Prompt) -> Path:
        await self.may.wait()
        if self.fails:
            raise OSError("no voice")
        assert isinstance(prompt, Speech)
        return Path(f"{prompt.language}: {prompt.text}")


class Ear:
    """One waiting caller, and the time."""

    def __init__(self) -> None:
        self.now = 100.0
        self.player, self.library, self.journal = Player(), Library(), FakeJournal()
        tasks = Tasks("test")
        self.sound = WaitingSound(
            {"sales": Path("music")},
            LiveSettings(SETTINGS),
            self.library,
            self.journal,  # type: ignore[arg-type]
            tasks,
            lambda: self.now,
        )
        self.sound.attach(self.player)
        self.leg = Leg("caller", LegState.UP, 0.0, "+44", "127.0.0.1")
        self.call = LiveCall("c", "+44", "1", "main", self.leg, 0.0, CallState.WAITING)
        self.call.queue = "sales"
        self.sound.play_music(self.leg, "sales")
        self.player.said.clear()

    async def announce(self, position: int = 3, mean_s: float | None = 250.0) -> None:
        estimate = None if mean_s is None else Estimate(mean_s / 2, mean_s, mean_s * 2)
        self.sound.announce(self.call, Announce("e", "c", position, estimate))
        await settle()


@pytest.fixture
async def ear() -> Ear:
    return Ear()


async def test_position_wait_and_text_in_the_place_of_the_music_which_goes_on_where_it_was(ear: Ear) -> None:
    ear.now += 7.5
    await ear.announce()
    said = [
        "de: Sie sind an Position 3.",
        "de: Die Wartezeit beträgt etwa 4 Minuten.",
        "de: To leave, press 1.",
    ]
    assert ear.player.said == [(ANNOUNCEMENT, said)]
    ear.now += 6.0
    ear.sound.finished(ear.call)
    assert ear.player.said[1:] == [(MUSIC, ["music"]), ("seek", 7500)]
    ear.now += 2.5
    await ear.announce(1, None)
    ear.sound.finished(ear.call)
    assert ear.player.said[-1] == ("seek", 10_000)
    assert ear.journal.kinds() == ["queue.announced", "queue.announced"]


async def test_two_never_overlap(ear: Ear) -> None:
    await ear.announce()
    await ear.announce(2)
    assert len(ear.player.said) == 1
    ear.sound.finished(ear.call)
    await ear.announce(1)
    assert [play_id for play_id, _ in ear.player.said] == [ANNOUNCEMENT, MUSIC, "seek", ANNOUNCEMENT]


async def test_two_that_are_spoken_at_once_are_heard_once(ear: Ear) -> None:
    ear.library.may.clear()
    await ear.announce()
    await ear.announce()
    ear.library.may.set()
    await settle()
    assert len(ear.player.said) == 1


@pytest.mark.parametrize("state", [CallState.RINGING, CallState.TALKING, CallState.IN_FLOW])
async def test_who_is_served_while_it_is_being_spoken_hears_none_of_it(ear: Ear, state: CallState) -> None:
    ear.library.may.clear()
    await ear.announce()
    ear.call.move(state, 0.0)
    ear.library.may.set()
    await settle()
    assert ear.player.said == []


async def test_the_music_does_not_come_back_into_a_talk(ear: Ear) -> None:
    await ear.announce()
    ear.call.move(CallState.TALKING, 0.0)
    ear.sound.finished(ear.call)
    assert len(ear.player.said) == 1


async def test_it_goes_on_while_a_phone_rings(ear: Ear) -> None:
    await ear.announce()
    ear.call.move(CallState.RINGING, 0.0)
    ear.sound.finished(ear.call)
    assert ear.player.said[1] == (MUSIC, ["music"])


async def test_what_cannot_be_spoken_leaves_the_music_alone(ear: Ear) -> None:
    ear.library.fails = True
    await ear.announce()
    ear.library.fails = False
    await ear.announce()
    assert len(ear.player.said) == 1


async def test_own_waiting_and_queues_without_announcements_are_left_alone(ear: Ear) -> None:
    ear.call.own_waiting = True
    await ear.announce()
    ear.call.own_waiting, ear.call.queue = False, "quiet"
    await ear.announce()
    assert ear.player.said == []


async def test_a_leg_that_is_gone_is_forgotten(ear: Ear) -> None:
    ear.sound.forget(ear.leg)
    await ear.announce()
    ear.sound.finished(ear.call)
    assert ear.player.said == []


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (10, "less than a minute"),
        (60, "about one minute"),
        (250, "about 4 minutes"),
        (9000, "more than an hour"),
    ],
)
def test_the_wait_in_words(seconds: float, words: str) -> None:
    assert words in wait_of(Estimate(0.0, seconds, 2 * seconds), "en-gb").text


def test_every_language_has_all_its_words() -> None:
    for language, words in WORDS.items():
        assert position_of(1, language) == Speech(words.next, language)
        assert farewell_of(language, again=True) == Speech(words.again, language)
        assert farewell_of(language, again=False) == Speech(words.sorry, language)
        assert "17" in position_of(17, language).text
        assert "17" in wait_of(Estimate(0, 1020, 0), language).text
        assert hold_of(language).text == words.hold


def test_an_unknown_language_gets_english_words_and_an_english_voice() -> None:
    assert position_of(2, "tlh") == Speech("You are number 2.", ENGLISH)


LIVE = """\
name: Test
numbers: {"1000": main, "2000": line}
queues:
  sales: {wrap_up: 0s, announcements: {first_after: 0s, every: 1h}}
static_agents: [{id: alice, contact: "sip:alice@127.0.0.1:5090", queues: [sales]}]
"""


async def test_the_router_has_it_said_in_the_language_of_the_call(tmp_path: Path) -> None:
    """asterisk#1568: an announcement to the first caller held up everybody's offers."""
    room = Room(tmp_path, settings=LIVE)
    await room.ring_in("2000")
    room.exchange.pick_up(room.exchange.dialled[0])
    waiting = await room.ring_in("2000", "+442079460001")
    await settle()
    announced = [data for kind, data in room.journal.events if kind == "queue.announced"]
    assert [data["text"] for data in announced] == ["You are next."]
    assert room.exchange.said[-1] == ("play", waiting.id, "once")
    room.exchange.end(room.exchange.dialled[0])
    [call] = [call for call in room.board.calls.values() if call.leg is waiting]
    assert call.state is CallState.RINGING  # with the announcement still in the caller's ear
    assert len(room.exchange.dialled) == 2
    await room.board.close()


async def test_what_a_worker_played_on_goes_on(ear: Ear) -> None:
    ear.sound.take_up(ear.leg, "sales", 90.0, MUSIC)
    assert ear.player.said == []
    await ear.announce(1, None)
    ear.sound.finished(ear.call)
    assert ear.player.said[-1] == ("seek", 10_000)


async def test_an_announcement_that_was_being_heard_ends_in_music(ear: Ear) -> None:
    ear.sound.take_up(ear.leg, "sales", 90.0, ANNOUNCEMENT)
    ear.sound.finished(ear.call)
    assert ear.player.said == [(MUSIC, ["music"]), ("seek", 10_000)]


async def test_who_heard_nothing_hears_music(ear: Ear) -> None:
    ear.sound.take_up(ear.leg, "sales", 90.0, None)
    assert ear.player.said == [(MUSIC, ["music"])]
