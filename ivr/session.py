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
from collections import deque
from collections.abc import Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import structlog

from ivr.effects import Answer, Effect, Hangup, JoinQueue, Play, Prompt, StopPlay, Traced
from ivr.events import CallerArrived, CallerHungUp, DigitPressed, PlaybackFinished
from ivr.events import Event as FlowEvent
from ivr.prompts import PromptLibrary
from ivr.runner import Runner
from telephony.calls.exchange import Exchange
from telephony.calls.leg import Leg, LegDigit, LegEnded, LegEvent, LegPlaybackFinished, LegState
from telephony.calls.tasks import Tasks

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
    """One caller in a flow: `start` begins it, `post` takes events from anywhere in the loop.

    Nearly every event is worked off within `post`. An effect that has to wait does so in a task of `tasks`, and the
    events that come meanwhile wait for it.
    """

    __slots__ = (
        "_busy",
        "_cause",
        "_exchange",
        "_host",
        "_inbox",
        "_over",
        "_prompts",
        "_tasks",
        "_timer",
        "call_id",
        "leg",
        "runner",
    )

    def __init__(
        self,
        call_id: str,
        leg: Leg,
        runner: Runner,
        exchange: Exchange,
        prompts: PromptLibrary,
        host: Host,
        tasks: Tasks,
    ) -> None:
        self.call_id = call_id
        self.leg = leg
        self.runner = runner
        self._exchange = exchange
        self._prompts = prompts
        self._host = host
        self._tasks = tasks
        self._inbox: deque[FlowEvent] = deque()
        self._busy = self._over = False
        self._timer: asyncio.TimerHandle | None = None
        self._cause = "normal"

    def post(self, event: FlowEvent) -> None:
        """Hand in an event; it is looked at after all that came before it."""
        self._inbox.append(event)
        if not self._busy and not self._over:
            self._advance()

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

    def start(self) -> None:
        """Begin the flow."""
        self.post(CallerArrived())

    def _advance(self) -> None:
        """Work off the inbox, until an effect has to wait: that one ends in the background, and calls again."""
        self._busy = True
        try:
            while self._inbox and not self.runner.finished:
                if not self._carry_out(iter(self.runner.handle(self._inbox.popleft(), time.monotonic()))):
                    return
        except Exception as defect:
            log.error("session.defect", call=self.call_id, exc_info=defect)
            self._cause = "flow_error"
            self._end()
            return
        self._busy = False
        if self.runner.finished:
            self._end()
        else:
            self._arm()

    def _carry_out(self, effects: Iterator[Effect]) -> bool:
        """One effect after the other; False if one of them has to wait."""
        for effect in effects:
            waiting = self._begin(effect)
            if waiting is not None:
                self._tasks.spawn(self._finish(waiting, effects))
                return False
        return True

    async def _finish(self, waiting: Coroutine[Any, Any, object], rest: Iterator[Effect]) -> None:
        await waiting
        if self._carry_out(rest):
            self._advance()

    def _begin(self, effect: Effect) -> Coroutine[Any, Any, object] | None:
        """Carry out an effect; what has to wait is returned, to be awaited."""
        match effect:
            case Answer():
                return None if self._exchange.answer_at_once(self.leg) else self._exchange.answer(self.leg)
            case Play(play_id=play_id, prompts=prompts):
                return self._play(play_id, prompts)
            case StopPlay():
                self._exchange.stop_playback(self.leg)
            case JoinQueue():
                self._host.join_queue(self, effect)
            case Hangup(cause=cause):
                self._cause = cause
            case Traced():
                self._host.traced(self, effect)
        return None

    def _arm(self) -> None:
        """Have the flow's next deadline noticed; most steps have none."""
        deadline = self.runner.next_timer()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if deadline is not None:
            self._timer = asyncio.get_running_loop().call_at(deadline, self._time_is_up)

    def _time_is_up(self) -> None:
        self._timer = None
        if self._busy or self._over:
            return  # what happened meanwhile sets the timer anew
        self._busy = True
        if self._carry_out(iter(self.runner.handle_timer(time.monotonic()))):
            self._advance()

    def _end(self) -> None:
        if self._over:
            return
        self._over = True
        if self._timer is not None:
            self._timer.cancel()
        if self.leg.state is LegState.INVITED:
            self._exchange.reject(self.leg, REFUSALS.get(self._cause, 480), self._cause)
        else:
            self._exchange.hang_up(self.leg, self._cause)
        self._host.flow_ended(self, self._cause)

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
