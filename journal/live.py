"""What must outlive the process as it is now: the last state of each live thing, in the journal's database.

    live_states(kind, id, at, boot, data)    one row a thing; data is whatever its owner wrote, sealed if they say so

Putting is a dictionary's cost: states wait in memory, a newer one replacing an older, and one thread writes those that
changed every quarter of a second in one transaction. A crash costs at most that. A thing that is over is removed. Rows
from before the machine started again are nobody's any more (`boot`): monotonic times and media workers went with it.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database, Migrations

from journal.event import format_time
from journal.schema import open_for_reading, open_for_writing

EVERY_S = 0.25
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

migrations = Migrations("live")

Convert = Callable[[bytes], bytes]


@migrations()
def create_live_states(db: Database) -> None:
    """The table."""
    db.table("live_states").create(
        {"kind": str, "id": str, "at": str, "boot": str, "data": bytes},
        pk=("kind", "id"),
        not_null={"at", "boot", "data"},
    )


@dataclass(frozen=True, slots=True)
class LiveState:
    """A thing as it was when it last changed."""

    id: str
    at: datetime
    data: bytes


def _as_it_is(data: bytes) -> bytes:
    return data


class LiveStates:
    """The states of one kind. `seal` and `unseal` keep them from readers of the database."""

    def __init__(
        self,
        path: Path,
        kind: str,
        *,
        seal: Convert = _as_it_is,
        unseal: Convert = _as_it_is,
        every_s: float = EVERY_S,
    ) -> None:
        self.written = 0
        self.last_problem: str | None = None
        self._path, self._kind = path, kind
        self._seal, self._unseal = seal, unseal
        self._every_s = every_s
        self._boot = boot_id()
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._pending: dict[str, bytes | None] = {}
        self._closing = threading.Event()
        self._db = open_for_writing(path)
        migrations.apply(self._db)
        self._thread = threading.Thread(target=self._run, name=f"live {kind}", daemon=True)
        self._thread.start()

    def put(self, id_: str, data: bytes) -> None:
        """The state now; never blocks on the disk."""
        with self._lock:
            self._pending[id_] = data

    def remove(self, id_: str) -> None:
        """It is over."""
        with self._lock:
            self._pending[id_] = None

    def put_all(self, states: Mapping[str, bytes | None]) -> None:
        """Several at once, None for one that is over; they reach the disk together or not at all."""
        with self._lock:
            self._pending.update(states)

    def flush(self) -> None:
        """Write what has changed. sqlite3.OperationalError: the disk or a lock is the trouble; it is tried again."""
        with self._writing:
            with self._lock:
                pending, self._pending = self._pending, {}
            if not pending:
                return
            try:
                self._write(pending)
            except sqlite3.OperationalError:
                with self._lock:
                    self._pending = {**pending, **self._pending}
                raise

    def left(self) -> list[LiveState]:
        """What another process left since the machine started, oldest first. Reads the disk. States nobody can unseal
        (the key is another's) are passed over.
        """
        found = []
        with closing(open_for_reading(self._path)) as db:
            query = "select * from live_states where kind = ? and boot = ? order by at"
            for row in db.query(query, (self._kind, self._boot)):
                try:
                    data = self._unseal(row["data"])
                except ValueError:
                    continue
                found.append(LiveState(row["id"], datetime.fromisoformat(row["at"]), data))
        return found

    def clear(self) -> None:
        """Forget everything of this kind: whoever could take it up has done so."""
        with self._writing, self._db.atomic():
            self._db.execute("delete from live_states where kind = ?", (self._kind,))

    def sweep(self) -> None:
        """Forget what is from before the machine started."""
        with self._writing, self._db.atomic():
            self._db.execute("delete from live_states where boot <> ?", (self._boot,))

    def close(self) -> None:
        """Write what is left and end the thread."""
        if not self._closing.is_set():
            self._closing.set()
            self._thread.join()
            self.flush()
            self._db.close()

    def _run(self) -> None:
        while not self._closing.wait(self._every_s):
            try:
                self.flush()
            except sqlite3.OperationalError as error:
                self.last_problem = str(error)

    def _write(self, pending: dict[str, bytes | None]) -> None:
        at = format_time(datetime.now(UTC))
        over = [(self._kind, id_) for id_, data in pending.items() if data is None]
        rows = [
            (self._kind, id_, at, self._boot, self._seal(data))
            for id_, data in pending.items()
            if data is not None
        ]
        with self._db.atomic():
            self._db.conn.executemany("delete from live_states where kind = ? and id = ?", over)
            self._db.conn.executemany("insert or replace into live_states values (?, ?, ?, ?, ?)", rows)
        self.written += len(rows)


def boot_id() -> str:
    """Another one after each start of the machine; empty where the system does not say."""
    return BOOT_ID.read_text().strip() if BOOT_ID.exists() else ""
