"""Codes that agents dial at their phones: to work, home, pause and back, and about their paperwork.

Data flow: a call from an agent's own phone to a code -> `AgentControl` -> the call is answered, says what was done, and
is hung up. What makes the agent free (login, resume, the end of wrap-up) is done when the phone is on the hook again,
so that the next caller does not find it busy.

An agent's phone is one that rings from where the agent's registration is: who writes an agent's name into From from
elsewhere is nobody's agent, and such a call goes the way of any other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import structlog

from acd.events import Event as RouterEvent
from api.agent_routes import AgentConflict
from api.agent_schema import AgentAction, AgentOrder
from cordboard.agent_control import BREAK
from cordboard.agent_words import confirmation, known
from cordboard.directory import Directory
from cordboard.live_settings import LiveSettings
from cordboard.waiting_sound import Library
from ivr.effects import Speech
from journal.journal import Journal
from telephony.calls.exchange import Exchange
from telephony.calls.leg import Leg, LegEnded, LegEvent, LegPlaybackFinished
from telephony.calls.tasks import Tasks

log = structlog.get_logger(__name__)

CONFIRMATION = "confirmation"
FREES: tuple[AgentAction, ...] = ("login", "resume", "wrap-up-end")
"""After these the next caller may ring the phone at once."""


class Orders(Protocol):
    """What is needed of `AgentControl`."""

    def event_of(self, agent: str, action: AgentAction, order: AgentOrder) -> RouterEvent:
        """What it means for the router. AgentConflict: it cannot be."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """A code: what it asks for; `known` False: a pause for a reason that is none."""

    action: AgentAction
    reason: str | None = None
    known: bool = True


class AgentCodes:
    """Takes the calls that are no calls."""

    def __init__(
        self,
        settings: LiveSettings,
        directory: Directory,
        control: Orders,
        feed: Callable[[RouterEvent], None],
        prompts: Library,
        journal: Journal,
    ) -> None:
        self._settings = settings
        self._directory = directory
        self._control = control
        self._feed = feed
        self._prompts = prompts
        self._journal = journal
        self._tasks = Tasks("agent codes")
        self._exchange: Exchange

    def attach(self, exchange: Exchange) -> None:
        """Say which exchange carries the calls; before the first of them."""
        self._exchange = exchange

    def take(self, leg: Leg) -> bool:
        """Take a call from an agent's phone to a code; False: it is none."""
        dialled = self.read(leg.dialled)
        if dialled is None or not self._is_agents_phone(leg):
            return False
        said, afterwards = self._carry_out(leg.peer, dialled)
        leg.listener = partial(self._on_leg, leg, afterwards)
        self._tasks.spawn(self._confirm(leg, said))
        return True

    def read(self, number: str) -> Dialled | None:
        """What was dialled, if it is a code."""
        codes = self._settings.file.agent_codes
        for action, code in codes.all().items():
            if code is not None and number == code:
                return Dialled(
                    action, next(iter(codes.reasons.values()), BREAK) if action == "pause" else None
                )
        if codes.pause is not None and number.startswith(codes.pause) and number != codes.pause:
            reason = codes.reasons.get(number.removeprefix(codes.pause))
            return Dialled("pause", reason, known=reason is not None)
        return None

    async def close(self) -> None:
        """Let those who listen hear it to the end."""
        await self._tasks.drain(deadline_s=5.0)

    def _is_agents_phone(self, leg: Leg) -> bool:
        where = self._directory.reach(leg.peer)
        if where is None:
            return False
        host = where.target.host if where.destination is None else where.destination.host
        return host == leg.peer_host

    def _carry_out(self, agent: str, dialled: Dialled) -> tuple[Speech, RouterEvent | None]:
        """What the phone says, and what is to be done when it is on the hook again."""
        codes, language = self._settings.file.agent_codes, self._settings.language
        words, voice = known(language)
        if not dialled.known:
            return Speech(words.no_reason, voice), None
        order = AgentOrder(reason=dialled.reason, by_s=codes.extend)
        try:
            event = self._control.event_of(agent, dialled.action, order)
        except AgentConflict as error:
            self._journal.append("agent.code", agent=agent, action=dialled.action, refused=str(error))
            return Speech(words.refused, voice), None
        self._journal.append("agent.code", agent=agent, action=dialled.action, reason=dialled.reason)
        said = confirmation(dialled.action, language, reason=dialled.reason or "", seconds=codes.extend)
        if dialled.action in FREES:
            return said, event
        self._feed(event)
        return said, None

    async def _confirm(self, leg: Leg, said: Speech) -> None:
        try:
            file = await self._prompts.prepare(said)
        except (OSError, ValueError) as error:
            log.error("agent_code.unplayable", agent=leg.peer, why=str(error))
            self._exchange.hang_up(leg, "the confirmation cannot be spoken")
            return
        if await self._exchange.answer(leg):
            self._exchange.play(leg, CONFIRMATION, [file])

    def _on_leg(self, leg: Leg, afterwards: RouterEvent | None, event: LegEvent) -> None:
        match event:
            case LegPlaybackFinished():
                self._exchange.hang_up(leg, "that was all")
            case LegEnded() if afterwards is not None:
                self._feed(afterwards)
