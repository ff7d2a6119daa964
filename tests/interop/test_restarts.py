"""A server that dies with callers on the line, and the next one that goes on with them: nobody notices but the journal.

The phones are ours and live in this process; they register once and dial once. Nothing is timed: each step waits for
what it needs, and what was heard is judged packet by packet.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.msgpack import decode

from cordboard.restart.kept_calls import KeptCall
from cordboard.restart.kept_sip import PREFIX
from cordboard.restart.ledger import states_of
from telephony.sip.events import CallEnded, IncomingCall
from telephony.sip.noting import SESSION
from tests.interop.kit.asserts import assert_tones_on_their_sides, kinds, only
from tests.interop.kit.ledger import written_calls
from tests.interop.kit.ports import LOOPBACK
from tests.interop.kit.processes import RunningProcess
from tests.interop.kit.server import CONFIGURATIONS, READY_S, Server
from tests.interop.kit.tone_phone import TonePhone, assert_one_stream, assert_unbroken, loudness

pytestmark = pytest.mark.interop

WAIT_S = 30.0


class Floor:
    """A server and phones at it."""

    def __init__(self, server: Server, stack: ExitStack) -> None:
        self.server = server
        self._stack = stack

    def phone(self, name: str, tone_hz: int = 440) -> TonePhone:
        return self._stack.enter_context(TonePhone(name, self.server.sip_port, tone_hz))

    def agent(self, name: str, tone_hz: int = 880) -> TonePhone:
        phone = self.phone(name, tone_hz)
        phone.register(f"a-secret-for-{name}")
        self.wait_for_agent(name, "available")
        return phone

    def wait_for_agent(self, name: str, presence: str) -> None:
        self.server.eventually(
            lambda: self.server.agent(name)["presence"] == presence, f"{name} {presence}", WAIT_S
        )

    def call_of(self, caller: str) -> dict[str, Any]:
        """The caller's live call."""
        [found] = [call for call in self.server.snapshot()["calls"] if call["caller"] == caller]
        return dict(found)

    def wait_for_call(self, caller: str, state: str) -> str:
        """Wait until the caller's call is in that state; its id."""

        def there() -> bool:
            calls = self.server.snapshot()["calls"]
            return any(call["caller"] == caller and call["state"] == state for call in calls)

        self.server.eventually(there, f"{caller} {state}", WAIT_S)
        return str(self.call_of(caller)["id"])

    def history(self, call: str) -> list[str]:
        return kinds(self.server.history(call))

    def wait_for_event(self, call: str, kind: str) -> None:
        self.server.eventually(lambda: kind in self.history(call), f"{kind} of {call}", WAIT_S)

    def wait_until_written(self, **states: str) -> None:
        """Wait until the ledger on the disk says this of each caller: what comes later may be lost in a crash."""
        self.server.eventually(lambda: written_calls(self.server) == states, f"ledger of {states}", WAIT_S)

    def supervise(self, call: str, phone: TonePhone, mode: str) -> None:
        """The supervisor's phone rings, is picked up, and is in the talk."""
        before = phone.count(IncomingCall)
        self.order(call, "supervise", {"mode": mode, "phone": phone.name})
        phone.wait_for(IncomingCall, before + 1)
        phone.pick_up()
        self.wait_for_supervisor(call, phone.name, mode)

    def order(self, call: str, what: str, order: dict[str, str]) -> None:
        url = f"http://{LOOPBACK}:{self.server.http_port}/v1/calls/{call}/{what}"
        assert httpx.post(url, json=order, timeout=10).status_code == 200

    def wait_for_supervisor(self, call: str, phone: str, mode: str) -> None:
        wanted = [{"phone": phone, "mode": mode, "state": "on"}]

        def there() -> bool:
            calls = self.server.snapshot()["calls"]
            return any(each["id"] == call and each["supervisors"] == wanted for each in calls)

        self.server.eventually(there, f"{phone} in {mode}", WAIT_S)

    def wait_until_guest_written(self, name: str) -> None:
        """Wait until the ledger on the disk knows a guest of the one talk, and their session, which is new and follows
        a fifth of a second later."""

        def written() -> bool:
            with closing(states_of(self.server.data / "cordboard.db", self.server.data / "live.key")) as disk:
                rows = disk.left()
            found = [decode(row.data, type=KeptCall) for row in rows if row.id.startswith("call/")]
            [guest] = [guest for kept in found for guest in kept.guests if guest.name == name] or [None]
            session = f"{PREFIX}/{SESSION}/{guest.leg.session}" if guest is not None and guest.since else ""
            return session in {row.id for row in rows}

        self.server.eventually(written, f"{name} in the ledger", WAIT_S)

    def talk(self, agent: TonePhone, caller: TonePhone, number: str = "4000") -> str:
        """The caller dials, the agent picks up; the call's id."""
        before = agent.count(IncomingCall)
        caller.dial(number)
        agent.wait_for(IncomingCall, before + 1)
        agent.pick_up()
        call = self.wait_for_call(caller.name, "talking")
        agent.wait_to_hear(25)
        return call


