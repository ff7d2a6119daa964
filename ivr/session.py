"""A session: one caller in a flow. It stands between the runner, which decides, and the leg, which carries
it out.

Data flow, one way round, one event at a time in the order they came:

    leg event -> inbox -> runner.handle -> effects -> leg (answer, play), drivers (web, tables, facts, messages),
                                                      or the session's host (queue, trace, tags, end)

Owns the caller's audio while the flow has the caller. The inbox makes every effect on the leg finish before the
next event is looked at, so an answer that waits for media or a prompt that waits for its voice never overtakes
anything; questions to drivers are asked beside it, and their answers are events. Must not know how a queue works:
`Host.join_queue` takes the caller away, and `QueueLeft` brings the caller back.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from callflows.program import Flow
from ivr.drivers.desk import Drivers, Question
from ivr.effects import (
    Answer,
    AskStanding,
    CancelDial,
    DialOut,
    DiscardRecording,
    Effect,
    HandOver,
    Hangup,
    HttpRequest,
    JoinQueue,
    LeaveQueue,
    LeaveVoicemail,
    Listen,
    LookUp,
    MaskDigits,
    Play,
    RecallFacts,
    Recorded,
    RememberFacts,
    RequestCallback,
    SendNotice,
    StartRecording,
    StopListening,
    StopPlay,
    StopRecording,
    SurveyAnswered,
    Tagged,
    Traced,
    TransferCaller,
)
from ivr.events import CallerArrived, CallerHungUp, DigitPressed, PlaybackFailed, PlaybackFinished, Reply
from ivr.events import Event as FlowEvent
from ivr.host import Host, HostOrder
from ivr.prompts import PromptLibrary
from ivr.run import FlowRun
from ivr.runner import FLOW_ERROR, Runner
from telephony.calls.exchange import Exchange
from telephony.calls.leg import (
    Leg,
    LegDigit,
    LegEnded,
    LegEvent,
    LegPlaybackFinished,
    LegSilence,
    LegSpeech,
    LegState,
    LegUtterance,
)
from telephony.calls.tasks import Tasks

log = structlog.get_logger(__name__)

PROMPT_DEADLINE_S = 10.0
"""How long a prompt may take to be spoken to a file; a caller hears nothing meanwhile."""

MAX_HAND_OVERS = 32
"""Flows that hand a caller round and round are a mistake, even where each of them waits for somebody."""

REFUSALS = {
    "normal": 603,
    "busy": 486,
    "congestion": 503,
    "rejected": 603,
    "unavailable": 480,
    "flow_error": 500,
}
"""What a caller who was never answered gets for each cause (RFC 3261 section 21)."""


class Session:
    """One caller in a flow: `start` begins it, `post` takes events from anywhere in the loop.

    Nearly every event is worked off within `post`. An effect that has to wait does so in a task of `tasks`, and the
    events that come meanwhile wait for it. `masked` says that keys pressed now are secret: nobody may write them down.
    """

    __slots__ = (
        "_busy",
        "_cause",
        "_drivers",
        "_exchange",
        "_hand_overs",
        "_heard_back",
        "_host",
        "_inbox",
        "_new_id",
        "_next",
        "_over",
        "_prompts",
        "_questions",
        "_tasks",
        "_timer",
        "call_id",
        "leg",
        "masked",
        "runner",
    )

    def __init__(
        self,
        call_id: str,
        leg: Leg,
        runner: Runner,
        exchange: Exchange,
        prompts: PromptLibrary,
        drivers: Drivers,
        host: Host,
        tasks: Tasks,
        *,
        new_id: Callable[[], str],
    ) -> None:
        self.call_id = call_id
        self.leg = leg
        self.runner = runner
        self.masked = False
        self._exchange = exchange
        self._prompts = prompts
        self._drivers = drivers
        self._host = host
        self._tasks = tasks
        self._new_id = new_id
        self._inbox: deque[FlowEvent] = deque()
        self._busy = self._over = False
        self._timer: asyncio.TimerHandle | None = None
        self._questions: set[asyncio.Task[None]] = set()
        self._cause = "normal"
        self._next: HandOver | None = None
        self._hand_overs = 0
        self._heard_back: set[str] = set()

    def start(self) -> None:
        """Begin the flow."""
        self.post(CallerArrived())

    def resume(self, *, alone: bool) -> None:
        """Go on where a server that is gone left the caller; `alone`: without the party that the flow had called."""
        run = self.runner.run
        self.masked = run.masking
        if run.answered and self.leg.state is LegState.INVITED:
            run.answered = False  # the order to answer went with that server
        effects = self.runner.again(time.monotonic(), alone=alone)
        self._host.moved(self)
        self._work(iter(effects))

    def post(self, event: FlowEvent) -> None:
        """Hand in an event; it is looked at after all that came before it."""
        self._inbox.append(event)
        if not self._busy and not self._over:
            self._work(())

    def send_to(self, flow: str) -> bool:
        """Take the caller out of where they stand, into another flow (a transfer); False if it cannot be."""
        if self._busy or self._over:
            return False
        self._next = HandOver(flow, dict(self.runner.run.variables))
        entered = self._enter()
        if entered:
            self._work(())
        return entered

    def on_leg_event(self, event: LegEvent) -> None:
        """Take what the caller's leg says while the flow has the caller."""
        match event:
            case LegDigit(digit=digit):
                self.post(DigitPressed(digit))
            case LegPlaybackFinished(play_id=play_id, problem=None):
                self.post(PlaybackFinished(play_id))
            case LegPlaybackFinished(play_id=play_id, problem=str(problem)):
                self.post(PlaybackFailed(play_id, problem))
            case LegEnded():
                self.post(CallerHungUp())
            case LegSpeech() | LegSilence():
                self._drivers.messages.heard(self.leg, event)
            case LegUtterance():
                self._drivers.ears.heard(self.leg, event)
            case _:
                pass  # that the answer was acknowledged changes nothing for a flow

    # --- one event after the other ------------------------------------------------------------------------------

    def _work(self, effects: Iterator[Effect] | tuple[Effect, ...]) -> None:
        """Carry out what is left of an event's effects, then work off the inbox, until an effect has to wait.

        That one ends in the background, and calls again with the rest. A defect ends this call and nobody else's.
        """
        self._busy = True
        try:
            rest: Iterator[Effect] | None = iter(effects)
            while rest is not None:
                if not self._carry_out(rest):
                    return
                rest = self._next_effects()
        except Exception as defect:
            log.error("session.defect", call=self.call_id, exc_info=defect)
            self._cause = FLOW_ERROR
            self._end()
            return
        self._busy = False
        if self.runner.finished:
            self._end()
        else:
            self._arm()

    def _next_effects(self) -> Iterator[Effect] | None:
        """What the next event brings about; None when there is none, or nobody to tell it."""
        if self.runner.finished and not self._enter():
            return None
        if not self._inbox:
            return None
        effects = self.runner.handle(self._inbox.popleft(), time.monotonic())
        self._host.moved(self)
        return iter(effects)

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
        if not self._over:
            self._work(rest)

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
        effects = self.runner.handle_timer(time.monotonic())
        self._host.moved(self)
        self._work(iter(effects))

    def _enter(self) -> bool:
        """Stand at the beginning of the flow that this one handed over to, knowing what it knew."""
        order, self._next = self._next, None
        if order is None or self.leg.is_over:
            return False
        flow = self._host.flow_named(order.flow)
        self._hand_overs += 1
        if flow is None or self._hand_overs > MAX_HAND_OVERS:
            log.error("flow.cannot_hand_over", call=self.call_id, flow=order.flow, known=flow is not None)
            self._cause = FLOW_ERROR
            return False
        self.runner = Runner(flow, _continued(self.runner.run, flow, order), self._new_id)
        self._inbox.appendleft(CallerArrived())
        self._host.entered(self, flow)
        return True

    def _end(self) -> None:
        if self._over:
            return
        self._over = True
        if self._timer is not None:
            self._timer.cancel()
        for question in self._questions:
            question.cancel()
        self._drivers.let_go(self.leg)
        for name in self._heard_back:
            self._tasks.spawn(self._prompts.forget_recorded(name))
        if self.leg.state is LegState.INVITED:
            self._exchange.reject(self.leg, REFUSALS.get(self._cause, 480), self._cause)
        else:
            self._exchange.hang_up(self.leg, self._cause)
        self._host.flow_ended(self, self._cause)

    # --- effects ------------------------------------------------------------------------------------------------

    def _begin(self, effect: Effect) -> Coroutine[Any, Any, object] | None:
        """Carry out an effect; what has to wait is returned, to be awaited."""
        match effect:
            case Traced():
                self._host.traced(self, effect)
            case Answer():
                return None if self._exchange.answer_at_once(self.leg) else self._exchange.answer(self.leg)
            case Play():
                return self._play(effect)
            case StopPlay():
                self._exchange.stop_playback(self.leg)
            case JoinQueue():
                self._host.join_queue(self, effect)
            case LeaveQueue():
                self._host.leave_queue(self)
            case Hangup(cause=cause):
                self._cause = cause
            case HandOver():
                self._next = effect
            case MaskDigits(on=on):
                self.masked = on
            case _:
                self._pass_on(effect)
        return None

    def _pass_on(self, effect: Effect) -> None:
        """What others do beside the call; if anything comes of it for the flow, it is an event."""
        match effect:
            case HttpRequest() | LookUp() | RecallFacts():
                self._ask(effect)
            case RememberFacts():
                self._drivers.facts.remember(effect)
            case StartRecording():
                self._drivers.messages.start(effect, self.call_id, self.leg, self.post)
            case StopRecording(request_id=request_id):
                self._drivers.messages.stop(request_id)
            case LeaveVoicemail():
                self._drivers.mailboxes.leave(effect, self.call_id, self.leg.peer)
            case DiscardRecording(recording=recording):
                self._drivers.messages.discard(recording, self.call_id)
            case Listen():
                self._drivers.ears.listen(effect, self.call_id, self.leg, self.post)
            case StopListening(listen_id=listen_id):
                self._drivers.ears.stop(listen_id)
            case SendNotice():
                self._drivers.notices.send(effect, lambda why: self._host.noticed(self, effect, why))
            case Tagged() | SurveyAnswered():
                self._host.noted(self, effect)
            case TransferCaller() | DialOut() | CancelDial() | RequestCallback() | AskStanding():
                self._order(effect)
            case _:
                self._unknown(effect)

    def _order(self, order: HostOrder) -> None:
        if not self._host.take_order(self, order):
            self._unknown(order)

    def _unknown(self, effect: object) -> None:
        """Nobody can do this: said loudly, and a run that waits for it is told."""
        log.error("flow.effect_without_driver", call=self.call_id, effect=type(effect).__name__)
        request_id = getattr(effect, "request_id", None)
        if isinstance(request_id, str):
            self.post(Reply(request_id, None, "this server cannot do that"))

    def _ask(self, question: Question) -> None:
        """Beside everything else: nobody waits for a web service but the caller whose flow asks it."""

        async def answer() -> None:
            self.post(await self._drivers.ask(question))

        task = asyncio.create_task(answer(), name=f"question of {self.call_id}")
        self._questions.add(task)
        task.add_done_callback(self._asked)

    def _asked(self, task: asyncio.Task[None]) -> None:
        self._questions.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("flow.driver_defect", call=self.call_id, exc_info=error)

    async def _play(self, play: Play) -> None:
        files: list[Path] = []
        why = ""
        for prompt in play.prompts:
            if isinstance(prompt, Recorded):
                self._heard_back.add(prompt.name)
            try:
                async with asyncio.timeout(PROMPT_DEADLINE_S):
                    files.append(await self._prompts.prepare(prompt))
            except (TimeoutError, OSError, ValueError) as error:
                why = str(error) or "too slow"
                log.error("prompt.unplayable", call=self.call_id, prompt=type(prompt).__name__, why=why)
        if files and self.leg.is_up:
            self._exchange.play(self.leg, play.play_id, files, loop=play.loop)
        else:  # nothing can be heard: the flow goes on as if it had been
            self.post(PlaybackFailed(play.play_id, why or "nobody is there to hear it"))


def _continued(before: FlowRun, flow: Flow, order: HandOver) -> FlowRun:
    """A run at another flow's beginning, of the same call."""
    run = FlowRun.new(flow, replace(before.call, arrived_at=datetime.now(UTC)))
    of_the_call = {name: run.variables[name] for name in ("caller", "called", "call_id")}
    run.variables = {**order.variables, **of_the_call}
    run.typed, run.secret = before.typed, list(before.secret)
    run.hides_digits = run.hides_digits or before.hides_digits
    run.answered, run.queued, run.contained = before.answered, before.queued, before.contained
    return run
