"""The interpreter: runs a flow for one caller over explicit state.

Data flow: event + time > the step's block runner > outcome > place of the next step ... until a step waits;
the effects gathered on the way are the answer. Sans-IO: reads no clock, draws no ids. Owns the rules that
hold for every block:

- digits are heard at any time and kept in `FlowRun.typed` until a step uses them;
- one prompt plays at a time, and the end of any other is not listened to;
- a thousand steps without a digit or an agent end the run (`flow_error`): no flow can spin;
- while a caller waits in a queue, the section of `while_waiting` runs round and round as if called from the queue's
  step; when the queue lets go of the caller, or their patience with it ends, the run is back at that step at once;
- an expression that cannot be worked out ends the run (`flow_error`), traced with its place in the file.
"""

from __future__ import annotations

from collections.abc import Callable

from callflows.blocks.connect import Connecting
from callflows.blocks.know import Http
from callflows.blocks.route import TOO_LONG
from callflows.expressions import ExpressionError
from callflows.program import Flow, Step
from callflows.values import Value
from ivr.blocks.record import RecordingRunner
from ivr.effects import Effect, HandOver, Hangup, LeaveQueue, StepRef
from ivr.events import (
    CallerArrived,
    CallerHungUp,
    DigitPressed,
    Event,
    Heard,
    PartyLeft,
    PlaybackFailed,
    PlaybackFinished,
    QueueLeft,
    RecordingFinished,
    Reply,
    TalkBegan,
)
from ivr.registry import RUNNERS
from ivr.run import FlowRun, Frame
from ivr.turn import (
    MAX_TYPED,
    Away,
    Back,
    CallSection,
    End,
    Happening,
    LeaveWaiting,
    Next,
    Outcome,
    Stay,
    Take,
    TimeIsUp,
    Turn,
    WaitIn,
)

Moving = Next | Take | CallSection | Back | Away | End | WaitIn | LeaveWaiting
MAX_STEPS_WITHOUT_INPUT = 1000
A_ROUND_S = 1.0
ANSWERED = "answered"
"""What came of a party who talked to the caller."""

FLOW_ERROR = "flow_error"
HUNG_UP = "caller_hung_up"
CALLER_HUNG_UP = "caller hung up"
"""What the trace calls it."""

BEGUN_AGAIN = "begun again after a restart"
HANDED_OVER = "handed_over"
MAX_CALLS = 32
ON = "on"