@pytest.fixture
def floor(tmp_path: Path, processes: list[RunningProcess], prompts: Path) -> Iterator[Floor]:
    shutil.copytree(CONFIGURATIONS / "enduring", tmp_path / "config")
    server = Server(tmp_path / "config", tmp_path / "server", prompts=prompts)
    processes.append(server)
    with ExitStack() as stack:
        yield Floor(server, stack)
        server.stop()


@pytest.mark.alone
def test_a_server_that_is_killed_drops_no_call(floor: Floor) -> None:
    server = floor.server
    rosa, anna, ben, cleo = (
        floor.agent("rosa"),
        floor.phone("anna", 440),
        floor.phone("ben"),
        floor.phone("cleo"),
    )
    talk = floor.talk(rosa, anna)
    ben.dial("4001")
    menu = floor.wait_for_call("ben", "in flow")
    floor.wait_for_event(menu, "flow.step")
    cleo.dial("4000")
    queue = floor.wait_for_call("cleo", "waiting")
    cleo.wait_to_hear(25)
    rosa_before, anna_before, cleo_before = (len(p.voice.heard) for p in (rosa, anna, cleo))

    floor.wait_until_written(anna="talking", ben="in flow", cleo="waiting")
    server.kill()
    anna.wait_to_hear(25)  # while nobody is in control
    server.start_again()
    server.wait_healthy()

    calls = {call["caller"]: call["state"] for call in server.snapshot()["calls"]}
    assert calls == {"anna": "talking", "ben": "in flow", "cleo": "waiting"}
    assert server.agent("rosa")["presence"] == "on_contact"
    for call in (talk, menu, queue):
        floor.wait_for_event(call, "call.revived")
    anna.wait_to_hear(25)
    cleo.wait_to_hear(25)
    assert_unbroken(rosa.voice.heard[rosa_before:], 440)
    assert_unbroken(anna.voice.heard[anna_before:], 880)
    assert len({packet.ssrc for packet in cleo.voice.heard[cleo_before:]}) == 1

    anna.offer_again()
    rosa.offer_again()
    ben.press("1")
    floor.wait_for_call("ben", "waiting")
    anna.hang_up()
    rosa.wait_for(CallEnded)

    rosa.wait_for(IncomingCall, 2)  # cleo waited longer than ben
    rosa.pick_up()
    floor.wait_for_call("cleo", "talking")
    rosa.wait_to_hear(10)
    rosa.hang_up()
    cleo.wait_for(CallEnded)
    rosa.wait_for(IncomingCall, 3)
    ben.hang_up()
    rosa.wait_for(CallEnded, 2)
    server.wait_idle(WAIT_S)
    server.eventually(lambda: len(server.recordings()) >= 1, "recording", WAIT_S)
    whole = next(each for each in server.recordings() if each["call"] == talk)
    assert_tones_on_their_sides(whole, least_s=2.0)
    assert only(server.history(talk), "call.connected")["agent"] == "rosa"
    assert "call.lost" not in [kind for call in (talk, menu, queue) for kind in floor.history(call)]


def restart(server: Server) -> subprocess.CompletedProcess[str]:
    """`cordboard restart` as an operator types it."""
    program = str(Path(sys.executable).with_name("cordboard"))
    command = [program, "restart", "--data", str(server.data)]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)


@pytest.mark.alone
def test_an_orderly_restart_leaves_talks_and_ringing_phones(floor: Floor, tmp_path: Path) -> None:
    server, pid = floor.server, floor.server.pid
    rosa, anna, ben = floor.agent("rosa"), floor.phone("anna"), floor.phone("ben")
    talk = floor.talk(rosa, anna)
    rolf = floor.agent("rolf")
    ben.dial("4000")
    rolf.wait_for(IncomingCall)
    ringing = floor.wait_for_call("ben", "ringing")
    rosa_before, anna_before = (len(phone.voice.heard) for phone in (rosa, anna))

    broken = tmp_path / "config" / "line.yaml"
    whole = broken.read_text()
    broken.write_text(whole.replace("queue: desk", "queue: nowhere"))
    refused = restart(server)
    assert refused.returncode == 1
    assert "nowhere" in refused.stderr
    broken.write_text(whole)
    restarted = restart(server)
    assert restarted.returncode == 0, restarted.stderr + server.tail()

    assert server.pid == pid
    assert server.exit_code is None
    assert {"call.revived"} <= {*floor.history(talk)} & {*floor.history(ringing)}
    anna.wait_to_hear(25)
    assert_unbroken(rosa.voice.heard[rosa_before:], 440)
    assert_unbroken(anna.voice.heard[anna_before:], 880)
    rolf.pick_up()
    floor.wait_for_call("ben", "talking")
    rolf.wait_to_hear(10)
    assert server.agent("rolf")["presence"] == "on_contact"
    ben.hang_up()
    rolf.wait_for(CallEnded)
    rosa.hang_up()
    anna.wait_for(CallEnded)
    server.wait_idle(WAIT_S)
    assert rolf.count(IncomingCall) == 1


