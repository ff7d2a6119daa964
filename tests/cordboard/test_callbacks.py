"""Callbacks between real flows, the real router, a real table and an exchange that only writes down its orders."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from acd.effects import PlaceCallback
from acd.events import AgentUnreachable, EffectFailed
from acd.model import Presence
from acd.ticket import Ticket, TicketStatus
from cordboard import wiring
from cordboard.announcement_texts import WORDS
from cordboard.callback_view import CallbackViews
from cordboard.callbacks import Callbacks
from cordboard.live_call import CallState
from cordboard.ticket_store import About, TicketStore
from cordboard.waiting_sound import FAREWELL
from ivr.effects import Prompt
from telephony.calls.leg import Leg, LegDigit, LegPlaybackFinished, Outcome
from tests.cordboard.switchboard_room import FakePrompts, Room, settle

CALLER = "+442079460000"
SETTINGS = """\
name: Test
region: GB
numbers: {"1000": main, "2000": line, "3000": patient}
queues:
  sales: {ring_timeout: 5s, wrap_up: 0s, record: true, callbacks: {mode: MODE, retry: 5m, attempts: TRIES}}
static_agents:
  - {id: alice, contact: "sip:alice@127.0.0.1:5090", queues: [sales]}
"""
LINE = """\
flow: line
start: main
sections:
  main:
    - callback: To be called back, press 1.
      queue: sales
      confirm: null
      data: {about: a bill}
      declined: [{hangup: busy}]
      failed: [{hangup: rejected}]
    - hangup: normal
"""


MENU = """\
flow: line
start: main
sections:
  main:
    - queue: sales
      while_waiting: waiting
    - hangup: busy
  waiting:
    - menu: To be called back, press 1.
      keys: {1: ask-back}
      retries: 0
  ask-back:
    - leave: call-back
  call-back:
    - callback: At this number? Press 1.
      queue: sales
      confirm: null
    - hangup: normal
"""


class Desk:
    """A switchboard with a table of tickets on disk, which several may share one after the other."""

    def __init__(self, folder: Path, mode: str = "agent first", line: str = LINE, tries: int = 2) -> None:
        self.folder = folder
        self.store = TicketStore(folder / "test.db", wiring.utc_offset_s)
        self.room = Room(
            folder, settings=SETTINGS.replace("MODE", mode).replace("TRIES", str(tries)), line=line
        )
        self.room.board.keep_callbacks(self.store)
        self.board, self.exchange = self.room.board, self.room.exchange

    @property
    def callbacks(self) -> Callbacks:
        found = self.board.callbacks
        assert found is not None
        return found

    async def ask(self, caller: str = CALLER) -> Leg:
        """Somebody asks for a callback and rings off."""
        leg = await self.room.ring_in("2000", caller)
        leg.listener(LegDigit("1"))
        await self.written()
        return leg

    async def occupy(self) -> Leg:
        """The one agent talks to somebody."""
        await self.room.ring_in("3000", "+442079460999")
        phone = self.exchange.dialled[-1]
        self.exchange.pick_up(phone)
        return phone

    async def ring_back(self) -> tuple[Leg, Leg]:
        """Somebody asks while the agent is busy; the agent comes free, picks up, and the caller's phone rings."""
        phone = await self.occupy()
        await self.ask()
        self.exchange.end(phone)
        await settle()
        agent = self.exchange.dialled[-1]
        self.exchange.pick_up(agent)
        await self.written()
        return agent, self.exchange.dialled[-1]

    async def written(self) -> None:
        await settle()
        await asyncio.to_thread(self.store._thread.submit(lambda: None).result)
        await settle()

    def row(self) -> sqlite3.Row:
        with sqlite3.connect(self.folder / "test.db") as connection:
            connection.row_factory = sqlite3.Row
            [found] = connection.execute("select * from callbacks").fetchall()
        connection.close()
        return found  # type: ignore[no-any-return]

    def kinds(self, *wanted: str) -> list[str]:
        return [kind for kind in self.room.journal.kinds() if kind in wanted]


async def unspeakable(_self: FakePrompts, prompt: Prompt) -> Path:
    raise ValueError(f"nobody can say {prompt}")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path)
    yield made
    await made.board.close()
    made.store.close()


async def test_it_is_on_the_disk_before_the_caller_hears_of_it(desk: Desk) -> None:
    await desk.occupy()
    leg = await desk.room.ring_in("2000")
    said = len(desk.exchange.said)
    blocked = asyncio.Event()
    gate = desk.store._thread.submit(lambda: asyncio.run(_wait(blocked)))
    leg.listener(LegDigit("1"))
    await settle()
    assert len(desk.callbacks.tickets) == 1
    assert desk.exchange.said[said:] == [("stop", leg.id)]  # the question is over, nothing was promised
    assert not leg.is_over
    blocked.set()
    await asyncio.to_thread(gate.result)
    await desk.written()
    assert leg.is_over  # the flow went on to its good bye
    row = desk.row()
    assert (row["number"], row["queue"], row["status"]) == (CALLER, "sales", "waiting")
    assert desk.kinds("callback.promised") == ["callback.promised"]


