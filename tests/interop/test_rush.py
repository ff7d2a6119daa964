"""A hundred SIPp callers on twenty SIPp agents, through relaxation, overflow, giving up and callbacks: the journal and
the phones must tell the same story.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import mean, median
from typing import Any

import pytest

from tests.interop.kit.dialogs import SeenDialog, seen_dialogs
from tests.interop.kit.ports import free_port, free_ports
from tests.interop.kit.processes import RunningProcess
from tests.interop.kit.server import CONFIGURATIONS, Server
from tests.interop.kit.sipp import Sipp, SippOrder

pytestmark = [pytest.mark.interop, pytest.mark.alone]

RELAXED, OVERFLOWING, HOPELESS, CALLED_BACK = "4000", "4001", "4002", "4003"
NUMBERS = {RELAXED: 50, OVERFLOWING: 20, HOPELESS: 10, CALLED_BACK: 20}
PER_SECOND = {RELAXED: 8.0, OVERFLOWING: 4.0, HOPELESS: 3.0, CALLED_BACK: 4.0}
SCENARIOS = {
    RELAXED: "caller-waits-until-hung-up",
    OVERFLOWING: "caller-waits-until-hung-up",
    HOPELESS: "caller-is-silent-then-hangs-up",
    CALLED_BACK: "caller-presses-1-and-waits-until-hung-up",
}
MEDIA_PORTS = 400

Event = dict[str, Any]


@dataclass
class Phones:
    """Both ends: the agents' phones, and those that callbacks ring."""

    agents: Sipp
    outside: Sipp


@dataclass
class Story:
    """What the journal says, and what SIPp saw of callers (by the number they dialled), agents and callbacks."""

    journal: list[Event]
    callers: dict[str, list[SeenDialog]]
    agents: list[SeenDialog]
    outside: list[SeenDialog]

    def events(self, kind: str) -> list[Event]:
        return [event for event in self.journal if event["kind"] == kind]

    def calls(self, called: str) -> dict[str, str]:
        """Caller by the id of the call, of those that dialled a number."""
        found = self.events("call.arrived")
        return {each["call"]: each["data"]["caller"] for each in found if each["data"]["called"] == called}

    def of(self, kind: str, called: str) -> list[Event]:
        calls = self.calls(called)
        return [event for event in self.events(kind) if event["call"] in calls]


@pytest.fixture
def phones(sipp: Callable[[SippOrder], Sipp]) -> Phones:
    """They take as many calls as come, until the test is over."""
    agent = "agent-answers-and-hangs-up-unless-hung-up"
    return Phones(
        agents=sipp(SippOrder(agent, calls=1000, port=free_port(), timeout_s=150)),
        outside=sipp(SippOrder("agent-answers-then-hangs-up", calls=1000, talk_ms=1000, timeout_s=150)),
    )


@pytest.fixture
def rush(tmp_path: Path, processes: list[RunningProcess], phones: Phones, prompts: Path) -> Iterator[Server]:
    low = free_ports(MEDIA_PORTS)
    environment = {
        "INTEROP_AGENT_PORT": str(phones.agents.port),
        "INTEROP_OUTSIDE_PORT": str(phones.outside.port),
        "INTEROP_MEDIA_PORTS": f"{low}..{low + MEDIA_PORTS - 1}",
    }
    running = Server(CONFIGURATIONS / "rush", tmp_path / "server", environment, prompts=prompts)
    processes.append(running)
    yield running
    running.stop()


def order(number: str, server: Server) -> SippOrder:
    count = NUMBERS[number]
    return SippOrder(
        SCENARIOS[number],
        calls=count,
        at_once=count,
        per_second=PER_SECOND[number],
        remote=server.sip_port,
        number=number,
        callers=[f"+442079460{number[-1]}{n:02}" for n in range(count)],
        talk_ms=1500,
        timeout_s=90,
    )


