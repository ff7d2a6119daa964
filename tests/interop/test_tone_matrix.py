"""Who hears whom, by frequency, through the whole server: every phone says a tone of its own.

Hold, transfer, listen, whisper, barge; and that nobody in the talk hears the supervisor come or go.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from math import pi
from pathlib import Path

import pytest

from api.client import ApiClient
from api.schema import CallView
from api.supervision_client import SupervisionClient
from cordboard.demo.talker import Metronome
from telephony.sip.address import Address
from tests.interop.kit.hearing_phone import (
    TONES_HZ,
    HearingPhone,
    amplitude,
    amplitude_of_all,
    breaks,
    eventually,
    hear,
    losses,
    phase_steps,
)
from tests.interop.kit.ports import LOOPBACK
from tests.interop.kit.processes import RunningProcess
from tests.interop.kit.server import CONFIGURATIONS, Server
from tests.interop.kit.tones import RATE_HZ, read_wav

pytestmark = pytest.mark.interop

CLICK = 0.5
"""Radians; a frame of 20 ms too few or too many turns every tone by 0.6 or more."""


class Floor:
    """A server and its people."""

    def __init__(self, server: Server, metronome: Metronome) -> None:
        self.server = server
        self._metronome = metronome
        url = f"http://{LOOPBACK}:{server.http_port}"
        self.api = ApiClient(url)
        self.supervision = SupervisionClient(url)
        self.phones: list[HearingPhone] = []
        self.began: dict[HearingPhone, int] = {}
        """How many packets each had heard when the talk was one."""

    async def phone(self, name: str, *, registers: bool = True) -> HearingPhone:
        phone = HearingPhone(name, Address("udp", LOOPBACK, self.server.sip_port), self._metronome)
        self.phones.append(phone)
        await phone.start()
        if registers:
            await phone.register(f"a-secret-for-{name}")
        return phone

    async def call(self) -> CallView:
        [call] = (await self.api.snapshot()).calls
        return call

    async def talk(self) -> tuple[HearingPhone, HearingPhone, CallView]:
        """A caller and Ann, who hear each other."""
        ann = await self.phone("ann")
        caller = await self.phone("caller", registers=False)
        await caller.dial("1000")
        await hear({caller: {"ann"}, ann: {"caller"}})
        self.began = {phone: len(phone.ear.heard) - 1 for phone in (caller, ann)}
        return caller, ann, await self.call()


@pytest.fixture
def floor_server(tmp_path: Path, processes: list[RunningProcess], prompts: Path) -> Server:
    running = Server(CONFIGURATIONS / "floor", tmp_path / "server", prompts=prompts)
    processes.append(running)
    return running


@pytest.fixture
async def floor(floor_server: Server) -> AsyncIterator[Floor]:
    async with Metronome() as metronome:
        floor = Floor(floor_server, metronome)
        yield floor
        for phone in floor.phones:
            await phone.close()
    floor_server.stop()


@pytest.mark.alone
async def test_listen_whisper_barge_and_away(floor: Floor) -> None:
    caller, ann, call = await floor.talk()
    sue = await floor.phone("sue")
    await floor.supervision.supervise(call.id, "listen")
    await hear({caller: {"ann"}, ann: {"caller"}, sue: {"caller", "ann"}})
    await floor.supervision.supervise(call.id, "whisper")
    await hear({caller: {"ann"}, ann: {"caller", "sue"}, sue: {"caller", "ann"}})
    assert "sue" not in caller.ever_heard()
    await floor.supervision.supervise(call.id, "barge")
    await hear({caller: {"ann", "sue"}, ann: {"caller", "sue"}, sue: {"caller", "ann"}})
    await floor.supervision.supervise(call.id, "listen")
    await hear({caller: {"ann"}, ann: {"caller"}, sue: {"caller", "ann"}})
    sue.call.hang_up()
    mark = len(caller.ear.heard)
    await eventually(lambda: len(caller.ear.heard) > mark + 60, lambda: "the talk has ended")
    await hear({caller: {"ann"}, ann: {"caller"}})
    for phone in (caller, ann):
        assert losses(phone.ear.heard[floor.began[phone] :]) == []


@pytest.mark.alone
async def test_nobody_hears_a_listener_come_or_go(floor: Floor) -> None:
    caller, ann, call = await floor.talk()
    sue = await floor.phone("sue")
    loudest: list[float] = []
    for _ in range(8):  # a machine that is busy may lose the phones' own beat
        marks = {phone: len(phone.ear.heard) - 20 for phone in (caller, ann)}
        await floor.supervision.supervise(call.id, "listen")
        await hear({sue: {"caller", "ann"}})
        sue.call.hang_up()
        for phone in marks:
            seen = len(phone.ear.heard)
            await eventually(lambda: len(phone.ear.heard) > seen + 20, lambda: "no more audio")  # noqa: B023
        while (await floor.call()).supervisors:
            await asyncio.sleep(0.05)
        steps = [
            phase_steps(phone.ear.heard[mark:], TONES_HZ[other])
            for (phone, mark), other in zip(marks.items(), ("ann", "caller"), strict=True)
            if not breaks(phone.ear.heard[mark:])
        ]
        loudest.append(max(steps) if len(steps) == 2 else pi)
        if loudest[-1] < CLICK:
            break
    print("steps of the phase, in radians:", [round(step, 3) for step in loudest])
    assert loudest[-1] < CLICK, f"a click each time: {loudest}"
    for phone in (caller, ann):
        assert losses(phone.ear.heard[floor.began[phone] :]) == []


async def test_a_whisper_is_in_no_recording(floor: Floor) -> None:
    caller, ann, call = await floor.talk()
    sue = await floor.phone("sue")
    await floor.supervision.supervise(call.id, "whisper")
    await hear({ann: {"caller", "sue"}, sue: {"caller", "ann"}, caller: {"ann"}})
    caller.call.hang_up()
    await eventually(lambda: not sue.is_in_call, lambda: "sue is still in a talk that has ended")
    found = await floor.api.recordings()
    while not found:
        found = await floor.api.recordings()
    left, right = read_wav(Path(found[0].path))
    assert len(left) > RATE_HZ
    for channel, own in ((left, "caller"), (right, "ann")):
        levels = {name: amplitude(channel * 32768, hz) for name, hz in TONES_HZ.items()}
        assert max(levels, key=lambda name: levels[name]) == own
        assert levels["sue"] < levels[own] / 100, levels
    history = await floor.api.history(call.id)
    assert history is not None
    said = {event.kind: event.data for event in history.events}
    assert said["supervision.began"]["supervisor"] == "sue"
    assert said["supervision.began"]["agent"] == "ann"
    assert "supervision.ended" in said


async def test_on_hold_the_caller_hears_music_and_nobody(floor: Floor) -> None:
    caller, ann, call = await floor.talk()
    ann.hold()
    await eventually(lambda: "ann" not in caller.hears() and ann.hears() == set(), lambda: "not held")
    assert amplitude_of_all(caller) > 100, "silence instead of music"
    assert (await floor.call()).held
    sue = await floor.phone("sue")
    await floor.supervision.supervise(call.id, "listen")
    await eventually(lambda: sue.is_in_call and len(sue.ear.heard) > 60, sue.said)
    assert sue.ever_heard() == set()
    ann.hold(held=False)
    await hear({caller: {"ann"}, ann: {"caller"}, sue: {"caller", "ann"}})
    sue.call.hang_up()
    await hear({caller: {"ann"}, ann: {"caller"}})
    kinds = [event.kind for event in (await floor.api.history(call.id)).events]  # type: ignore[union-attr]
    assert kinds.count("talk.held") == kinds.count("talk.resumed") == 1


async def test_transferred_the_caller_hears_the_other_agent(floor: Floor) -> None:
    caller, ann, call = await floor.talk()
    bob = await floor.phone("bob")
    sue = await floor.phone("sue")
    await floor.supervision.supervise(call.id, "listen")
    await hear({sue: {"caller", "ann"}})
    ann.transfer("bob")
    await hear({caller: {"bob"}, bob: {"caller"}})
    await eventually(lambda: not sue.is_in_call and not ann.is_in_call, lambda: "somebody stayed behind")
    await floor.supervision.supervise(call.id, "barge")
    await hear({caller: {"bob", "sue"}, bob: {"caller", "sue"}, sue: {"caller", "bob"}})
    bob.call.hang_up()
    await eventually(lambda: not sue.is_in_call, lambda: "sue is left alone")


async def test_a_conference_of_three_and_the_agent_leaves_it(floor: Floor) -> None:
    caller, ann, call = await floor.talk()
    bob = await floor.phone("bob")
    await floor.supervision.add_party(call.id, agent="bob")
    await hear({caller: {"ann", "bob"}, ann: {"caller", "bob"}, bob: {"caller", "ann"}})
    assert (await floor.call()).parties == ("bob",)
    ann.hold()
    await hear({caller: {"bob"}, bob: {"caller"}, ann: set()})
    ann.hold(held=False)
    await hear({caller: {"ann", "bob"}, ann: {"caller", "bob"}, bob: {"caller", "ann"}})
    ann.call.hang_up()
    await hear({caller: {"bob"}, bob: {"caller"}})
    bob.call.hang_up()
    await eventually(lambda: not caller.is_in_call, caller.said)


async def test_one_side_is_told_something(floor: Floor) -> None:
    caller, ann, call = await floor.talk()
    mark = len(ann.ear.heard)
    await floor.supervision.announce(call.id, "caller", "This call ends in one minute.")
    await eventually(lambda: caller.hears() == set(), caller.said)  # the words, instead of Ann
    assert amplitude_of_all(caller) > 100
    await hear({caller: {"ann"}, ann: {"caller"}})
    assert ann.ever_heard(mark) == {"caller"}