async def _wait(event: asyncio.Event) -> None:
    while not event.is_set():
        await asyncio.sleep(0.001)


async def test_what_cannot_be_written_down_is_not_promised(desk: Desk) -> None:
    await desk.occupy()
    desk.store._db.execute("PRAGMA query_only=1")
    leg = await desk.ask()
    assert desk.exchange.said[-1] == ("hang_up", leg.id)
    assert desk.callbacks.tickets == {}
    assert "callback.promised" not in desk.room.journal.kinds()
    failed = [
        data for kind, data in desk.room.journal.events if kind == "flow.step" and "why" in data["data"]
    ]
    assert failed[-1]["data"]["why"] == "it could not be written down"


async def test_by_appointment_nobody_is_rung_before_the_time(tmp_path: Path) -> None:
    desk = Desk(tmp_path, line=LINE.replace("data:", 'at: "2999-12-31 09:30"\n      data:'))
    await desk.ask()
    [kept] = desk.callbacks.tickets.values()
    assert kept.ticket.status is TicketStatus.RESTING
    assert kept.ticket.not_before - time.monotonic() > 900 * 365 * 86400
    assert desk.exchange.dialled == []  # though the agent is free
    await desk.board.close()
    desk.store.close()


@pytest.mark.parametrize("words", ["soon", "2001-01-01 09:30"])
async def test_an_appointment_that_cannot_be_kept_takes_the_failed_branch(tmp_path: Path, words: str) -> None:
    desk = Desk(tmp_path, line=LINE.replace("data:", f'at: "{words}"\n      data:'))
    await desk.ask()
    assert desk.callbacks.tickets == {}
    [(_, refused)] = [each for each in desk.room.journal.events if each[0] == "callback.refused"]
    assert words in refused["reason"]
    await desk.board.close()
    desk.store.close()


async def test_an_agent_becomes_free_the_caller_is_rung_and_they_are_joined(desk: Desk) -> None:
    phone = await desk.occupy()
    await desk.ask()
    desk.exchange.end(phone)
    await desk.written()
    agent = desk.exchange.dialled[-1]
    [ticket] = desk.callbacks.tickets
    assert agent.peer == "alice"
    assert desk.board.calls[ticket].state is CallState.RINGING
    desk.exchange.pick_up(agent)
    await desk.written()
    caller = desk.exchange.dialled[-1]
    assert (caller.peer, desk.row()["status"]) == (CALLER, "dialling")
    desk.exchange.pick_up(caller)
    await desk.written()
    assert ("bridge", caller.id, agent.id) in desk.exchange.said
    assert desk.board.calls[ticket].state is CallState.TALKING
    assert desk.row()["status"] == "served"
    desk.exchange.end(caller)
    await settle()
    assert agent.is_over
    assert ticket not in desk.board.calls
    told = [kind for kind, data in desk.room.journal.events if data.get("call") == ticket]
    assert [kind for kind in told if kind != "callback.changed"] == [
        "offer.made",
        "callback.dialled",
        "call.arrived",
        "call.connected",
        "talk.ended",
        "call.ended",
    ]


async def test_the_agent_hangs_up_after_the_talk_and_the_caller_is_let_go(desk: Desk) -> None:
    agent, caller = await desk.ring_back()
    desk.exchange.pick_up(caller)
    desk.exchange.end(agent)
    await settle()
    assert caller.is_over
    assert desk.room.presence("alice") is Presence.AVAILABLE


async def test_caller_first_the_agent_rings_when_the_caller_is_there(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "caller first")
    phone = await desk.occupy()
    await desk.ask()
    desk.exchange.end(phone)
    await desk.written()
    caller = desk.exchange.dialled[-1]
    assert caller.peer == CALLER
    assert desk.room.presence("alice") is Presence.RESERVED
    desk.exchange.pick_up(caller)
    await settle()
    assert ("play", caller.id, "loop") in desk.exchange.said
    agent = desk.exchange.dialled[-1]
    assert agent.peer == "alice"
    desk.exchange.pick_up(agent)
    assert ("bridge", caller.id, agent.id) in desk.exchange.said
    await desk.board.close()
    desk.store.close()