def test_a_hundred_callers_on_twenty_agents(
    rush: Server, phones: Phones, sipp: Callable[[SippOrder], Sipp]
) -> None:
    callers = {number: sipp(order(number, rush)) for number in NUMBERS}
    for process in callers.values():
        process.succeed()
    rush.eventually(lambda: len(served(rush)) == NUMBERS[CALLED_BACK], "callbacks served", 60)
    rush.wait_idle(30)
    for phone in (phones.agents, phones.outside):
        rush.eventually(partial(is_idle, phone), "phones idle", 30)
        assert phone.statistics()["FailedCall(C)"] == "0", phone.errors()
    rush.eventually(lambda: everybody_is_free(rush), "everybody free again", 30)
    rush.eventually(lambda: all_is_written(rush), "the end of every call in the journal", 30)
    story = Story(
        journal=rush.journal(),
        callers={number: seen_dialogs(process.messages()) for number, process in callers.items()},
        agents=seen_dialogs(phones.agents.messages()),
        outside=seen_dialogs(phones.outside.messages()),
    )
    assert_nobody_is_lost(story)
    assert_relaxation_is_what_the_agents_saw(story)
    assert_overflow_is_what_the_agents_saw(story)
    assert_everybody_who_asked_was_called_back_once(story)
    assert_waits_agree(story)
    assert_no_agent_has_two_calls(story)
    assert_the_simulator_says_what_happened(story, rush)


def is_idle(phone: Sipp) -> bool:
    return phone.statistics().get("CurrentCall") == "0"


def served(server: Server) -> set[str]:
    """The callbacks whose callers were reached."""
    changes = (event for event in server.journal() if event["kind"] == "callback.changed")
    return {event["call"] for event in changes if event["data"]["status"] == "served"}


def all_is_written(server: Server) -> bool:
    """The journal is written by a thread of its own, a moment after the phones know."""
    found = Counter(event["kind"] for event in server.journal())
    return found["call.ended"] == found["call.arrived"] and found["talk.ended"] == found["call.connected"]


def everybody_is_free(server: Server) -> bool:
    snapshot = server.snapshot()
    return all(agent["presence"] == "available" for agent in snapshot["agents"]) and not any(
        queue["waiting"] for queue in snapshot["queues"]
    )


def assert_nobody_is_lost(story: Story) -> None:
    for number, count in NUMBERS.items():
        seen = story.callers[number]
        assert len(seen) == len(story.calls(number)) == len(story.of("call.ended", number)) == count
        assert all(each.answered_at is not None and each.ended_at is not None for each in seen)
        by_caller = sum(event["data"]["by"] == "remote" for event in story.of("call.ended", number))
        assert by_caller == sum(each.hung_up_here for each in seen) == (count if number == HOPELESS else 0)
    for number in (RELAXED, OVERFLOWING):
        assert (
            len(story.of("call.connected", number)) == len(story.of("talk.ended", number)) == NUMBERS[number]
        )
    assert len(story.of("queue.joined", HOPELESS)) == NUMBERS[HOPELESS], "they waited, in vain"
    assert story.of("call.connected", HOPELESS) == []
    assert story.of("offer.made", HOPELESS) == []
    answered = [each for each in story.agents if each.answered_at is not None]
    assert len(story.events("offer.made")) == len(story.agents)
    assert len(answered) >= len(story.events("call.connected")) == 90


def assert_relaxation_is_what_the_agents_saw(story: Story) -> None:
    """Before the rung only experts are rung, and the agents' phones saw as many calls as the journal has offers."""
    offers = story.of("offer.made", RELAXED)
    rungs = Counter(offer["data"]["why"]["rung"] for offer in offers)
    assert rungs[1] > 10, rungs
    assert {o["data"]["agent"] for o in offers if o["data"]["why"]["rung"] == 0} <= {"expert1", "expert2"}
    callers = set(story.calls(RELAXED).values())
    rung = Counter(each.called for each in story.agents if each.caller in callers)
    assert rung == Counter(offer["data"]["agent"] for offer in offers)
    assert {each.shown for each in story.agents if each.caller in callers} == {"relaxed"}


