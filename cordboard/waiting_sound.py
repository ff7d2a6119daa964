"""What waiting callers hear: the queue's music, and now and then an announcement over it.

An announcement takes the music's place, and the music goes on afterwards where it was left. Nothing waits for it: while
it is being spoken to a file the router has long gone on; a caller for whom a phone rings meanwhile hears none of it,
one who still listens to the last one is not told anew. Callers whose flow says itself what is heard are left alone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from acd.effects import Announce
from cordboard.announcement_texts import position_of, wait_of
from cordboard.call_language import language_of
from cordboard.live_call import CallState, LiveCall
from cordboard.live_settings import LiveSettings
from cordboard.waiting_settings import AnnouncementSettings
from ivr.effects import Prompt, Speech
from journal.journal import Journal
from telephony.calls.leg import Leg
from telephony.calls.tasks import Tasks

log = structlog.get_logger(__name__)

MUSIC = "music"
"""The play id of what a waiting caller hears; no flow event is made of its end."""
ANNOUNCEMENT = "announcement"
FAREWELL = "farewell"
"""The play id of the last thing that somebody hears before we hang up."""
PROMPT_DEADLINE_S = 10.0
WAITING = (CallState.WAITING, CallState.RINGING)


class Player(Protocol):
    """What is needed of the exchange."""

    def play(self, leg: Leg, play_id: str, files: Sequence[Path], *, loop: bool = False) -> None:
        """Play to a leg instead of what plays."""

    def seek_playback(self, leg: Leg, position_ms: int) -> None:
        """Go on there."""


class Library(Protocol):
    """What is needed of the prompts."""

    async def prepare(self, prompt: Prompt) -> Path:
        """The prompt as a file."""


@dataclass(slots=True)
class Playing:
    """Music to one leg: since when (monotonic) it would have run without a break; `announcing` is when it broke off."""

    path: Path
    began: float
    announcing: float | None = None


class WaitingSound:
    """The sound of every caller who waits; `music` is each queue's."""

    def __init__(
        self,
        music: Mapping[str, Path],
        settings: LiveSettings,
        prompts: Library,
        journal: Journal,
        tasks: Tasks,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._music = music
        self._settings = settings
        self._prompts = prompts
        self._journal = journal
        self._tasks = tasks
        self._now = now
        self._player: Player
        self._playing: dict[str, Playing] = {}

    def attach(self, player: Player) -> None:
        """Say who plays; before the first call."""
        self._player = player

    def play_music(self, leg: Leg, queue: str) -> None:
        """From the begin of the queue's music."""
        path = self._music[queue]
        self._playing[leg.id] = Playing(path, self._now())
        self._player.play(leg, MUSIC, [path], loop=True)

    def take_up(self, leg: Leg, queue: str, began: float, playing: str | None) -> None:
        """Somebody waited before this process, and hears what a worker plays to them: the music since `began`, say."""
        if playing not in (MUSIC, ANNOUNCEMENT):
            self.play_music(leg, queue)
            return
        said_since = self._now() if playing == ANNOUNCEMENT else None
        self._playing[leg.id] = Playing(self._music[queue], began, said_since)

    def announce(self, call: LiveCall, effect: Announce) -> None:
        """Tell a caller how it stands, as the queue's settings say."""
        rules = self._rules(call)
        if rules is None or call.own_waiting:
            return
        language = language_of(call, self._settings.language)
        said = [position_of(effect.position, language)] if rules.position else []
        if rules.wait and effect.estimate is not None:
            said.append(wait_of(effect.estimate, language))
        if rules.text is not None:
            said.append(Speech(rules.text, language))
        self.say(call, said)

    def say(
        self, call: LiveCall, said: Sequence[Speech], states: Collection[CallState] = (CallState.WAITING,)
    ) -> None:
        """Say something over the music of a caller in one of these states, unless something is being said."""
        playing = self._playing.get(call.leg.id)
        if said and playing is not None and playing.announcing is None:
            self._tasks.spawn(self._say(call, playing, said, states))

    async def say_last(self, call: LiveCall, said: Speech) -> bool:
        """Say something to somebody who waits no more, instead of what plays; False: it cannot be said."""
        try:
            async with asyncio.timeout(PROMPT_DEADLINE_S):
                file = await self._prompts.prepare(said)
        except (TimeoutError, OSError, ValueError) as error:
            log.error("announcement.unplayable", call=call.id, why=str(error) or "too slow")
            return False
        if not call.leg.is_up:
            return False
        self._player.play(call.leg, FAREWELL, [file])
        self._journal.append("queue.announced", call=call.id, queue=call.queue, text=said.text)
        return True

    def finished(self, call: LiveCall) -> None:
        """An announcement is over, or could not be played: the music goes on."""
        playing = self._playing.get(call.leg.id)
        if playing is None or playing.announcing is None:
            return
        heard_s = playing.announcing - playing.began
        playing.began, playing.announcing = self._now() - heard_s, None
        if call.state in WAITING and call.leg.is_up:
            self._player.play(call.leg, MUSIC, [playing.path], loop=True)
            self._player.seek_playback(call.leg, round(heard_s * 1000))

    def forget(self, leg: Leg) -> None:
        """The leg is gone."""
        self._playing.pop(leg.id, None)

    def _rules(self, call: LiveCall) -> AnnouncementSettings | None:
        queue = self._settings.queues.get(call.queue or "")
        return None if queue is None else queue.announcements

    async def _say(
        self, call: LiveCall, playing: Playing, said: Sequence[Speech], states: Collection[CallState]
    ) -> None:
        try:
            async with asyncio.timeout(PROMPT_DEADLINE_S):
                files = [await self._prompts.prepare(each) for each in said]
        except (TimeoutError, OSError, ValueError) as error:
            log.error("announcement.unplayable", call=call.id, why=str(error) or "too slow")
            return
        still = call.state in states and call.leg.is_up and not call.own_waiting
        if not still or self._playing.get(call.leg.id) is not playing or playing.announcing is not None:
            return
        playing.announcing = self._now()
        self._player.play(call.leg, ANNOUNCEMENT, files)
        text = " ".join(each.text for each in said)
        self._journal.append("queue.announced", call=call.id, queue=call.queue, text=text)
