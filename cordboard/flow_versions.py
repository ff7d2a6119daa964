"""Every version of every flow that was ever live, in the server's database: what to go back to.

    flow_versions(flow, version, text)       the files as they were; version is the hash of the text
    flow_switches(id, at, flow, version, why)    which one new calls got, from when on; version null: none any more

Reads and writes the disk: not on the event loop.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database, Migrations

from journal.event import format_time
from journal.schema import open_for_writing

migrations = Migrations("flows")


@migrations()
def create_versions(db: Database) -> None:
    """Both tables."""
    db.table("flow_versions").create(
        {"flow": str, "version": str, "text": str}, pk=("flow", "version"), not_null={"text"}
    )
    db.table("flow_switches").create(
        {"id": int, "at": str, "flow": str, "version": str, "why": str},
        pk="id",
        not_null={"at", "flow", "why"},
    )
    db.table("flow_switches").create_index(["flow", "id"])


@dataclass(frozen=True, slots=True)
class FlowText:
    """A version of a flow as it was written."""

    flow: str
    version: str
    text: str


@dataclass(frozen=True, slots=True)
class Switch:
    """From `at` on new calls got this version; None: the flow was taken away."""

    at: datetime
    flow: str
    version: str | None
    why: str


class FlowVersions:
    """The one who writes and reads them, from any thread."""

    def __init__(self, database: Path) -> None:
        self._lock = threading.Lock()
        self._db = open_for_writing(database)
        migrations.apply(self._db)

    def switched(self, texts: list[FlowText], removed: list[str], why: str) -> None:
        """Keep what is live from now on, all of it or nothing."""
        at = format_time(datetime.now(UTC))
        with self._lock, self._db.atomic():
            for text in texts:
                row = {"flow": text.flow, "version": text.version, "text": text.text}
                self._db.table("flow_versions").insert(row, ignore=True)
                self._switch(at, text.flow, text.version, why)
            for flow in removed:
                self._switch(at, flow, None, why)

    def switches(self, flow: str, limit: int = 20) -> list[Switch]:
        """What was live, the newest first."""
        query = "select * from flow_switches where flow = ? order by id desc limit ?"
        with self._lock:
            rows = list(self._db.query(query, (flow, limit)))
        return [Switch(datetime.fromisoformat(r["at"]), r["flow"], r["version"], r["why"]) for r in rows]

    def previous(self, flow: str, now: str | None) -> str | None:
        """The version that was live before `now` was; None if there was no other."""
        versions = [switch.version for switch in self.switches(flow, 1000)]
        # The switch to `now` and what `now` was itself a way back from do not count.
        while versions and versions[0] != now:
            versions.pop(0)
        return next((version for version in versions if version not in (None, now)), None)

    def text(self, flow: str, version: str) -> str | None:
        """A version as it was written."""
        query = "select text from flow_versions where flow = ? and version = ?"
        with self._lock:
            found = next(iter(self._db.query(query, (flow, version))), None)
        return None if found is None else str(found["text"])

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            self._db.close()

    def _switch(self, at: str, flow: str, version: str | None, why: str) -> None:
        row = {"at": at, "flow": flow, "version": version, "why": why}
        self._db.table("flow_switches").insert(row)
