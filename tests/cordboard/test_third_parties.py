"""Talks of three, and words to one side: over the real routes, the real switchboard and router, without audio."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from acd.model import Presence
from api.server import create_app
from api.supervision_client import SupervisionClient
from cordboard.live_call import CallState, LiveCall
from cordboard.talk_rooms import PARTY
from telephony.calls.leg import Leg, Outcome
from tests.api.conftest import FakeSystem
from tests.cordboard.test_supervision import Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path)
    app = create_app(FakeSystem(), parties=office.room.board.third_parties)
    office.transport = httpx.ASGITransport(app)
    return office


@pytest.fixture
def client(office: Office) -> SupervisionClient:
    return SupervisionClient("http://localhost", transport=office.transport)


def other_than(agent: Leg) -> str:
    return "bob" if agent.peer == "alice" else "alice"


async def three(office: Office) -> tuple[LiveCall, Leg, Leg]:
    """A caller, an agent, and the other agent."""
    call, agent = await office.talk()
    await office.post(f"{call.id}/parties", {"agent": other_than(agent)})
    party = office.room.exchange.dialled[-1]
    office.room.exchange.pick_up(party)
    return call, agent, party


def noted(office: Office) -> list[str]:
    return [kind for kind in office.room.journal.kinds() if kind.startswith("conference.")]


async def test_an_agent_is_added_and_leaves(office: Office, client: SupervisionClient) -> None:
    call, agent = await office.talk()
    other = other_than(agent)
    state = await client.add_party(call.id, agent=other)
    assert (state.party, state.state) == (other, "ringing")
    assert office.room.presence(other) is Presence.PAUSED
    party = office.room.exchange.dialled[-1]
    office.room.exchange.pick_up(party)
    assert set(office.seats()) == {call.leg.id, agent.id, party.id}
    assert office.seats()[party.id] == PARTY
    office.room.exchange.end(party)
    assert office.room.exchange.said[-1] == ("bridge", call.leg.id, agent.id)
    assert office.room.presence(other) is Presence.AVAILABLE
    assert noted(office) == ["conference.asked", "conference.joined", "conference.left"]


async def test_when_the_agent_leaves_the_other_two_go_on(office: Office) -> None:
    call, agent, party = await three(office)
    office.room.exchange.end(agent)
    assert office.room.exchange.said[-1] == ("bridge", call.leg.id, party.id)
    assert call.state is CallState.TALKING
    assert (call.agent, call.agent_leg) == (party.peer, party)
    assert office.room.presence(agent.peer) is Presence.WRAP_UP
    office.room.exchange.end(party)
    assert call.agent_leg is None
    assert office.room.presence(party.peer) is Presence.AVAILABLE
    assert noted(office)[-1] == "conference.left"


async def test_the_caller_ends_it_for_all(office: Office) -> None:
    call, agent, party = await three(office)
    office.room.exchange.end(call.leg)
    assert agent.is_over
    assert party.is_over
    assert office.room.presence(party.peer) is Presence.AVAILABLE


async def test_somebody_is_taken_out(office: Office, client: SupervisionClient) -> None:
    call, _, party = await three(office)
    assert (await client.end_party(call.id, party.peer)).state == "ended"
    assert party.is_over
    assert (await office.post(f"{call.id}/parties/end", {"party": party.peer})).status_code == 409


async def test_a_number_that_does_not_answer(office: Office) -> None:
    call, agent = await office.talk()
    answer = await office.post(f"{call.id}/parties", {"number": "+442079460002"})
    assert answer.json()["party"] == "+442079460002"
    office.room.exchange.end(office.room.exchange.dialled[-1], Outcome.NO_ANSWER)
    assert noted(office) == ["conference.asked", "conference.failed"]
    assert not agent.is_over
    assert office.seats() == {}


async def test_who_cannot_be_added(office: Office) -> None:
    call, agent = await office.talk()
    for order, status in (
        ({"agent": agent.peer}, 409),
        ({"agent": "nobody"}, 409),
        ({}, 422),
        ({"agent": "bob", "number": "+442079460002"}, 422),
        ({"number": "sip:evil@elsewhere"}, 422),
    ):
        assert (await office.post(f"{call.id}/parties", order)).status_code == status
    assert (await office.post("nobody/parties", {"agent": "bob"})).status_code == 404
    assert (await office.post("nobody/parties/end", {"party": "bob"})).status_code == 404


async def test_one_side_is_told_something(office: Office, client: SupervisionClient) -> None:
    call, agent = await office.talk()
    for side, leg in (("caller", call.leg), ("agent", agent)):
        assert (await client.announce(call.id, side, "One minute left.")).side == side  # type: ignore[arg-type]
        assert office.room.exchange.said[-1] == ("announce", leg.id, "announcement", [Path("prompt.ulaw")])
    facts = [data for kind, data in office.room.journal.events if kind == "talk.announced"]
    assert [(each["side"], each["text"]) for each in facts] == [
        ("caller", "One minute left."),
        ("agent", "One minute left."),
    ]


async def test_without_a_talk_nobody_is_told_anything(office: Office) -> None:
    order = {"side": "caller", "text": "Hello."}
    assert (await office.post("nobody/announce", order)).status_code == 404
    await office.room.ring_in("2000")
    [call] = office.room.board.calls.values()
    assert (await office.post(f"{call.id}/announce", order)).status_code == 409
    assert (await office.post(f"{call.id}/parties", {"agent": "bob"})).status_code == 409
