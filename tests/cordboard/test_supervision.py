"""Supervisors in talks: over the real routes, the real switchboard and router, without audio."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from api.server import create_app
from cordboard.live_call import LiveCall
from cordboard.talk_rooms import BARGE, LISTEN, WHISPER
from telephony.calls.leg import Leg, Outcome
from tests.api.conftest import FakeSystem
from tests.cordboard.switchboard_room import SETTINGS, Room

PHONES = 'supervision: {phones: {boss: "sip:boss@127.0.0.1:5099"}}\n'


class Office:
    """A switchboard with its API."""

    def __init__(self, folder: Path, more: str = PHONES) -> None:
        self.room = Room(folder, settings=SETTINGS + more)
        app = create_app(FakeSystem(), supervision=self.room.board.supervision)
        self.transport = httpx.ASGITransport(app)

    async def post(self, path: str, order: object) -> httpx.Response:
        async with httpx.AsyncClient(transport=self.transport, base_url="http://localhost") as client:
            return await client.post(f"/v1/calls/{path}", json=order)

    async def talk(self) -> tuple[LiveCall, Leg]:
        """A caller talks to an agent."""
        known = set(self.room.board.calls)
        await self.room.ring_in("2000", f"+44207946000{len(known)}")
        call = next(each for each in self.room.board.calls.values() if each.id not in known)
        agent = self.room.exchange.dialled[-1]
        self.room.exchange.pick_up(agent)
        return call, agent

    async def watched(self, mode: str) -> tuple[LiveCall, Leg]:
        """A talk that the boss is in."""
        call, _ = await self.talk()
        assert (await self.post(f"{call.id}/supervise", {"mode": mode})).status_code == 200
        boss = self.room.exchange.dialled[-1]
        self.room.exchange.pick_up(boss)
        return call, boss

    def seats(self) -> dict[str, Any]:
        return {said[1]: said[2] for said in self.room.exchange.said if said[0] == "seat"}

    def noted(self) -> list[str]:
        return [kind for kind in self.room.journal.kinds() if kind.startswith("supervision.")]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


async def test_a_supervisors_phone_rings_and_listens(office: Office) -> None:
    call, agent = await office.talk()
    answer = await office.post(f"{call.id}/supervise", {"mode": "listen", "phone": "boss"})
    assert answer.json() == {"call": call.id, "phone": "boss", "mode": "listen", "state": "ringing"}
    boss = office.room.exchange.dialled[-1]
    assert office.seats() == {}
    office.room.exchange.pick_up(boss)
    assert office.seats()[boss.id] == LISTEN
    assert set(office.seats()) == {call.leg.id, agent.id, boss.id}
    [view] = office.room.board.supervision.views(call.id)
    assert (view.phone, view.mode, view.state) == ("boss", "listen", "on")
    office.room.exchange.end(boss)
    assert office.room.exchange.said[-1] == ("bridge", call.leg.id, agent.id)
    assert office.room.board.supervision.views(call.id) == ()
    assert office.noted() == ["supervision.asked", "supervision.began", "supervision.ended"]
    facts = dict(office.room.journal.events)["supervision.began"]
    assert (facts["supervisor"], facts["agent"], facts["call"]) == ("boss", agent.peer, call.id)


async def test_another_mode_needs_no_other_call(office: Office) -> None:
    call, boss = await office.watched("listen")
    for mode, seating in (("whisper", WHISPER), ("barge", BARGE), ("listen", LISTEN)):
        answer = await office.post(f"{call.id}/supervise", {"mode": mode})
        assert answer.json()["state"] == "on"
        assert office.seats()[boss.id] == seating
    assert office.noted()[2:] == ["supervision.changed"] * 3
    await office.post(f"{call.id}/supervise", {"mode": "listen"})
    assert len(office.noted()) == 5


async def test_a_supervisor_is_taken_out(office: Office) -> None:
    call, boss = await office.watched("whisper")
    answer = await office.post(f"{call.id}/supervise/end", {})
    assert answer.json()["state"] == "ended"
    assert boss.is_over
    assert (await office.post(f"{call.id}/supervise/end", {})).status_code == 409
    assert (await office.post(f"{call.id}/supervise/end", {"phone": "boss"})).status_code == 409


async def test_the_end_of_the_talk_ends_it(office: Office) -> None:
    call, boss = await office.watched("listen")
    office.room.exchange.end(call.leg)
    assert boss.is_over
    assert office.noted()[-1] == "supervision.ended"


async def test_a_phone_that_still_rings_at_the_end_is_let_go(office: Office) -> None:
    call, agent = await office.talk()
    await office.post(f"{call.id}/supervise", {"mode": "listen"})
    office.room.exchange.end(agent)
    assert office.room.exchange.dialled[-1].is_over
    assert office.noted() == ["supervision.asked", "supervision.failed"]


async def test_a_phone_that_refuses(office: Office) -> None:
    call, agent = await office.talk()
    await office.post(f"{call.id}/supervise", {"mode": "barge"})
    office.room.exchange.end(office.room.exchange.dialled[-1], Outcome.REFUSED)
    assert office.noted()[-1] == "supervision.failed"
    assert not agent.is_over
    assert office.seats() == {}


async def test_one_phone_one_talk(office: Office) -> None:
    first, boss = await office.watched("listen")
    second, _ = await office.watched("listen")
    assert boss.is_over
    assert office.room.board.supervision.views(first.id) == ()
    assert len(office.room.board.supervision.views(second.id)) == 1


async def test_the_recording_goes_on_through_it(office: Office) -> None:
    _, boss = await office.watched("whisper")
    office.room.exchange.end(boss)
    assert office.room.recorder.said == ["start"]


@pytest.mark.parametrize(
    ("order", "status"),
    [
        ({"mode": "listen", "phone": "alice"}, 403),
        ({"mode": "spy"}, 422),
        ({"mode": "listen", "from": "boss"}, 422),
    ],
)
async def test_what_is_not_allowed(office: Office, order: dict[str, str], status: int) -> None:
    call, _ = await office.talk()
    assert (await office.post(f"{call.id}/supervise", order)).status_code == status
    assert len(office.room.exchange.dialled) == 1


async def test_only_what_the_configuration_allows(tmp_path: Path) -> None:
    office = Office(tmp_path, PHONES.replace("{phones", "{modes: [listen], phones"))
    call, _ = await office.talk()
    assert (await office.post(f"{call.id}/supervise", {"mode": "barge"})).status_code == 403
    assert (await office.post(f"{call.id}/supervise", {"mode": "listen"})).status_code == 200


async def test_only_talks_and_only_calls_that_live(office: Office) -> None:
    assert (await office.post("nobody/supervise", {"mode": "listen"})).status_code == 404
    assert (await office.post("nobody/supervise/end", {})).status_code == 404
    await office.room.ring_in("2000")
    [call] = office.room.board.calls.values()
    answer = await office.post(f"{call.id}/supervise", {"mode": "listen"})
    assert answer.status_code == 409
    assert "ringing" in answer.json()["detail"]


async def test_without_a_supervisor_there_is_nobody_to_ring(tmp_path: Path) -> None:
    office = Office(tmp_path, "")
    call, _ = await office.talk()
    assert (await office.post(f"{call.id}/supervise", {"mode": "listen"})).status_code == 409


async def test_of_several_one_must_be_named(tmp_path: Path) -> None:
    office = Office(tmp_path, 'supervision: {phones: {a: "sip:a@127.0.0.1", b: "tel:+442079460001"}}\n')
    call, _ = await office.talk()
    answer = await office.post(f"{call.id}/supervise", {"mode": "listen"})
    assert (answer.status_code, answer.json()["detail"]) == (409, "say which phone: a, b")
    for phone in ("a", "b"):
        await office.post(f"{call.id}/supervise", {"mode": "listen", "phone": phone})
        office.room.exchange.pick_up(office.room.exchange.dialled[-1])
    answer = await office.post(f"{call.id}/supervise/end", {})
    assert answer.json()["detail"] == "say which phone: a, b"
    assert len(office.seats()) == 4
