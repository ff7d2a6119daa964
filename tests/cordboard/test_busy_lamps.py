"""A phone that watches an agent: what it is told while offers ring, are answered and end."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from cordboard.live_call import CallState
from telephony.calls.leg import LegRinging, LegState, Outcome
from telephony.sip.event_packages import DialogInfo
from tests.cordboard.switchboard_room import Room, settle
from tests.telephony.sip.test_notifier import Watcher

DIALOG = "{urn:ietf:params:xml:ns:dialog-info}"


class Lamp:
    """A subscription to one agent at a user agent that a switchboard publishes to."""

    def __init__(self, folder: Path, agent: str) -> None:
        self.watcher = Watcher()
        self.room = Room(folder, publish=self._publish)
        self.watcher.subscribe(uri=f"sip:{agent}@10.0.0.2")

    def _publish(self, agent: str, calls: DialogInfo) -> None:
        self.watcher.server.user_agent.publish(agent, calls, self.watcher.network.now)

    def told(self) -> list[list[str | None]]:
        """The states of the agent's calls, one list for each NOTIFY since the last time."""
        found = []
        for notify in self.watcher.notified():
            document = ElementTree.fromstring(notify.body)
            assert not list(document.iter(f"{DIALOG}remote")), "nobody is told who calls"
            found.append([each.text for each in document.iter(f"{DIALOG}state")])
        return found


async def test_the_lamp_follows_an_offer_from_the_first_ring_to_the_end(tmp_path: Path) -> None:
    lamp = Lamp(tmp_path, "alice")
    exchange = lamp.room.exchange
    await lamp.room.ring_in("2000")
    phone = exchange.dialled[0]
    assert phone.peer == "alice"
    assert lamp.told() == [["trying"]]
    phone.state = LegState.RINGING
    phone.listener(LegRinging())
    assert lamp.told() == [["early"]]
    exchange.pick_up(phone)
    assert lamp.told() == [["confirmed"]]
    exchange.end(phone)
    await settle()
    assert lamp.told() == [[]]


async def test_the_lamp_of_somebody_else_stays_dark(tmp_path: Path) -> None:
    lamp = Lamp(tmp_path, "bob")
    await lamp.room.ring_in("2000")
    lamp.room.exchange.pick_up(lamp.room.exchange.dialled[0])
    assert lamp.told() == []


async def test_a_phone_that_declines_is_free_again(tmp_path: Path) -> None:
    lamp = Lamp(tmp_path, "alice")
    await lamp.room.ring_in("2000")
    lamp.room.exchange.end(lamp.room.exchange.dialled[0], Outcome.REFUSED)
    assert lamp.told() == [["trying"], []]


async def test_the_caller_ends_the_ringing_or_the_talk(tmp_path: Path) -> None:
    lamp = Lamp(tmp_path, "alice")
    caller = await lamp.room.ring_in("2000")
    lamp.room.exchange.end(caller)
    await settle()
    assert lamp.told() == [["trying"], []]
    caller = await lamp.room.ring_in("2000")
    [call] = lamp.room.board.calls.values()
    lamp.room.exchange.pick_up(lamp.room.exchange.dialled[-1])
    assert (call.agent, call.state) == ("alice", CallState.TALKING)
    assert lamp.told() == [["trying"], ["confirmed"]]
    lamp.room.exchange.end(caller)
    await settle()
    assert lamp.told() == [[]]
