"""One server's restarts: the ledger while it runs, what a process before it left when it starts, what it leaves itself.

Data flow:  `read` > rooms start > `take_up` (see `revival`) > `let_go` of what nobody took up > the ledger goes on
            `leave`, at the end of a process whose calls are to go on

A start that dies while it takes up calls leaves a mark; the third in a row takes up nothing, so that one call's state
cannot keep a server from starting for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import structlog

from cordboard.flow_versions import FlowVersions
from cordboard.recorder import Recorder
from cordboard.restart.kept_calls import KeptCalls
from cordboard.restart.kept_guests import guest_records
from cordboard.restart.kept_router import KeptRouter
from cordboard.restart.kept_sip import KeptSip
from cordboard.restart.ledger import Ledger, states_of
from cordboard.restart.left import ATTEMPTS, Left, read_left
from cordboard.restart.revival import Revival, Revived, Rooms
from cordboard.switchboard import Switchboard
from journal.journal import Journal
from telephony.media.engine import MediaEngine
from telephony.media.messages import LegInfo, MediaEvent
from telephony.sip.user_agent import UserAgent

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 3
SOUND_AFTER_S = 10.0
"""A server that has run for so long after a restart did not die of what it took up."""


class Restarts:
    """Before the first call: `watch` the rooms; then in the order above."""

    def __init__(self, database: Path, key_file: Path, journal: Journal) -> None:
        self._states = states_of(database, key_file)
        self._journal = journal
        self.ledger = Ledger(self._states)
        self.calls = KeptCalls(self.ledger.stir)
        self._sip: KeptSip
        self._router: KeptRouter
        self._board: Switchboard
        self._left = Left()
        self._revived = Revived()
        self._early: list[MediaEvent] | None = []
        self._sound: asyncio.TimerHandle | None = None

    def watch(
        self, user_agent: UserAgent, router: KeptRouter, board: Switchboard, recorder: Recorder
    ) -> None:
        """Write down what changes in these."""
        self._sip = KeptSip(user_agent, self.ledger.stir, self.calls.changed_session)
        self._router = router
        self._board = board
        router.watch(self.ledger.stir, self.calls.changed_call)
        guests = partial(guest_records, board.supervision, board.third_parties)
        self.calls.attach(board.calls, board.desk.offers, recorder.running, guests)

    @property
    def owes_calls(self) -> bool:
        """Whether somebody is on the line whom nobody has taken up yet."""
        return self._left.has_calls

    # --- a start ------------------------------------------------------------------------------------------------

    async def read(self, versions: FlowVersions, folder: Path) -> None:
        """What a process before this one left."""
        left = await asyncio.to_thread(read_left, self._states, versions, folder)
        if left.attempts >= MOST_ATTEMPTS:
            log.error("restart.given_up", attempts=left.attempts, calls=len(left.calls))
            for kept in left.calls:
                self._journal.append("call.lost", call=kept.call.id, reason="the server died of taking it up")
            left = Left(ids=left.ids)
        self._left = left
        if left.ids:
            self._states.put(ATTEMPTS, str(left.attempts + 1).encode())
            await asyncio.to_thread(self._states.flush)
        await asyncio.to_thread(self._states.sweep)

    def take_up(self, legs: list[LegInfo], rooms: Rooms) -> None:
        """Put it back, and write down from here on. The sockets are bound, and nothing was read from them yet."""
        self._sip.known(self._left.ids)
        self.calls.known(self._left.ids)
        self._revived = Revival(self._left, {leg.leg_id: leg for leg in legs}, rooms).revive()
        if self._left.ids:
            self._sound = asyncio.get_running_loop().call_later(SOUND_AFTER_S, self._states.remove, ATTEMPTS)
        if self._left.pieces or self._left.calls:
            log.info(
                "restart.taken_up",
                calls=len(self._revived.calls),
                lost=len(self._revived.lost),
                agents=self._revived.agents,
                router=self._revived.router,
            )
        self._left = Left()
        self.ledger.begin((self._sip, self._router, self.calls))

    def on_media_event(self, event: MediaEvent, deliver: Callable[[object], None]) -> None:
        """Workers have kept events for us; they wait until the legs that they are about are there."""
        if self._early is not None:
            self._early.append(event)
        else:
            deliver(event)

    async def let_go(
        self, media: MediaEngine, legs: list[LegInfo], deliver: Callable[[object], None]
    ) -> None:
        """Let the workers' events in, and the legs and recordings out that nobody took up."""
        early, self._early = self._early or [], None
        for event in early:
            deliver(event)
        for recording in {leg.recording_id for leg in legs} - self._revived.recordings - {None}:
            assert recording is not None
            await media.stop_recording(recording)
        strange = [leg for leg in legs if leg.leg_id not in self._revived.legs]
        for leg in strange:
            await media.close_leg(leg.leg_id)
        if strange:
            log.warning("media.leftovers_released", legs=len(strange))

    def tell(self) -> None:
        """Say in the journal which calls go on; after it said that the server has started."""
        for call in self._revived.calls:
            if call in self._board.calls:
                self._journal.append("call.revived", call=call)

    # --- an end -------------------------------------------------------------------------------------------------

    def leave(self) -> None:
        """Hand over everything as it is now; nothing that happens after this is written down."""
        self._states.remove(ATTEMPTS)
        self.ledger.gather(everything=True)
        self.ledger.stop()

    def close(self) -> None:
        """Wait for the disk: not on the event loop."""
        if self._sound is not None:
            self._sound.cancel()
        self.ledger.stop()
        self.ledger.close()
