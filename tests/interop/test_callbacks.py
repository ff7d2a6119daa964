"""A caller leaves a callback, hangs up, an agent comes to work, and the two are brought together: on real phones.

Also with the server killed in between: what was promised is kept. Nothing is timed; each step waits for what it needs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from telephony.sip.events import CallAnswered, CallEnded, IncomingCall
from tests.interop.kit.asserts import finished_recordings, kinds, only
from tests.interop.kit.ports import free_port
from tests.interop.kit.processes import RunningProcess
from tests.interop.kit.server import CONFIGURATIONS, Server
from tests.interop.kit.tone_phone import TonePhone, assert_unbroken

pytestmark = [pytest.mark.interop, pytest.mark.alone]

WAIT_S = 30.0
NUMBER = "+442079460018"


class House:
    """A server, the caller's phone at the end of its trunk, and the agent's."""

    def __init__(self, server: Server, caller: TonePhone, stack: ExitStack) -> None:
        self.server, self.caller, self._stack = server, caller, stack

    def agent(self) -> TonePhone:
        phone = self._stack.enter_context(TonePhone("rosa", self.server.sip_port, 880))
        phone.register("a-secret-for-rosa")
        return phone

    def callbacks(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.server.get("/v1/callbacks")["callbacks"]
        return found

    def talks(self) -> bool:
        """Whether two are joined."""
        return any(call["state"] == "talking" for call in self.server.snapshot()["calls"])

    def ask(self) -> dict[str, Any]:
        """Leave a callback, as a person does; what the server lists then."""
        self.caller.dial("4000")
        self.caller.wait_for(CallAnswered)
        self.caller.wait_to_hear(20)
        self.caller.press("1")
        self.caller.wait_for(CallEnded)
        self.server.eventually(lambda: len(self.callbacks()) == 1, "a callback", WAIT_S)
        return self.callbacks()[0]


@pytest.fixture
def start(tmp_path: Path, processes: list[RunningProcess], prompts: Path) -> Iterator[Any]:
    """Start a house in one of the two modes."""
    with ExitStack() as stack:

        def make(mode: str) -> House:
            port = free_port()
            environment = {"INTEROP_CARRIER_PORT": str(port), "INTEROP_MODE": mode}
            server = Server(CONFIGURATIONS / "callbacks", tmp_path / "server", environment, prompts=prompts)
            processes.append(server)
            stack.callback(server.stop)
            caller = stack.enter_context(TonePhone(NUMBER, server.sip_port, 440, port))
            return House(server, caller, stack)

        yield make


def join(house: House, first: TonePhone, second: TonePhone) -> None:
    """One phone rings and is answered, then the other; then they hear each other."""
    for phone in (first, second):
        phone.wait_for(IncomingCall)
        phone.pick_up()
    house.server.eventually(house.talks, "the talk", WAIT_S)
    for phone, tone_hz in ((house.caller, 880), (second if first is house.caller else first, 440)):
        phone.wait_to_hear(150)
        assert_unbroken(phone.voice.heard[-60:], tone_hz)


@pytest.mark.parametrize("killed", [False, True], ids=["", "server killed in between"])
def test_the_caller_is_rung_back_when_an_agent_is_free(start: Any, killed: bool) -> None:
    house = start("agent first")
    asked = house.ask()
    assert (asked["number"], asked["status"], asked["position"]) == (NUMBER, "waiting", 1)
    if killed:
        house.server.kill()
        house.server.start_again()
        house.server.wait_healthy()
        house.server.eventually(lambda: len(house.callbacks()) == 1, "the callback again", WAIT_S)
        [again] = house.callbacks()
        assert (again["id"], again["number"], again["status"]) == (asked["id"], NUMBER, "waiting")
        assert again["call"] == asked["call"]
    agent = house.agent()
    join(house, agent, house.caller)
    house.caller.hang_up()
    agent.wait_for(CallEnded)
    house.server.wait_idle(WAIT_S)
    assert house.callbacks() == []
    [recording] = finished_recordings(house.server, 1, WAIT_S)
    assert recording["call"] == asked["id"]
    history = house.server.history(asked["id"])
    wanted = ("offer.made", "callback.dialled", "call.connected", "talk.ended", "call.ended")
    assert [kind for kind in kinds(history) if kind in wanted] == list(wanted)
    assert only(house.server.history(asked["call"]), "callback.promised")["ticket"] == asked["id"]


def test_caller_first_the_agent_rings_when_the_caller_is_on_the_line(start: Any) -> None:
    house = start("caller first")
    house.ask()
    agent = house.agent()
    join(house, house.caller, agent)
    agent.hang_up()
    house.caller.wait_for(CallEnded, 2)
    house.server.wait_idle(WAIT_S)
    assert house.callbacks() == []


def test_who_waits_is_told_and_an_agent_pauses_by_a_code(start: Any) -> None:
    house = start("agent first")
    agent = house.agent()
    house.server.eventually(lambda: house.server.agent("rosa")["presence"] == "available", "rosa", WAIT_S)
    agent.dial("*732")
    agent.wait_for(CallEnded)
    paused = house.server.agent("rosa")
    assert (paused["presence"], paused["reason"]) == ("paused", "lunch")
    house.caller.dial("4001")
    house.caller.wait_for(CallAnswered)
    house.server.eventually(lambda: bool(house.server.calls()), "the call", WAIT_S)
    [call] = house.server.calls()
    told = lambda: "queue.announced" in kinds(house.server.history(call["id"]))  # noqa: E731
    house.server.eventually(told, "an announcement", WAIT_S)
    assert only(house.server.history(call["id"]), "queue.announced")["text"] == "You are next."
    agent.dial("*74")
    agent.wait_for(CallEnded, 2)
    agent.wait_for(IncomingCall)
    agent.pick_up()
    house.caller.wait_to_hear(200)
    assert_unbroken(house.caller.voice.heard[-60:], 880)
    house.caller.hang_up()
    agent.wait_for(CallEnded, 3)
