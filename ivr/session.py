"""A session: one caller in a flow. It stands between the runner, which decides, and the leg, which carries
it out.

Data flow, one way round, one event at a time in the order they came:

    leg event -> inbox -> runner.handle -> effects -> leg (answer, play), or the session's host (queue, trace, end)

Owns the caller's audio while the flow has the caller. The inbox makes every effect finish before the next
event is looked at, so an answer that waits for media or a prompt that waits for its voice never overtakes
anything. Must not know how a queue works: `Host.join_queue` takes the caller away, and `QueueLeft` brings
the caller back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import structlog

from ivr.effects import Answer, Effect, Hangup, JoinQueue, Play, Prompt, StopPlay, Traced
from ivr.events import CallerArrived, CallerHungUp, DigitPressed, PlaybackFinished
from ivr.events import Event as FlowEvent
from ivr.prompts import PromptLibrary
from ivr.runner import Runner
from telephony.calls.exchange import Exchange
from telephony.calls.leg import Leg, LegDigit, LegEnded, LegEvent, LegPlaybackFinished, LegState

log = structlog.get_logger(__name__)

PROMPT_DEADLINE_S = 10.0
"""How long a prompt may take to be spoken to a file; a caller hears nothing meanwhile."""

REFUSALS = {
    "normal": 603,
    "busy": 486,
    "congestion": 503,
    "rejected": 603,
    "unavailable": 480,
    "flow_error": 500,
}
"""What a caller who was never answered gets for each cause (RFC 3261 section 21)."""


class Host(Protocol):
    """Who gave the session its caller, and takes the caller over when the flow says so."""

    def join_queue(self, session: Session, order: JoinQueue) -> None:
        """Put the caller into a queue; answer with `QueueLeft` some time later."""

    def traced(self, session: Session, step: Traced) -> None:
        """Hear what the flow did."""

    def flow_ended(self, session: Session, cause: str) -> None:
        """The flow is over; the leg has been hung up."""


class Session:
    """One caller in a flow; `post` takes events from anywhere in the loop, `run` works them off until the
    flow ends.
    """

    def __init__(
        self, call_id: str, leg: Leg, runner: Runner, exchange: Exchange, prompts: PromptLibrary, host: Host
    ) -> None:
        self.call_id = call_id
        self.leg = leg
        self.runner = runner
        self._exchange = exchange
        self._prompts = prompts
        self._host = host
        self._inbox: asyncio.Queue[FlowEvent] = asyncio.Queue()
        self._cause = "normal"

    def post(self, event: FlowEvent) -> None:
        """Hand in an event; it is looked at after all that came before it."""
        self._inbox.put_nowait(event)

    def on_leg_event(self, event: LegEvent) -> None:
        """Take what the caller's leg says while the flow has the caller."""
        match event:
            case LegDigit(digit=digit):
                self.post(DigitPressed(digit))
            case LegPlaybackFinished(play_id=play_id):
                self.post(PlaybackFinished(play_id))
            case LegEnded():
                self.post(CallerHungUp())
            case _:
                pass  # that the answer was acknowledged changes nothing for a flow

    async def run(self) -> None:
        """Run the flow to its end."""
        await self._carry_out(self.runner.handle(CallerArrived(), time.monotonic()))
        while not self.runner.finished:
            try:
                async with asyncio.timeout_at(self.runner.next_timer()):
                    event = await self._inbox.get()
            except TimeoutError:
                await self._carry_out(self.runner.handle_timer(time.monotonic()))
            else:
                await self._carry_out(self.runner.handle(event, time.monotonic()))
        if self.leg.state is LegState.INVITED:
            self._exchange.reject(self.leg, REFUSALS.get(self._cause, 480), self._cause)
        else:
            self._exchange.hang_up(self.leg, self._cause)
        self._host.flow_ended(self, self._cause)

    async def _carry_out(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            match effect:
                case Answer():
                    await self._exchange.answer(self.leg)
                case Play(play_id=play_id, prompts=prompts):
                    await self._play(play_id, prompts)
                case StopPlay():
                    self._exchange.stop_playback(self.leg)
                case JoinQueue():
                    self._host.join_queue(self, effect)
                case Hangup(cause=cause):
                    self._cause = cause
                case Traced():
                    self._host.traced(self, effect)

    async def _play(self, play_id: str, prompts: Sequence[Prompt]) -> None:
        files: list[Path] = []
        for prompt in prompts:
            try:
                async with asyncio.timeout(PROMPT_DEADLINE_S):
                    files.append(await self._prompts.prepare(prompt))
            except (TimeoutError, OSError, ValueError) as error:
                log.error(
                    "prompt.unplayable", call=self.call_id, prompt=repr(prompt), why=str(error) or "too slow"
                )
        if files and self.leg.is_up:
            self._exchange.play(self.leg, play_id, files)
        else:  # nothing can be heard: the flow goes on as if it had been
            self.post(PlaybackFinished(play_id))
