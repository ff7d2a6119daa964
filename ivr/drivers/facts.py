"""Facts about callers, kept between calls in the table `facts` of the journal's database.

    facts(about, name, value, until)    value is JSON; until is seconds since 1970, null for good

One thread writes and reads, in the order in which it was asked: what a flow remembers, the next step can recall. A
fact whose time is over is never told, and is deleted some time later.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import msgspec
import structlog
from sqlite_utils import Database, Migrations

from callflows.values import Value
from ivr.effects import RecallFacts, RememberFacts
from ivr.events import Reply
from journal.schema import open_for_writing

log = structlog.get_logger(__name__)

DEADLINE_S = 4.0
"""Shorter than a flow's patience, so that the reason is told."""
SWEEP_EVERY_S = 3600.0

migrations = Migrations("facts")


@migrations()
def create_facts(db: Database) -> None:
    """The table."""
    db.table("facts").create(
        {"about": str, "name": str, "value": str, "until": float},
        pk=("about", "name"),
        not_null={"value"},
    )
    db.table("facts").create_index(["until"])


class Facts:
    """The memory of a server's flows; `now` is seconds since 1970."""

    def __init__(self, database: Path, *, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._next_sweep = now()
        self._db = open_for_writing(database)
        migrations.apply(self._db)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="facts")

    def remember(self, order: RememberFacts) -> None:
        """Keep facts; returns at once. Should the disk refuse, that is logged."""
        now = self._now()
        until = None if order.for_s is None else now + order.for_s
        rows: list[dict[str, object]] = [
            {"about": order.about, "name": name, "value": msgspec.json.encode(value).decode(), "until": until}
            for name, value in order.facts.items()
        ]
        self._thread.submit(self._write, rows, now).add_done_callback(_complain)

    async def recall(self, order: RecallFacts) -> Reply:
        """Those of the facts that are known and not over."""
        asked = self._thread.submit(self._read, order.about, order.names, self._now())
        try:
            async with asyncio.timeout(DEADLINE_S):
                return Reply(order.request_id, await asyncio.wrap_future(asked))
        except TimeoutError:
            return Reply(order.request_id, None, f"the facts were not read within {DEADLINE_S:g} s")
        except sqlite3.Error as error:
            return Reply(order.request_id, None, str(error))

    def forget(self, about: str) -> None:
        """Delete every fact about somebody, as they may ask."""
        self._thread.submit(self._delete, about).add_done_callback(_complain)

    def close(self) -> None:
        """Write what is left and let go of the database. Waits for the disk: not on the event loop."""
        self._thread.shutdown()
        self._db.close()

    def _write(self, rows: list[dict[str, object]], now: float) -> None:
        with self._db.atomic():
            self._db.table("facts").upsert_all(rows, pk=("about", "name"))
            if now >= self._next_sweep:
                self._next_sweep = now + SWEEP_EVERY_S
                self._db.execute("delete from facts where until <= ?", (now,))

    def _read(self, about: str, names: tuple[str, ...], now: float) -> Value:
        marks = ",".join("?" * len(names))
        found = self._db.query(
            f"select name, value from facts where about = ? and name in ({marks}) and (until is null or until > ?)",
            (about, *names, now),
        )
        return {str(row["name"]): msgspec.json.decode(str(row["value"])) for row in found}

    def _delete(self, about: str) -> None:
        with self._db.atomic():
            self._db.execute("delete from facts where about = ?", (about,))


def _complain(done: Future[None]) -> None:
    if (error := done.exception()) is not None:
        log.error("facts.not_kept", why=repr(error))
