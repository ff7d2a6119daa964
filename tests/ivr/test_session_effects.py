"""Every effect of a flow, carried out: leg, drivers and host write down what a session tells them."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from callflows.flow import Flow
from ivr import session as session_module
from ivr.effects import DialOut, HoldMusic, Prompt, Recorded
from ivr.effects import Party as WhomToCall
from ivr.events import DigitPressed, Heard, PartyLeft, QueueLeft, RecordingFinished, Reply
from ivr.run import CallFacts, FlowRun
from ivr.runner import Runner
from ivr.session import MAX_HAND_OVERS, Session
from telephony.calls.leg import (
    Leg,
    LegDigit,
    LegEnded,
    LegPlaybackFinished,
    LegSpeech,
    LegState,
    LegUtterance,
    Outcome,
    Party,
    Termination,
)
from telephony.calls.tasks import Tasks


class Mailboxes:
    def __init__(self, line: FakeLine) -> None:
        self._line = line

    def leave(self, order: Any, call: str, caller: str) -> None:
        self._line.said.append(("voicemail", order.mailbox, order.recording, call, caller))


class FakeEars:
    def __init__(self, line: FakeLine) -> None:
        self._line = line

    def listen(self, order: Any, call: str, leg: Leg, told: Callable[[Heard], None]) -> None:
        self._line.said.append(("listen", order.phrases))
        self.told, self.listen_id = told, order.listen_id

    def stop(self, listen_id: str) -> None:
        assert listen_id == self.listen_id
        self._line.said.append(("listen no more",))

    def heard(self, leg: Leg, event: Any) -> None:
        self._line.said.append(("utterance", len(event.audio)))
        self.told(Heard(self.listen_id, "sales", 0.9))


class FakeLine:
    """Exchange, prompts, drivers and host in one; `said` is all that was asked of them."""

    def __init__(self) -> None:
        self.said: list[tuple[Any, ...]] = []
        self.flows: dict[str, Flow] = {}
        self.unplayable: set[type] = set()
        self.reply: Reply | None = None
        self.web = self.tables = self.facts = self.notices = self.messages = self
        self.mailboxes = Mailboxes(self)
        self.ears = FakeEars(self)
        self.moves = 0
        self.takes_orders = True

    # the exchange

    def answer_at_once(self, leg: Leg) -> bool:
        leg.state = LegState.UP
        self.said.append(("answer",))
        return True

    def play(self, leg: Leg, play_id: str, files: Sequence[Path], *, loop: bool = False) -> None:
        self.said.append(("play", [str(file) for file in files], loop))
        self.play_id = play_id

    def stop_playback(self, leg: Leg) -> None:
        self.said.append(("stop",))

    def hang_up(self, leg: Leg, reason: str) -> None:
        self.said.append(("hang up", reason))

    def reject(self, leg: Leg, status: int, reason: str) -> None:
        self.said.append(("reject", status))

    # the prompts

    async def prepare(self, prompt: Prompt) -> Path:
        if type(prompt) in self.unplayable:
            raise ValueError("no voice")
        return Path(
            "music"
            if isinstance(prompt, HoldMusic)
            else prompt.name
            if isinstance(prompt, Recorded)
            else getattr(prompt, "text", "sound")
        )

    # the drivers

    async def ask(self, question: Any) -> Reply:
        self.said.append(("ask", type(question).__name__))
        if self.reply is None:
            await asyncio.Event().wait()
            raise AssertionError
        return Reply(question.request_id, self.reply.value, self.reply.error, self.reply.status)

    def remember(self, order: Any) -> None:
        self.said.append(("remember", order.about, order.facts))

    def send(self, notice: Any, heard: Callable[[str | None], None]) -> None:
        self.said.append(("send", notice.address))
        heard("no mail server")

    def start(self, order: Any, call: str, leg: Leg, told: Callable[[RecordingFinished], None]) -> None:
        self.said.append(("record", order.kind, call))
        self.told = told
        self.recording = order.request_id

    def heard(self, leg: Leg, event: Any) -> None:
        self.said.append(("heard", type(event).__name__))

    def discard(self, recording: str, call: str) -> None:
        self.said.append(("discard", recording, call))

    async def forget_recorded(self, name: str) -> None:
        self.said.append(("forget", name))

    def stop(self, request_id: str) -> None:
        self.said.append(("stop recording",))
        self.told(RecordingFinished(request_id, "m1", 2.0))

    def let_go(self, leg: Leg) -> None:
        self.said.append(("leave",))

    # the host

    def join_queue(self, session: Session, order: Any) -> None:
        self.said.append(("queue", order.queue))

    def take_order(self, session: Session, order: Any) -> bool:
        self.said.append(("order", order))
        return self.takes_orders

    def traced(self, session: Session, step: Any) -> None:
        pass

    def noted(self, session: Session, note: Any) -> None:
        self.said.append(("noted", note))

    def noticed(self, session: Session, notice: Any, failure: str | None) -> None:
        self.said.append(("noticed", failure))

    def flow_named(self, name: str) -> Flow | None:
        return self.flows.get(name)

    def entered(self, session: Session, flow: Flow) -> None:
        self.said.append(("entered", flow.name))

    def moved(self, session: Session) -> None:
        self.moves += 1

    def flow_ended(self, session: Session, cause: str) -> None:
        self.said.append(("ended", cause))


class Call:
    def __init__(self, flow: Flow) -> None:
        self.line = FakeLine()
        self.leg = Leg("caller", LegState.INVITED, 0.0, "+15550100", "127.0.0.1")
        ids = itertools.count(1)
        new_id = lambda: f"id-{next(ids)}"  # noqa: E731
        runner = Runner(flow, FlowRun.new(flow, CallFacts("+15550100", "1000", "call-1")), new_id)
        line: Any = self.line
        self.session = Session(
            "call-1", self.leg, runner, line, line, line, line, Tasks("test"), new_id=new_id
        )

    async def begin(self) -> list[tuple[Any, ...]]:
        self.session.start()
        return await self.settled()

    async def settled(self) -> list[tuple[Any, ...]]:
        for _ in range(30):
            await asyncio.sleep(0)
        said, self.line.said = self.line.said, []
        return said

    async def heard_all(self) -> list[tuple[Any, ...]]:
        self.session.on_leg_event(LegPlaybackFinished(self.line.play_id))
        return await self.settled()

    async def press(self, digits: str) -> list[tuple[Any, ...]]:
        for digit in digits:
            self.session.on_leg_event(LegDigit(digit))
        return await self.settled()


@pytest.fixture
def call_of(flow_of: Callable[[str], Flow]) -> Callable[[str], Call]:
    return lambda sections: Call(flow_of(sections))


END = [("leave",), ("hang up", "normal"), ("ended", "normal")]


async def test_music_goes_round_and_round(call_of: Callable[[str], Call]) -> None:
    call = call_of("main:\n  - music: 10s\n  - hangup: normal")
    assert await call.begin() == [("answer",), ("play", ["music"], True)]
    assert await call.press("1") == [("stop",), *END]


async def test_a_prompt_that_cannot_be_played_does_not_hold_the_caller(
    call_of: Callable[[str], Call],
) -> None:
    call = call_of("main:\n  - say: Hello.\n  - beep:\n  - hangup: normal")
    from ivr.effects import Speech

    call.line.unplayable = {Speech}
    assert (await call.begin())[-1] == ("play", ["sound"], False)
    call.session.on_leg_event(LegPlaybackFinished(call.line.play_id, "no such file"))
    assert await call.settled() == END


async def test_a_question_is_asked_beside_the_call_and_its_answer_is_an_event(
    call_of: Callable[[str], Call],
) -> None:
    call = call_of(
        "main:\n  - http: https://a.example.org/\n    into: found\n    failed: main2\n  - hangup: normal\n"
        "main2:\n  - hangup: busy"
    )
    call.line.reply = Reply("", {"name": "Ada"}, None, 200)
    assert await call.begin() == [("ask", "HttpRequest"), ("leave",), ("reject", 603), ("ended", "normal")]
    assert call.session.runner.run.variables["found"] == {"name": "Ada"}


async def test_a_caller_who_hangs_up_ends_the_questions_too(call_of: Callable[[str], Call]) -> None:
    call = call_of("main:\n  - recall: [visits]\n  - hangup: normal")
    assert await call.begin() == [("ask", "RecallFacts")]
    call.leg.state = LegState.ENDED
    call.session.on_leg_event(LegEnded(Termination(Outcome.COMPLETED, Party.REMOTE, "hung up")))
    assert ("ended", "normal") in await call.settled()
    assert len([task for task in asyncio.all_tasks() if task.get_name().startswith("question")]) == 0


async def test_what_nobody_waits_for_is_passed_on(call_of: Callable[[str], Call]) -> None:
    call = call_of(
        "main:\n  - remember: {visits: 3}\n  - tag: {reason: bill}\n"
        "  - notify: https://a.example.org/\n  - hangup: normal"
    )
    said = await call.begin()
    assert ("remember", "+15550100", {"visits": 3}) in said
    assert ("send", "https://a.example.org/") in said
    assert ("noticed", "no mail server") in said
    assert [entry[1].tags for entry in said if entry[0] == "noted"] == [{"reason": "bill"}]


async def test_a_message_is_recorded_after_the_beep_and_ends_by_its_key(
    call_of: Callable[[str], Call],
) -> None:
    call = call_of("main:\n  - record: Speak.\n    kind: voicemail\n  - hangup: normal")
    await call.begin()
    assert await call.heard_all() == [("record", "voicemail", "call-1")]
    assert await call.press("#") == [("stop recording",), *END]
    assert call.session.runner.run.variables["recording"] == "m1"


VOICEMAIL = "main:\n  - voicemail: support\n    review: true\n  - hangup: normal"


async def test_a_voicemail_is_heard_back_recorded_again_and_left(call_of: Callable[[str], Call]) -> None:
    call = call_of(VOICEMAIL)
    await call.begin()
    assert await call.heard_all() == [("record", "voicemail", "call-1")]
    call.session.on_leg_event(LegSpeech())
    assert await call.settled() == [("heard", "LegSpeech")]
    await call.press("#")
    assert ("play", ["m1"], False) in await call.press("2")  # to hear it
    assert ("discard", "m1", "call-1") in await call.press("3")
    assert await call.heard_all() == [("record", "voicemail", "call-1")]
    await call.press("#")
    said = await call.press("1")
    assert ("voicemail", "support", "m1", "call-1", "+15550100") in said
    assert ("forget", "m1") in said


async def test_a_caller_who_hangs_up_in_the_review_has_left_the_message(
    call_of: Callable[[str], Call],
) -> None:
    call = call_of(VOICEMAIL)
    await call.begin()
    await call.heard_all()
    await call.press("#")
    call.session.on_leg_event(LegEnded(Termination(Outcome.COMPLETED, Party.REMOTE, "hung up")))
    said = await call.settled()
    assert [entry for entry in said if entry[0] == "voicemail"] == [
        ("voicemail", "support", "m1", "call-1", "+15550100")
    ]


async def test_words_are_listened_to_beside_the_keys(call_of: Callable[[str], Call]) -> None:
    call = call_of(
        "main:\n  - menu: Sales?\n    keys: {1: sales}\n    listen: {1: [sales]}\n  - hangup: busy\n"
        "sales:\n  - say: Sales.\n  - hangup: normal"
    )
    assert ("listen", ("sales",)) in await call.begin()
    call.session.on_leg_event(LegUtterance(b"\xff" * 800))
    said = await call.settled()
    assert said == [("utterance", 800), ("stop",), ("listen no more",), ("play", ["Sales."], False)]


async def test_keys_are_secret_while_a_masked_input_is_open(call_of: Callable[[str], Call]) -> None:
    call = call_of(
        "main:\n  - collect: PIN?\n    digits: 4\n    into: pin\n    masked: true\n  - wait: 1s\n  - hangup:"
    )
    await call.begin()
    assert call.session.masked
    await call.press("4711")
    assert not call.session.masked


async def test_another_flow_goes_on_in_the_same_call_with_what_was_known(
    call_of: Callable[[str], Call], tmp_path: Path
) -> None:
    from callflows.flow import load_flow

    call = call_of('main:\n  - set: {customer: "{{ 7 }}"}\n  - say: Hello.\n  - flow: other')
    path = tmp_path / "other.yaml"
    path.write_text("flow: other\nstart: main\nsections:\n  main:\n    - say: Again.\n    - queue: sales\n")
    call.line.flows["other"] = load_flow(path)
    await call.begin()
    call.line.said.clear()
    said = await call.heard_all()
    assert said == [("entered", "other"), ("play", ["Again."], False)]  # and is not answered twice
    run = call.session.runner.run
    assert (run.flow, run.variables["customer"], run.variables["caller"]) == ("other", 7, "+15550100")
    assert await call.heard_all() == [("queue", "sales")]
    call.session.post(QueueLeft("answered"))
    assert await call.settled() == END


async def test_a_flow_that_is_not_there_or_goes_round_for_ever_ends_the_call(
    call_of: Callable[[str], Call],
) -> None:
    call = call_of("main:\n  - flow: other")
    assert await call.begin() == [("leave",), ("reject", 500), ("ended", "flow_error")]
    call = call_of("main:\n  - flow: test")
    call.line.flows["test"] = call.session.runner.flow
    said = await call.begin()
    assert said.count(("entered", "test")) == MAX_HAND_OVERS
    assert said[-1] == ("ended", "flow_error")


async def test_an_effect_that_nobody_can_carry_out_is_told_to_the_run(
    call_of: Callable[[str], Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import dataclass

    @dataclass(frozen=True)
    class Teleport:
        request_id: str

    errors: list[str] = []
    monkeypatch.setattr(session_module.log, "error", lambda event, **_: errors.append(event))
    call = call_of("main:\n  - wait: 1s\n  - hangup: normal")
    call.session._busy = True  # so that the answer is still to be seen
    call.session._pass_on(Teleport("r9"))  # type: ignore[arg-type]
    assert errors == ["flow.effect_without_driver"]
    assert call.session._inbox.popleft() == Reply("r9", None, "this server cannot do that")


async def test_what_takes_other_legs_is_ordered_of_the_host(call_of: Callable[[str], Call]) -> None:
    call = call_of(
        'main:\n  - dial: "+15550123"\n    hear: nothing\n    failed: gone\ngone:\n  - hangup: busy'
    )
    said = await call.begin()
    [order] = [entry[1] for entry in said if entry[0] == "order"]
    assert isinstance(order, DialOut)
    assert order.party == WhomToCall("+15550123")
    call.session.post(PartyLeft(order.request_id, "failed"))
    assert ("hang up", "busy") in await call.settled()


async def test_an_order_that_the_host_cannot_take_fails_at_once(call_of: Callable[[str], Call]) -> None:
    call = call_of(
        'main:\n  - dial: "+15550123"\n    hear: nothing\n    failed: gone\ngone:\n  - hangup: busy'
    )
    call.line.takes_orders = False
    assert ("hang up", "busy") in await call.begin()


async def test_every_event_may_have_moved_the_run(call_of: Callable[[str], Call]) -> None:
    call = call_of("main:\n  - wait: 5s\n  - hangup: normal")
    await call.begin()
    before = call.line.moves
    call.session.post(DigitPressed("1"))
    await call.settled()
    assert call.line.moves == before + 1
    assert call.session.runner.run.typed == "1"