def assert_overflow_is_what_the_agents_saw(story: Story) -> None:
    overflowed = story.of("queue.overflowed", OVERFLOWING)
    assert len(overflowed) == NUMBERS[OVERFLOWING]
    assert {(e["data"]["queue"], e["data"]["target"]) for e in overflowed} == {
        ("overflowing", "queue general")
    }
    assert len(story.events("queue.overflowed")) == len(overflowed)
    callers = set(story.calls(OVERFLOWING).values())
    assert {each.shown for each in story.agents if each.caller in callers} == {"general"}


def assert_everybody_who_asked_was_called_back_once(story: Story) -> None:
    asked = [each.caller for each in story.callers[CALLED_BACK]]
    assert len(story.of("callback.promised", CALLED_BACK)) == len(asked)
    assert len(story.outside) == len(story.events("callback.dialled"))
    assert sorted(each.called for each in story.outside if each.answered_at is not None) == sorted(asked)
    assert {each.caller for each in story.outside} == {"+442079460900"}
    assert sorted(story.calls("callback").values()) == sorted(asked)
    assert len(story.of("call.connected", "callback")) == len(asked)


def assert_waits_agree(story: Story) -> None:
    """From the caller's answer by the server, when they join the line, to the agent's answer, by two clocks."""
    differences = []
    for number in (RELAXED, OVERFLOWING):
        calls = story.calls(number)
        joined = {each.caller: each.answered_at for each in story.callers[number]}
        answered = {each.caller: each.answered_at for each in story.agents}
        for event in story.of("call.connected", number):
            caller = calls[event["call"]]
            began, ended = joined[caller], answered[caller]
            assert began is not None
            assert ended is not None
            differences.append(abs(event["data"]["waited_s"] - (ended - began)))
    assert len(differences) == NUMBERS[RELAXED] + NUMBERS[OVERFLOWING]
    assert median(differences) < 1.0, sorted(differences)[-5:]
    assert max(differences) < 5.0, sorted(differences)[-5:]


def assert_no_agent_has_two_calls(story: Story) -> None:
    by_agent: dict[str, list[SeenDialog]] = {}
    for dialog in story.agents:
        by_agent.setdefault(dialog.called, []).append(dialog)
    assert len(by_agent) == 20, "everybody had work"
    for agent, dialogs in by_agent.items():
        for one, next_one in pairwise(dialogs):
            assert one.ended_at is not None
            assert one.ended_at <= next_one.invited_at, f"{agent}: {one} and {next_one}"
    talking: dict[str, str] = {}
    for event in story.journal:
        agent = event["data"].get("agent")
        if event["kind"] == "call.connected":
            assert agent not in talking, f"{agent} has {talking[agent]} and {event['call']}"
            talking[agent] = event["call"]
        elif event["kind"] == "talk.ended":
            assert talking.pop(agent) == event["call"]
    assert talking == {}


def assert_the_simulator_says_what_happened(story: Story, server: Server) -> None:
    """Given the journal of that day, `cordboard simulate` finds the waits that there were."""
    now = datetime.now(UTC)
    offset = now.hour - 12  # by a clock for which it is noon, so that the day is one whatever the hour
    day = (now - timedelta(hours=offset)).date()
    program = Path(sys.executable).with_name("cordboard")
    command = [program, "simulate", CONFIGURATIONS / "rush", "--journal", server.data, "--day", str(day)]
    run = subprocess.run(
        [*map(str, command), "--seeds", "1", "--json"],
        env={**os.environ, "TZ": f"NOON{offset:+d}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found = json.loads(run.stdout)
    assert (found["contacts"], found["callbacks_served"]) == (100, 20)
    assert found["queues"]["hopeless"]["abandon_rate"] == 1.0
    for name, number in (("relaxed", RELAXED), ("overflowing", OVERFLOWING)):
        waits_s = [event["data"]["waited_s"] for event in story.of("call.connected", number)]
        assert found["queues"][name]["asa_s"] == pytest.approx(mean(waits_s), rel=0.35, abs=1.0)