@pytest.mark.parametrize("attempts", [2, 1])
async def test_caller_first_who_finds_nobody_hears_so_and_whether_they_are_rung_again(
    tmp_path: Path, attempts: int
) -> None:
    desk = Desk(tmp_path, "caller first", tries=attempts)
    phone = await desk.occupy()
    await desk.ask()
    desk.exchange.end(phone)
    await desk.written()
    caller = desk.exchange.dialled[-1]
    desk.exchange.pick_up(caller)
    await desk.written()
    desk.board.feed(AgentUnreachable("alice"))
    await desk.written()
    assert not caller.is_over
    [text] = [data["text"] for kind, data in desk.room.journal.events if kind == "queue.announced"][-1:]
    assert text == (WORDS["en"].again if attempts == 2 else WORDS["en"].sorry)
    left = [kept.ticket.status for kept in desk.callbacks.tickets.values()]
    assert left == ([TicketStatus.RESTING] if attempts == 2 else [])
    assert desk.row()["status"] == ("resting" if attempts == 2 else "given up")
    caller.listener(LegPlaybackFinished(FAREWELL))
    await settle()
    assert caller.is_over
    assert desk.board.calls == {}
    await desk.board.close()
    desk.store.close()


async def test_caller_first_a_farewell_that_cannot_be_said_keeps_nobody_on_the_line(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "caller first")
    phone = await desk.occupy()
    await desk.ask()
    desk.exchange.end(phone)
    await desk.written()
    caller = desk.exchange.dialled[-1]
    desk.exchange.pick_up(caller)
    await desk.written()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FakePrompts, "prepare", unspeakable)
        desk.board.feed(AgentUnreachable("alice"))
        await desk.written()
    assert caller.is_over
    await desk.board.close()
    desk.store.close()


async def test_caller_first_an_agent_who_declines_leaves_the_caller_on_the_line(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "caller first")
    phone = await desk.occupy()
    await desk.ask()
    desk.exchange.end(phone)
    await desk.written()
    caller = desk.exchange.dialled[-1]
    desk.exchange.pick_up(caller)
    await desk.written()
    desk.exchange.end(desk.exchange.dialled[-1], Outcome.REFUSED)
    await desk.written()
    [call] = desk.board.calls.values()
    assert (call.state, call.leg is caller, caller.is_over) == (CallState.WAITING, True, False)
    await desk.board.close()
    desk.store.close()


async def test_a_caller_who_does_not_answer_is_tried_again_later_and_the_agent_is_free(desk: Desk) -> None:
    phone = await desk.occupy()
    await desk.ask()
    desk.exchange.end(phone)
    await settle()
    agent = desk.exchange.dialled[-1]
    desk.exchange.pick_up(agent)
    await desk.written()
    desk.exchange.end(desk.exchange.dialled[-1], Outcome.NO_ANSWER)
    await desk.written()
    assert agent.is_over
    [kept] = desk.callbacks.tickets.values()
    assert (kept.ticket.status, kept.ticket.attempts) == (TicketStatus.RESTING, 1)
    assert (desk.row()["status"], kept.ticket.id in desk.board.calls) == ("resting", False)
    assert desk.room.presence("alice") is Presence.AVAILABLE


async def test_an_agent_who_hangs_up_while_the_caller_is_rung_ends_the_attempt(desk: Desk) -> None:
    agent, caller = await desk.ring_back()
    desk.exchange.end(agent)
    await desk.written()
    assert caller.is_over
    assert desk.callbacks.ring_backs.attempts == {}
    [kept] = desk.callbacks.tickets.values()
    assert kept.ticket.note == "the agent hung up"


async def test_an_agent_who_declines_leaves_no_call_behind(desk: Desk) -> None:
    phone = await desk.occupy()
    await desk.ask()
    desk.exchange.end(phone)
    await settle()
    desk.exchange.end(desk.exchange.dialled[-1], Outcome.REFUSED)
    await desk.written()
    [ticket] = desk.callbacks.tickets
    assert desk.callbacks.tickets[ticket].ticket.status is TicketStatus.WAITING
    assert ticket not in desk.board.calls


async def test_tickets_survive_a_restart_even_in_the_middle_of_an_attempt(tmp_path: Path) -> None:
    before = Desk(tmp_path)
    phone = await before.occupy()
    await before.ask()
    before.exchange.end(phone)
    await settle()
    before.exchange.pick_up(before.exchange.dialled[-1])
    await before.written()
    assert before.row()["status"] == "dialling"
    before.store.close()  # and the server is gone, with the caller's phone ringing
    after = Desk(tmp_path)
    after.callbacks.remember(after.store.left())
    after.callbacks.restore()
    await after.written()
    agent = after.exchange.dialled[-1]
    assert agent.peer == "alice"
    after.exchange.pick_up(agent)
    await after.written()
    caller = after.exchange.dialled[-1]
    after.exchange.pick_up(caller)
    await after.written()
    assert ("bridge", caller.id, agent.id) in after.exchange.said
    assert after.row()["status"] == "served"
    assert after.store.left() == []
    await after.board.close()
    after.store.close()