def test_what_happens_while_nobody_is_in_control(floor: Floor) -> None:
    server = floor.server
    rosa, anna, ben, cleo = floor.agent("rosa"), floor.phone("anna"), floor.phone("ben"), floor.phone("cleo")
    talk = floor.talk(rosa, anna)
    ben.dial("4001")
    menu = floor.wait_for_call("ben", "in flow")
    floor.wait_for_event(menu, "flow.step")
    cleo.dial("4000")
    floor.wait_for_call("cleo", "waiting")
    floor.wait_until_written(anna="talking", ben="in flow", cleo="waiting")
    server.kill()

    anna.begin_to_hang_up()
    ben.press("1")
    server.start_again()
    server.wait_healthy()

    rosa.wait_for(CallEnded)  # anna's phone repeats its BYE, and if that takes too long, her audio is missed
    rosa.wait_for(IncomingCall, 2)
    rosa.pick_up()
    floor.wait_for_call("cleo", "talking")
    floor.wait_for_call("ben", "waiting")  # the worker has kept the key
    cleo.hang_up()
    rosa.wait_for(IncomingCall, 3)
    ben.hang_up()
    server.wait_idle(WAIT_S)
    assert "call.ended" in floor.history(talk)


@pytest.mark.alone
def test_a_start_that_fails_leaves_the_calls_to_the_next_one(floor: Floor) -> None:
    server, rosa, anna = floor.server, floor.agent("rosa"), floor.phone("anna")
    talk = floor.talk(rosa, anna)
    floor.wait_until_written(anna="talking")
    before = len(rosa.voice.heard)
    server.kill()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as somebody_else:
        somebody_else.bind((LOOPBACK, server.sip_port))
        server.start_again()
        assert server.wait(READY_S) == 1
        assert f"SIP port {server.sip_port}" in server.said()
    server.start_again()
    server.wait_healthy()

    assert floor.wait_for_call("anna", "talking") == talk
    rosa.wait_to_hear(10)
    assert_unbroken(rosa.voice.heard[before:], 440)
    anna.hang_up()
    rosa.wait_for(CallEnded)
    server.wait_idle(WAIT_S)


def wait_for_tones(phone: TonePhone, *tones_hz: float) -> None:
    """Until the last half second holds these tones and no other of the test's."""

    def heard() -> set[float]:
        last = phone.voice.heard[-25:]
        return {hz for hz in (440.0, 880.0, 1320.0) if loudness(last, hz) > 0.02}

    phone.wait(lambda: heard() == set(tones_hz), f"tones of {tones_hz}")


@pytest.mark.alone
@pytest.mark.parametrize("killed", [True, False], ids=["killed", "restarted"])
def test_a_supervisor_stays_in_the_talk(floor: Floor, killed: bool) -> None:
    server = floor.server
    rosa, anna, sue = floor.agent("rosa"), floor.phone("anna"), floor.phone("sue", 1320)
    sue.register("a-secret-for-sue")
    talk = floor.talk(rosa, anna)
    floor.supervise(talk, sue, "whisper")
    wait_for_tones(rosa, 440, 1320)
    wait_for_tones(sue, 440, 880)
    before = {phone: len(phone.voice.heard) for phone in (rosa, anna, sue)}
    if killed:
        floor.wait_until_guest_written("sue")
        server.kill()
        sue.wait_to_hear(25)  # while nobody is in control
        server.start_again()
        server.wait_healthy()
    else:
        restarted = restart(server)
        assert restarted.returncode == 0, restarted.stderr + server.tail()

    floor.wait_for_supervisor(talk, "sue", "whisper")
    for phone, tones in ((sue, (440, 880)), (rosa, (440, 1320)), (anna, (880,))):
        phone.wait_to_hear(25)
        wait_for_tones(phone, *tones)
        assert_one_stream(phone.voice.heard[before[phone] :])
    assert sue.count(CallEnded) == 0
    floor.order(talk, "supervise", {"mode": "barge"})
    wait_for_tones(anna, 880, 1320)
    anna.hang_up()
    rosa.wait_for(CallEnded)
    sue.wait_for(CallEnded)
    server.wait_idle(WAIT_S)
    history = floor.history(talk)
    assert [kind for kind in history if kind.startswith("supervision.")] == [
        "supervision.asked",
        "supervision.began",
        "supervision.changed",
        "supervision.ended",
    ]
    assert "call.revived" in history
