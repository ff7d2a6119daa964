"""The recorder: starts and ends the recording of a talk, and sees to it that every spool becomes a file.

Data flow: talk connected -> spool at the media worker -> talk over -> spool closed -> `RecordingStore.finish` off the
event loop -> journal. A recording belongs to a call; its id names the spool, the file and the journal's entry.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import structlog

from cordboard.live_call import LiveCall
from journal.journal import Journal
from recordings.store import RecordingFacts, RecordingStore
from telephony.calls.exchange import Exchange
from telephony.calls.leg import Leg
from telephony.calls.tasks import Tasks
from telephony.media.errors import MediaError

log = structlog.get_logger(__name__)


class Recorder:
    """Every recording that runs, and those being finished."""

    def __init__(
        self, spool_folder: Path, store: RecordingStore, journal: Journal, *, new_id: Callable[[], str]
    ) -> None:
        self._spool_folder = spool_folder
        self._store = store
        self._journal = journal
        self._new_id = new_id
        self._exchange: Exchange
        self.running: dict[str, tuple[Path, RecordingFacts]] = {}
        """The recordings that a worker writes now: spool and facts by id, as they change."""
        self._tasks = Tasks("recorder")

    def attach(self, exchange: Exchange) -> None:
        """Say which exchange carries the talks; before the first of them."""
        self._exchange = exchange

    def start(self, call: LiveCall, agent: Leg) -> None:
        """Record a talk between a caller and an agent."""
        recording_id = self._new_id()
        spool = self._spool_folder / f"{recording_id}.spool"
        facts = RecordingFacts(call=call.id, queue=call.queue, agent=call.agent, started=datetime.now(UTC))
        self.running[recording_id] = (spool, facts)
        call.recording_id = recording_id
        self._exchange.start_recording(recording_id, call.leg, agent, spool)
        self._journal.append("recording.started", call=call.id, recording=recording_id)

    def take_up(self, call: LiveCall, recording_id: str, spool: Path, facts: RecordingFacts) -> None:
        """A recording that a process before this one began, and a worker still writes."""
        self.running[recording_id] = (spool, facts)
        call.recording_id = recording_id

    def stop(self, call: LiveCall) -> None:
        """End the recording of a call's talk, if there is one; the file follows by itself."""
        recording_id, call.recording_id = call.recording_id, None
        if recording_id is not None:
            self._tasks.spawn(self._finish(recording_id))

    async def drain(self) -> None:
        """Wait until every recording that was stopped is a file."""
        await self._tasks.drain(deadline_s=60.0)

    async def _finish(self, recording_id: str) -> None:
        try:
            await self._make_file(recording_id, *self.running[recording_id])
        finally:
            del self.running[recording_id]

    async def _make_file(self, recording_id: str, spool: Path, facts: RecordingFacts) -> None:
        try:
            await self._exchange.stop_recording(recording_id)
        except (TimeoutError, MediaError) as error:
            log.warning("recording.spool_not_closed", recording=recording_id, why=str(error) or "too slow")
        try:
            recording = await self._store.finish(recording_id, spool, facts)
        except (OSError, ValueError) as error:
            log.error("recording.lost", recording=recording_id, spool=str(spool), why=str(error))
            self._journal.append(
                "recording.failed", call=facts.call, recording=recording_id, reason=str(error)
            )
            return
        self._journal.append(
            "recording.finished",
            call=facts.call,
            recording=recording_id,
            path=str(recording.path),
            seconds=recording.seconds,
        )