async def test_who_rings_again_finds_the_place_and_the_callback_is_over(desk: Desk) -> None:
    await desk.occupy()
    await desk.ask()
    [(ticket, kept)] = desk.callbacks.tickets.items()
    await desk.room.ring_in("3000", "020 7946 0000")
    await desk.written()
    regained = [data for kind, data in desk.room.journal.events if kind == "queue.regained"]
    assert regained[0]["reason"] == f"callback {ticket}"
    assert desk.row()["status"] == "cancelled"
    assert kept.about.dialled == "2000"
    assert kept.about.data == {"about": "a bill"}


@pytest.mark.parametrize("number", ["+4412345", "0909 8790000", "12345678901234"])
async def test_a_number_that_nobody_may_ring_is_refused(desk: Desk, number: str) -> None:
    await desk.occupy()
    await desk.ask(number)
    assert desk.callbacks.tickets == {}
    assert desk.kinds("callback.refused", "callback.promised") == ["callback.refused"]


async def test_cancelled_from_outside(desk: Desk) -> None:
    phone = await desk.occupy()
    await desk.ask()
    [ticket] = desk.callbacks.tickets
    assert desk.callbacks.cancel(ticket, "not needed")
    assert not desk.callbacks.cancel(ticket, "not needed")
    desk.exchange.end(phone)
    await desk.written()
    assert desk.exchange.dialled == [phone]
    assert desk.row()["status"] == "cancelled"


async def test_by_the_menu_of_the_line_the_place_is_kept_and_nobody_gave_up(tmp_path: Path) -> None:
    desk = Desk(tmp_path, line=MENU)
    phone = await desk.occupy()
    leg = await desk.room.ring_in("2000", CALLER)
    [asks] = [call for call in desk.board.calls.values() if call.leg is leg]
    joined_at = asks.queued_at
    await desk.room.ring_in("3000", "+442079460555")  # came later
    for key in "11":
        leg.listener(LegDigit(key))
        await desk.written()
    assert leg.is_over
    [kept] = desk.callbacks.tickets.values()
    assert kept.ticket.arrived_at == pytest.approx(joined_at, abs=0.5)
    assert desk.room.router.position(kept.ticket.id) == 1
    (view,) = desk.room.router.queues_view(time.monotonic())
    assert (view.abandoned, view.deferred) == (0, 1)
    desk.exchange.end(phone)
    assert desk.board.calls[kept.ticket.id].state is CallState.RINGING
    await desk.board.close()
    desk.store.close()


async def test_what_the_api_shows_of_it(desk: Desk) -> None:
    await desk.occupy()
    await desk.ask()
    await desk.ask("+442079460001")
    views = CallbackViews(desk.callbacks, desk.room.router, wiring.utc_offset_s)
    first, second = views.callbacks()
    assert (first.number, first.position, second.position) == (CALLER, 1, 2)
    assert (first.status, first.attempts, first.data) == ("waiting", 0, {"about": "a bill"})
    assert abs(first.waiting_since.timestamp() - time.time()) < 3600
    assert views.cancel_callback(first.id)
    assert [each.position for each in views.callbacks()] == [1]


async def test_cancelled_while_the_caller_is_rung_both_phones_stop(desk: Desk) -> None:
    agent, caller = await desk.ring_back()
    [ticket] = desk.callbacks.tickets
    desk.callbacks.cancel(ticket, "not needed")
    assert caller.is_over
    assert agent.is_over
    assert ticket not in desk.board.calls


async def test_the_table_gives_back_what_it_was_given(tmp_path: Path) -> None:
    store = TicketStore(tmp_path / "t.db", lambda: 1000.0)
    now = time.monotonic()
    tickets = [Ticket(f"t{n}", CALLER, "sales", now - n, n, now + 60, {"french": 3}) for n in (1, 2)]
    about = About("call", "1000", "de", None, {"bill": 7})
    for ticket in tickets:
        await store.keep(ticket, about)
    store._db.execute("insert into callbacks values ('x', '1', 'q', 'waiting', '', '{}', '{}')")
    left = store.left()
    assert [kept.ticket.id for kept in left] == ["t2", "t1"]  # in the order of their places
    assert [kept.about for kept in left] == [about, about]
    assert left[0].ticket.arrived_at == pytest.approx(now - 2)
    store.close()


async def test_an_attempt_that_nobody_promised_is_not_made(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the router remembers of before a restart may be a moment older than what is written of callbacks."""
    fed: list[object] = []
    monkeypatch.setattr(desk.board, "feed", fed.append)
    order = PlaceCallback("e1", "over", "+442079460000", "sales", "alice", agent_waits=False)
    assert desk.callbacks.carry_out(order)
    assert fed == [EffectFailed("e1", "it was over before a restart")]
    assert desk.callbacks.ring_backs.attempts == {}
