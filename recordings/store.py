"""The store: takes a closed spool, gives a finished recording; and picks up what a crash left.

The order of a finish is what makes a crash harmless: whole file on the disk, then the entry in the list, then
the spool is deleted. Until the last step the spool is there to begin again from.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from journal.event import Event
from journal.reading import JournalReader
from journal.schema import NoJournal
from recordings.catalogue import TALK, Catalogue, CatalogueWriter, Recording, Recordings
from recordings.mixdown import SIDES
from recordings.workshop import Workshop
from telephony.media.spool import SpoolError, read_started_at

SPOOL_SUFFIX = ".spool"
DAMAGED_SUFFIX = ".damaged"


@dataclass(frozen=True, slots=True)
class RecordingFacts:
    """What the file itself does not say. `started` is UTC; `kind` is talk, message or voicemail."""

    call: str
    queue: str | None
    agent: str | None
    started: datetime
    kind: str = TALK


class RecordingError(OSError):
    """The spool could not be made into a file; it is still there."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """What became of the spools that a crash left: recordings, and those that failed with the reason."""

    recovered: tuple[Recording, ...]
    failed: tuple[tuple[Path, str], ...]


class RecordingStore:
    """Recordings in `folder` (by day), their list in the database. Files are never changed once finished."""

    def __init__(self, folder: Path, database: Path) -> None:
        self.folder = folder
        self._database = database
        self._writer = CatalogueWriter(database)
        self._catalogue = Catalogue(database)
        self._workshop = Workshop()

    async def finish(self, recording_id: str, spool: Path, facts: RecordingFacts) -> Recording:
        """Assemble, list, and delete the spool. RecordingError (an OSError): it could not, the spool stays.

        A recording that is finished already is returned as it is.
        """
        wav = self._file_for(recording_id, facts)
        # Listed only once its file is there: nobody asks the database about a new one.
        done = await asyncio.to_thread(self.get, recording_id) if wav.exists() else None
        if done is not None:
            await asyncio.to_thread(spool.unlink, missing_ok=True)
            return done
        made = await self._make(recording_id, spool, wav, facts)
        await asyncio.to_thread(self._keep, made, spool)
        return made

    def list(self, limit: int = 100) -> Recordings:
        """The newest first. Reads the disk: not on the event loop."""
        return self._catalogue.list(limit)

    def get(self, recording_id: str) -> Recording | None:
        """Reads the disk."""
        return self._catalogue.get(recording_id)

    def file_of(self, recording_id: str) -> Path | None:
        """Where its audio lies; None: there is no such recording. Reads the disk."""
        recording = self.get(recording_id)
        return None if recording is None else recording.path

    def discard(self, recording_id: str) -> bool:
        """Delete a recording that nobody wants; False if there is none. Reads the disk: not on the event loop."""
        recording = self.get(recording_id)
        if recording is None or not self._writer.remove(recording_id):
            return False
        recording.path.unlink(missing_ok=True)
        return True

    async def recover(self, spools: Path, *, running: Collection[str] = ()) -> Recovery:
        """Finish every spool in a folder, but for those of `running` recordings, which a worker still writes.

        A file that is no spool is set aside under another name, so that it is not tried again.
        """
        recovered: list[Recording] = []
        failed: list[tuple[Path, str]] = []
        await asyncio.to_thread(_sweep, self.folder)
        for spool in await asyncio.to_thread(lambda: sorted(spools.glob(f"*{SPOOL_SUFFIX}"))):
            if spool.stem in running:
                continue
            try:
                facts = await asyncio.to_thread(self._facts_of, spool)
                recovered.append(await self.finish(spool.stem, spool, facts))
            except (SpoolError, RecordingError) as error:
                failed.append((spool, str(error)))
                if isinstance(error, SpoolError):
                    await asyncio.to_thread(spool.rename, spool.with_suffix(DAMAGED_SUFFIX))
        return Recovery(tuple(recovered), tuple(failed))

    async def close(self) -> None:
        """Wait for the assembly that runs, then let go of the database."""
        await self._workshop.close()
        await asyncio.to_thread(self._writer.close)

    def _file_for(self, recording_id: str, facts: RecordingFacts) -> Path:
        return self.folder / facts.started.astimezone(UTC).strftime("%Y/%m/%d") / f"{recording_id}.wav"

    def _keep(self, recording: Recording, spool: Path) -> None:
        """List it; then the spool is needed no more."""
        self._writer.add(recording)
        spool.unlink(missing_ok=True)

    async def _make(self, recording_id: str, spool: Path, wav: Path, facts: RecordingFacts) -> Recording:
        try:
            made = await self._workshop.assemble(spool, wav, SIDES if facts.kind == TALK else 1)
        except (OSError, SpoolError) as error:
            raise RecordingError(f"recording {recording_id}: {error}") from error
        return Recording(
            id=recording_id,
            path=made.path,
            call=facts.call,
            queue=facts.queue,
            agent=facts.agent,
            started=facts.started,
            seconds=made.seconds,
            caller_dbfs=made.caller_dbfs,
            agent_dbfs=made.agent_dbfs,
            sha256=made.sha256,
            kind=facts.kind,
        )

    def _facts_of(self, spool: Path) -> RecordingFacts:
        """What the journal knows of a recording that its server did not live to finish."""
        started = datetime.fromtimestamp(read_started_at(spool), UTC)
        reader = JournalReader(self._database)
        try:
            begun = reader.of_kind("recording.started")
        except NoJournal:
            begun = []
        for event in begun:
            if event.data.get("recording") == spool.stem and event.call is not None:
                talks = [
                    e for e in reader.history(event.call) if e.kind == "call.connected" and e.id < event.id
                ]
                kind = event.data.get("what", TALK)
                return RecordingFacts(
                    event.call, _said(talks, "queue"), _said(talks, "agent"), started, str(kind)
                )
        return RecordingFacts("", None, None, started)


def _said(events: list[Event], field: str) -> str | None:
    value = events[-1].data.get(field) if events else None
    return value if isinstance(value, str) else None


def _sweep(folder: Path) -> None:
    """Files that were being written when the server died; their spools are still there."""
    for unfinished in folder.rglob(".*.unfinished"):
        unfinished.unlink()
