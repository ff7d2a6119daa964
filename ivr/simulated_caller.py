"""A caller without a telephone: drives a runner under virtual time.

Data flow: effects of the runner > what is heard and what happens later (a heap of events by virtual time) >
runner. No sleep, no audio: ten minutes of waiting take microseconds. What was heard, asked of a queue and
traced is kept in order, for tests to look at.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import UnionType

from callflows.program import Flow
from callflows.values import Value
from ivr.effects import (
    Answer,
    AskStanding,
    AudioFile,
    CancelDial,
    DialOut,
    Effect,
    HandOver,
    Hangup,
    HoldMusic,
    JoinQueue,
    LeaveQueue,
    LeaveVoicemail,
    Listen,
    Play,
    Prompt,
    Recorded,
    RequestCallback,
    SendNotice,
    Silence,
    Speech,
    StopListening,
    StopPlay,
    SurveyAnswered,
    Tagged,
    Tone,
    Traced,
    TransferCaller,
)
from ivr.events import (
    CallerArrived,
    CallerHungUp,
    DigitPressed,
    Event,
    PartyLeft,
    PlaybackFinished,
    QueueLeft,
    Reply,
    TalkBegan,
)
from ivr.events import Heard as HeardWords
from ivr.run import CallFacts, FlowRun
from ivr.runner import Runner

CHARACTERS_PER_S = 15.0
MAX_EVENTS = 100_000
Coming = tuple[float, Event]
"""What will happen, and in how many seconds."""


def spoken_seconds(prompt: Prompt) -> float:
    """About how long a prompt takes."""
    if isinstance(prompt, Speech):
        return len(prompt.text) / CHARACTERS_PER_S
    if isinstance(prompt, Silence | Tone):
        return prompt.seconds
    return 30.0 if isinstance(prompt, HoldMusic) else 3.0


@dataclass(frozen=True, slots=True)
class Heard:
    """Something that the caller began to hear at `at`, in virtual seconds."""

    at: float
    prompts: tuple[Prompt, ...]

    @property
    def text(self) -> str:
        """What was said, or the names of the files."""
        return " ".join(filter(None, map(_words, self.prompts)))


def _words(prompt: Prompt) -> str:
    match prompt:
        case Speech(text):
            return text
        case AudioFile(path):
            return f"[{path.name}]"
        case Tone():
            return "[beep]"
        case HoldMusic():
            return "[music]"
        case Recorded():
            return "[recording]"
        case Silence():
            return ""


@dataclass(slots=True)
class Experience:
    """A call as it went."""

    heard: list[Heard] = field(default_factory=list)
    queues: list[JoinQueue] = field(default_factory=list)
    trace: list[Traced] = field(default_factory=list)
    answered: bool = False
    hangup: str | None = None
    handed_to: str | None = None
    tags: dict[str, Value] = field(default_factory=dict)
    answers: dict[str, int | None] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    voicemails: list[LeaveVoicemail] = field(default_factory=list)
    callbacks: list[RequestCallback] = field(default_factory=list)
    transfers: list[TransferCaller] = field(default_factory=list)
    dialled: list[DialOut] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    """When each entry of the trace was made."""

    @property
    def texts(self) -> list[str]:
        """Everything said, in order."""
        return [heard.text for heard in self.heard]

    @property
    def path(self) -> list[str]:
        """The sections passed, in order."""
        return [section for section, _ in itertools.groupby(traced.step.section for traced in self.trace)]


class SimulatedCaller:
    """One call into a flow.

    `queue_outcome` says how the queue lets go of the caller, and after how many seconds.
    """

    def __init__(
        self,
        flow: Flow,
        facts: CallFacts | None = None,
        *,
        queue_outcome: Callable[[JoinQueue], tuple[str, float]] = lambda _: ("answered", 60.0),
        prompt_seconds: Callable[[Prompt], float] = spoken_seconds,
        answer: Callable[[Effect], Sequence[Coming]] | None = None,
    ) -> None:
        facts = facts or CallFacts("+15550100", "1000", "simulated")
        ids = itertools.count(1)
        self.runner = Runner(flow, FlowRun.new(flow, facts), lambda: f"play-{next(ids)}")
        self.now = 0.0
        self.experience = Experience()
        self._queue_outcome = queue_outcome
        self._answer = answer or self._by_default
        self._prompt_seconds = prompt_seconds
        self._order = itertools.count()
        self._ahead: list[tuple[float, int, Event]] = []
        self._playing: tuple[str, float] | None = None
        self._listening: Listen | None = None

    @property
    def over(self) -> bool:
        """Whether the call has ended."""
        return self.runner.finished

    def call(self) -> None:
        """Ring in."""
        self._happen(CallerArrived())

    def press(self, digits: str) -> None:
        """Press keys, now, one right after the other."""
        for digit in digits:
            self._happen(DigitPressed(digit))

    def say(self, text: str) -> None:
        """Say something, now; it is understood if it is one of the phrases listened to."""
        if self._listening is not None:
            phrases, words = self._listening.phrases, text.lower()
            parts = words.split() if self._listening.repeat else [words]
            known = all(part in phrases for part in parts)
            self._happen(HeardWords(self._listening.listen_id, words if known else "", 1.0 if known else 0.0))

    def hang_up(self) -> None:
        """Hang up, now."""
        self._happen(CallerHungUp())

    def wait(self, seconds: float) -> None:
        """Let virtual time pass."""
        until = self.now + seconds
        for _ in range(MAX_EVENTS):
            if not self._step(until):
                break
        else:
            raise RuntimeError(f"{MAX_EVENTS} events in {seconds} s: the flow does not come to rest")
        self.now = until

    def listen(self, limit_s: float = 3600.0) -> None:
        """Wait until what is playing has been heard to its end, and nothing plays."""
        until = self.now + limit_s
        while self._playing is not None and not self.over and self._step(until):
            pass

    def wait_to_hear(self, text: str, after: int, limit_s: float = 3600.0) -> int | None:
        """Wait until something with `text` in it begins, from the `after`th on; its number, None if it
        never does.
        """
        until = self.now + limit_s
        while True:
            for number in range(after, len(self.experience.heard)):
                if text in self.experience.heard[number].text:
                    return number
            after = len(self.experience.heard)
            if not self._step(until):
                return None

    def settle(self, limit_s: float = 3600.0) -> None:
        """Let happen what does not depend on the caller: prompts are heard, requests answered, a queue excepted."""
        until = self.now + limit_s
        while not self.over and (self._playing is not None or self._ahead) and not self.runner.run.in_queue:
            if not self._step(until):
                break

    def pass_time(self, limit_s: float = 3600.0) -> None:
        """Wait until the next thing happens, whatever it is."""
        if not self._step(self.now + limit_s):
            self.now += limit_s

    def happen(self, event: Event) -> None:
        """Let something happen to the call, now."""
        self._happen(event)

    def play_out(self, actions: Sequence[tuple[float, str]], limit_s: float = 86_400.0) -> Experience:
        """Ring in, do each action (seconds to wait, then digits or "hang up"), wait for the end or hang up."""
        self.call()
        for pause_s, action in actions:
            self.wait(pause_s)
            if action == "hang up":
                self.hang_up()
            else:
                self.press(action)
        self.wait(limit_s)
        if not self.over:
            self.hang_up()
        return self.experience

    def _step(self, until: float) -> bool:
        """Let the next thing happen, if it is due before `until`."""
        timer = self.runner.next_timer()
        due = self._ahead[0][0] if self._ahead else None
        playback = self._playing[1] if self._playing is not None else None
        times = [time for time in (timer, due, playback) if time is not None]
        if self.over or not times or min(times) > until:
            return False
        self.now = max(self.now, min(times))
        if playback is not None and playback <= self.now and self._playing is not None:
            play_id, self._playing = self._playing[0], None
            self._happen(PlaybackFinished(play_id))
        elif due is not None and due <= self.now:
            self._happen(heapq.heappop(self._ahead)[2])
        else:
            self._perform(self.runner.handle_timer(self.now))
        return True

    def _happen(self, event: Event) -> None:
        self._perform(self.runner.handle(event, self.now))

    def _perform(self, effects: list[Effect]) -> None:
        experience = self.experience
        for effect in effects:
            match effect:
                case Answer():
                    experience.answered = True
                case Play(play_id, prompts, loop):
                    experience.heard.append(Heard(self.now, prompts))
                    seconds = float("inf") if loop else sum(map(self._prompt_seconds, prompts))
                    self._playing = (play_id, self.now + seconds)
                case StopPlay():
                    self._playing = None
                case JoinQueue():
                    experience.queues.append(effect)
                case Listen():
                    self._listening = effect
                case StopListening():
                    self._listening = None
                case LeaveQueue():
                    self._forget(QueueLeft | TalkBegan)
                case CancelDial():
                    self._forget(PartyLeft | TalkBegan)
                case LeaveVoicemail():
                    experience.voicemails.append(effect)
                case RequestCallback():
                    experience.callbacks.append(effect)
                case TransferCaller():
                    experience.transfers.append(effect)
                case DialOut():
                    experience.dialled.append(effect)
                case HandOver(flow):
                    experience.handed_to = flow
                case Tagged(tags):
                    experience.tags.update(tags)
                case SurveyAnswered(name, _, value):
                    experience.answers[name] = value
                case SendNotice(address):
                    experience.notices.append(address)
                case Hangup(cause):
                    experience.hangup = cause
                case Traced():
                    experience.trace.append(effect)
                    experience.times.append(self.now)
                    continue
            for coming in self._answer(effect):
                self._later(*coming)

    def _by_default(self, effect: Effect) -> Sequence[Coming]:
        if isinstance(effect, JoinQueue):
            outcome, after_s = self._queue_outcome(effect)
            return ((after_s, QueueLeft(outcome)),)
        if isinstance(effect, AskStanding):
            return ((0.0, Reply(effect.request_id, {"position": 1, "wait_s": None})),)
        return ()

    def _forget(self, kinds: type[Event] | UnionType) -> None:
        """What was to come of something that the flow has taken back."""
        self._ahead = [coming for coming in self._ahead if not isinstance(coming[2], kinds)]
        heapq.heapify(self._ahead)

    def _later(self, seconds: float, event: Event) -> None:
        heapq.heappush(self._ahead, (self.now + seconds, next(self._order), event))
