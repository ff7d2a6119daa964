"""Who sits where, and what the worker is told when that changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cordboard.live_call import LiveCall
from cordboard.talk_rooms import AGENT, BARGE, CALLER, LISTEN, PARTY, WHISPER, TalkRooms
from telephony.calls.leg import Leg, LegState
from tests.cordboard.switchboard_room import FakeExchange


def leg(name: str, state: LegState = LegState.UP) -> Leg:
    return Leg(name, state, 0.0, name, "127.0.0.1")


@dataclass
class Talk:
    """A caller and an agent, and what was done about them since it was last asked."""

    exchange: FakeExchange = field(default_factory=FakeExchange)
    caller: Leg = field(default_factory=lambda: leg("caller"))
    agent: Leg = field(default_factory=lambda: leg("agent"))

    def __post_init__(self) -> None:
        exchange = self.exchange
        self.rooms = TalkRooms(
            exchange,  # type: ignore[arg-type]
            lambda leg, queue: exchange.play(leg, queue, [Path("music.ulaw")], loop=True),
        )
        self.call = LiveCall("c", "caller", "1", "flow", self.caller, 0.0, queue="sales")
        self.call.agent_leg = self.agent

    def told(self) -> list[tuple[object, ...]]:
        said = list(self.exchange.said)
        self.exchange.said.clear()
        return said

    def hold(self, *, held: bool = True) -> None:
        self.agent.held_by_peer = held
        self.rooms.connect(self.call)


@pytest.fixture
def talk() -> Talk:
    talk = Talk()
    talk.rooms.connect(talk.call)
    assert talk.told() == [("bridge", "caller", "agent")]
    return talk


def test_what_has_not_changed_is_not_done_again(talk: Talk) -> None:
    talk.rooms.connect(talk.call)
    assert talk.told() == []


def test_a_guest_makes_it_a_conference_and_the_last_one_a_bridge_again(talk: Talk) -> None:
    one, two = leg("one"), leg("two")
    talk.rooms.invite(talk.call, one, LISTEN)
    seats = [("seat", "caller", CALLER), ("seat", "agent", AGENT), ("seat", "one", LISTEN)]
    assert talk.told() == seats
    talk.rooms.invite(talk.call, two, BARGE)
    assert talk.told() == [*seats, ("seat", "two", BARGE)]
    talk.rooms.reseat(talk.call, one, WHISPER)
    assert talk.told()[2:] == [("seat", "one", WHISPER), ("seat", "two", BARGE)]
    talk.rooms.dismiss(talk.call, one)
    assert talk.told()[2:] == [("seat", "two", BARGE)]
    talk.rooms.dismiss(talk.call, two)
    assert talk.told() == [("bridge", "caller", "agent")]


def test_a_phone_that_rings_changes_nothing_until_it_is_answered(talk: Talk) -> None:
    guest = leg("guest", LegState.RINGING)
    talk.rooms.invite(talk.call, guest, LISTEN)
    assert talk.told() == []
    guest.state = LegState.UP
    talk.rooms.connect(talk.call)
    assert len(talk.told()) == 3


def test_one_who_never_answered_changes_nothing(talk: Talk) -> None:
    guest = leg("guest", LegState.RINGING)
    talk.rooms.invite(talk.call, guest, LISTEN)
    guest.state = LegState.ENDED
    talk.rooms.dismiss(talk.call, guest)
    assert talk.told() == []


def test_while_the_agent_holds_the_caller_hears_music(talk: Talk) -> None:
    talk.hold()
    assert talk.told() == [("part", "caller"), ("play", "caller", "loop")]
    talk.hold(held=False)
    assert talk.told() == [("bridge", "caller", "agent")]


def test_a_supervisor_and_hold(talk: Talk) -> None:
    guest = leg("guest")
    talk.rooms.invite(talk.call, guest, LISTEN)
    talk.told()
    talk.hold()
    assert talk.told() == [
        ("seat", "caller", CALLER.on_hold()),
        ("seat", "agent", AGENT.on_hold()),
        ("seat", "guest", LISTEN),
        ("play", "caller", "loop"),
    ]
    talk.hold(held=False)
    assert talk.told()[-1] == ("stop", "caller")
    talk.hold()
    talk.told()
    guest.state = LegState.ENDED
    talk.rooms.dismiss(talk.call, guest)
    assert talk.told() == [("leave", "caller"), ("leave", "agent"), ("play", "caller", "loop")]


def test_with_a_third_party_the_caller_talks_on_while_the_agent_holds(talk: Talk) -> None:
    party = leg("party")
    talk.rooms.invite(talk.call, party, PARTY)
    talk.told()
    talk.hold()
    assert talk.told() == [
        ("seat", "caller", CALLER),
        ("seat", "agent", AGENT.on_hold()),
        ("seat", "party", PARTY),
    ]
    assert talk.rooms.parties(talk.call) == (party,)


def test_the_end_lets_everybody_go(talk: Talk) -> None:
    ringing, listening = leg("ringing", LegState.RINGING), leg("listening")
    talk.rooms.invite(talk.call, ringing, LISTEN)
    talk.rooms.invite(talk.call, listening, LISTEN)
    talk.told()
    talk.rooms.close(talk.call)
    assert talk.told() == [("hang_up", "ringing"), ("hang_up", "listening"), ("leave", "caller")]
    talk.rooms.close(talk.call)
    assert talk.told() == []


def test_the_end_of_a_talk_on_hold_ends_the_music(talk: Talk) -> None:
    talk.hold()
    talk.told()
    talk.rooms.close(talk.call)
    assert talk.told() == [("stop", "caller")]


def test_another_leg_takes_the_seat_of_one(talk: Talk) -> None:
    talk.rooms.invite(talk.call, leg("guest"), BARGE)
    talk.told()
    talk.call.leg = leg("other")
    talk.rooms.connect(talk.call)
    assert talk.told()[0] == ("seat", "other", CALLER)


def test_who_is_not_up_is_not_joined(talk: Talk) -> None:
    talk.agent.state = LegState.ENDED
    talk.rooms.invite(talk.call, leg("guest"), BARGE)
    talk.call.agent_leg = None
    talk.rooms.connect(talk.call)
    assert talk.told() == []