class Runner:
    """One run of one flow.

    `run` is all its state; another runner over a copy of it would go on the same way.
    """

    def __init__(self, flow: Flow, run: FlowRun, new_id: Callable[[], str]) -> None:
        if run.version != flow.version:
            raise ValueError(f"the run is of version {run.version}, the flow is {flow.version}")
        self.flow = flow
        self.run = run
        self.taken: list[tuple[str, int, str]] | None = None
        """For tests: a list that gets each place left, and by which exit (ON for the step below)."""
        self._turn = Turn(flow, run, new_id)

    @property
    def finished(self) -> bool:
        """Whether the run is over."""
        return self.run.ended is not None

    @property
    def contained(self) -> bool:
        """Whether the flow itself brought the call to its end, without a queue."""
        by_itself = self.run.ended not in (None, HUNG_UP, FLOW_ERROR, HANDED_OVER) and not self.run.queued
        return self.run.contained or by_itself

    @property
    def step(self) -> StepRef:
        """Where the run stands."""
        step = self.flow.sections[self.run.section][self.run.index]
        return StepRef(self.run.section, self.run.index, step.position[0])

    def handle(self, event: Event, now: float) -> list[Effect]:
        """Take note of an event; what is to be done now."""
        if self.finished:
            return []
        self._turn.now = now
        match event:
            case CallerArrived():
                return self._begin()
            case CallerHungUp():
                return self._hung_up()
            case DigitPressed(digit):
                if not self._hear(digit, now):
                    return []
            case PlaybackFinished(play_id) | PlaybackFailed(play_id):
                if play_id != self.run.playing:
                    return []
                self.run.playing = None
                if isinstance(event, PlaybackFailed):
                    self._turn.trace("not played", {"why": event.why})
            case Reply(request_id) | RecordingFinished(request_id) | PartyLeft(request_id):
                if request_id != self.run.request:
                    return []
                self.run.request = None
                if isinstance(event, PartyLeft):
                    self._alone_again()
            case Heard(listen_id):
                if listen_id != self.run.hearing:
                    return []
                self.run.steps_without_input = 1
            case TalkBegan():
                return self._talk()
            case QueueLeft():
                if not self.run.in_queue:
                    return []
                self._back_to_queue()
                self._alone_again()
        return self._resume(event)

    def again(self, now: float, *, alone: bool = False) -> list[Effect]:
        """Go on after the server was away: what the step was waiting for is void, so it begins anew. A talk and a place
        in a queue's line stand as they are; `alone` says that whoever this flow had called is not there any more.
        """
        run = self.run
        self._turn.now = now
        if alone and run.talking and not run.in_queue and run.request is not None:
            return self.handle(PartyLeft(run.request, ANSWERED), now)
        if self.finished or run.talking or (run.in_queue and self._waiting_frame() is None):
            return []
        self._turn.trace(BEGUN_AGAIN, {})
        lost = _must_not_be_repeated(self._turn.step.block) and run.request is not None
        if lost:
            assert run.request is not None
            return self.handle(Reply(run.request, None, "the server was restarted meanwhile"), now)
        self._clear_step()
        return self._guarded(self._enter)

    def next_timer(self) -> float | None:
        """When `handle_timer` is due, if at all."""
        if self.finished:
            return None
        until = self.run.queue_until
        return self.run.deadline if until is None else min(until, self.run.deadline or until)

    def handle_timer(self, now: float) -> list[Effect]:
        """The time may be up; calling early or twice changes nothing."""
        due = self.next_timer()
        if due is None or now < due:
            return []
        self._turn.now = now
        if self.run.queue_until is not None and now >= self.run.queue_until:
            self._back_to_queue()
            self._turn.effects.append(LeaveQueue())
            return self._resume(QueueLeft(TOO_LONG))
        return self._resume(TimeIsUp())

    def _begin(self) -> list[Effect]:
        if self.run.steps_without_input:
            return []  # it has begun already
        self.run.began = self._turn.now
        return self._guarded(self._enter)

    def _hung_up(self) -> list[Effect]:
        runner = RUNNERS[type(self._turn.step.block)]
        if isinstance(runner, RecordingRunner):
            runner.hung_up(self._turn.step.block, self._turn)
        self.run.ended = HUNG_UP
        self.run.playing = self.run.deadline = None
        self._turn.trace(CALLER_HUNG_UP, {})
        return self._drain()

    def _hear(self, digit: str, now: float) -> bool:
        run = self.run
        ignored, run.ignore_digit = run.ignore_digit, None
        if digit == ignored and now <= run.ignore_until and not run.typed:
            return False
        nobody_listens = run.talking or (run.in_queue and self._waiting_frame() is None)
        if nobody_listens or len(run.typed) >= MAX_TYPED:
            return False
        run.steps_without_input = 1
        run.typed += digit
        return True

    # --- with others: in a queue, in a talk ---------------------------------------------------------------------

    def _talk(self) -> list[Effect]:
        """Somebody has the caller: whatever the flow was doing meanwhile is over."""
        if not self.run.in_queue and not isinstance(self._turn.step.block, Connecting):
            return []
        self._back_to_queue()
        self.run.talking = True
        self.run.steps_without_input = 0
        return self._resume(TalkBegan())

    def _alone_again(self) -> None:
        self.run.talking = False
        self.run.queue_until = None
        self.run.steps_without_input = 0

    def _waiting_frame(self) -> int | None:
        """Where in the stack the queue stands whose waiting section runs."""
        for number, frame in enumerate(self.run.stack):
            if frame.waiting_since is not None:
                return number
        return None

    def _back_to_queue(self) -> None:
        """Give up the waiting section, if it runs, however deep the run is in it."""
        number = self._waiting_frame()
        if number is None:
            return
        self._clear_step()
        self.run.typed = ""
        while len(self.run.stack) > number:
            self._restore(self.run.stack.pop())

    def _restore(self, frame: Frame) -> None:
        """To a frame's place; arguments are gone, what they hid is there again."""
        run = self.run
        for name in frame.given:
            run.variables.pop(name, None)
        run.variables.update(frame.hidden)
        run.section, run.index = frame.section, frame.index
        self._turn.step = self.flow.sections[run.section][run.index]

    def _clear_step(self) -> None:
        """The step is over, with all that belonged to it alone."""
        run = self.run
        run.deadline = run.listening = run.request = run.recorded = None
        run.phase = ""
        run.came_back = False
        self._turn.mask_digits(False)
        self._turn.stop_listening()
        if run.playing is not None:
            self._turn.stop()

    # --- from step to step --------------------------------------------------------------------------------------

    def _resume(self, event: Happening) -> list[Effect]:
        step = self._turn.step
        runner = RUNNERS[type(step.block)]
        self.run.deadline = None if isinstance(event, TimeIsUp) else self.run.deadline
        return self._guarded(lambda: runner.resume(step.block, self._turn, event))

    def _guarded(self, first: Callable[[], Outcome]) -> list[Effect]:
        """Run steps until one waits; an expression that fails ends the run, and says where it stands."""
        try:
            outcome = first()
            while not isinstance(outcome, Stay):
                outcome = self._follow(outcome)
        except ExpressionError as error:
            self._fail(str(error))
        return self._drain()

    def _follow(self, outcome: Moving) -> Outcome:
        """Go where the outcome says, and start the step there."""
        run, step = self.run, self._turn.step
        if self.taken is not None:
            self.taken.append((run.section, run.index, _exit_of(outcome, step)))
        self._clear_step()
        match outcome:
            case WaitIn(exit=name):
                run.stack.append(Frame(run.section, run.index, waiting_since=self._turn.now))
                run.section, run.index = step.exits[name].section, step.exits[name].index
            case LeaveWaiting(exit=name):
                self._leave_queue()
                run.section, run.index = step.exits[name].section, step.exits[name].index
            case End(cause):
                return self._end(cause)
            case Away(flow):
                return self._hand_over(flow)
            case CallSection():
                return self._call(outcome, step)
            case Back(result):
                return self._back(result)
            case Take(exit=name) if name in step.exits:
                goal = step.exits[name]
                run.section, run.index = goal.section, goal.index
            case _ if step.next is None:
                return self._back(None) if run.stack else self._end("normal")
            case _:
                run.came_back = step.next <= run.index  # only the steps of a repeat lead up again
                run.index = step.next
        return self._enter()

    def _call(self, call: CallSection, step: Step) -> Outcome:
        run = self.run
        if len(run.stack) >= MAX_CALLS:
            return self._fail(f"{MAX_CALLS} sections that called each other")
        variables = run.variables
        hidden = {name: variables[name] for name in call.arguments if name in variables}
        run.stack.append(Frame(run.section, run.index, call.into, hidden, list(call.arguments)))
        variables.update(call.arguments)
        goal = step.exits["call"]
        run.section, run.index = goal.section, goal.index
        return self._enter()

    def _back(self, result: Value) -> Outcome:
        """To the step after the one that called; arguments are gone, what they hid is there again."""
        run = self.run
        if not run.stack:
            return self._fail("nothing to return to")
        frame = run.stack[-1]
        if frame.waiting_since is not None:
            return self._wait_on(frame)
        run.stack.pop()
        self._restore(frame)
        if frame.into is not None:
            run.variables[frame.into] = result
        return Next()

    def _wait_on(self, frame: Frame) -> Outcome:
        """One more round of a waiting section. A round that takes its time is not one of a flow that spins."""
        now = self._turn.now
        if frame.waiting_since is not None and now - frame.waiting_since >= A_ROUND_S:
            self.run.steps_without_input = 0
        frame.waiting_since = now
        goal = self.flow.sections[frame.section][frame.index].exits["while_waiting"]
        self.run.section, self.run.index = goal.section, goal.index
        return self._enter()

    def _leave_queue(self) -> None:
        """Out of the queue, if the caller is in one."""
        self._back_to_queue()
        if self.run.in_queue:
            self.run.in_queue = False
            self.run.queue_until = None
            self._turn.effects.append(LeaveQueue())

    def _hand_over(self, flow: str) -> Outcome:
        self.run.ended = HANDED_OVER
        self._turn.effects.append(HandOver(flow, dict(self.run.variables)))
        return Stay()

    def _enter(self) -> Outcome:
        run = self.run
        run.steps_without_input += 1
        step = self._turn.step = self.flow.sections[run.section][run.index]
        if run.steps_without_input > MAX_STEPS_WITHOUT_INPUT:
            return self._fail(f"{MAX_STEPS_WITHOUT_INPUT} steps without a word from the caller")
        if step.block.needs_answer:
            self._turn.answer()
        return RUNNERS[type(step.block)].start(step.block, self._turn)

    def _end(self, cause: str) -> Outcome:
        self._turn.stop()
        self._turn.stop_listening()
        if self.run.in_queue:
            self._turn.effects.append(LeaveQueue())
        self.run.ended = cause
        self.run.deadline = None
        self._turn.effects.append(Hangup(cause))
        return Stay()

    def _fail(self, why: str) -> Outcome:
        line, column = self._turn.step.position
        self._turn.trace("flow error", {"at": f"{self.flow.path}:{line}:{column}", "error": why})
        return self._end(FLOW_ERROR)

    def _drain(self) -> list[Effect]:
        effects, self._turn.effects = self._turn.effects, []
        return effects


def _must_not_be_repeated(block: object) -> bool:
    """A request that may have been carried out already, where twice is not once (RFC 9110 section 9.2.2)."""
    return isinstance(block, Http) and block.method.upper() in ("POST", "PATCH")


def _exit_of(outcome: Moving, step: Step) -> str:
    """By which of its exits a step is left, for coverage."""
    match outcome:
        case CallSection():
            return "call"
        case Take(exit=name) | WaitIn(exit=name) | LeaveWaiting(exit=name) if name in step.exits:
            return name
    return ON
