"""Finds rows in tables for flows, off the event loop: CSV files, kept in memory until they change; SQLite files,
asked each time.

A CSV file is read once for each key column and again when its time or size differs. An SQLite table may be larger
than memory and has indexes of its own; it is opened read-only for each question. Keys are compared as text, so that
`0123` is not 123.
"""

from __future__ import annotations

import asyncio
import csv
import sqlite3
import threading
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from callflows.values import Value
from ivr.effects import LookUp
from ivr.events import Reply

DEADLINE_S = 4.0
"""Shorter than a flow's patience, so that the reason is told."""
MAX_CSV_BYTES = 50_000_000
MAX_TABLES = 64

Row = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class _Kept:
    stamp: tuple[int, int]
    rows: Mapping[str, Row]


class Tables:
    """The tables that flows look into."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Path, str], _Kept] = {}
        self._lock = threading.Lock()

    async def find(self, order: LookUp) -> Reply:
        """The row, or null; a table that cannot be read is an error in words."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                row = await asyncio.to_thread(self._find, order)
        except TimeoutError:
            return Reply(order.request_id, None, f"{order.file.name} was not read within {DEADLINE_S:g} s")
        except (OSError, ValueError, sqlite3.Error) as error:
            return Reply(order.request_id, None, str(error))
        return Reply(order.request_id, None if row is None else dict(row))

    def _find(self, order: LookUp) -> Row | None:
        if order.file.suffix.lower() == ".csv":
            return self._csv(order.file, order.column).get(order.key)
        return find_in_sqlite(order.file, order.rows, order.column, order.key)

    def _csv(self, file: Path, column: str) -> Mapping[str, Row]:
        status = file.stat()
        stamp = (status.st_mtime_ns, status.st_size)
        if status.st_size > MAX_CSV_BYTES:
            raise ValueError(f"{file.name} is larger than {MAX_CSV_BYTES} bytes: put it into SQLite")
        with self._lock:  # whoever comes meanwhile waits in a thread for the same reading
            kept = self._kept.get((file, column))
            if kept is None or kept.stamp != stamp:
                kept = _Kept(stamp, read_csv(file, column))
                self._kept.pop((file, column), None)
                if len(self._kept) >= MAX_TABLES:
                    self._kept.pop(next(iter(self._kept)))
                self._kept[file, column] = kept
        return kept.rows


def read_csv(file: Path, column: str) -> Mapping[str, Row]:
    """A CSV file with a heading line, by its key column; the first of two rows with the same key counts."""
    rows: dict[str, Row] = {}
    with file.open(newline="", encoding="utf-8-sig") as lines:
        reader = csv.DictReader(lines)
        if column not in (reader.fieldnames or ()):
            raise ValueError(f'{file.name} has no column "{column}"')
        for row in reader:
            rows.setdefault(row[column] or "", {name: row[name] for name in reader.fieldnames or ()})
    return rows


def find_in_sqlite(file: Path, rows: str | None, column: str, key: str) -> Row | None:
    """The row of a table (named like the file if `rows` is None) whose column reads as the key."""
    if not file.is_file():
        raise FileNotFoundError(f"there is no file {file}")
    address = f"{file.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=DEADLINE_S / 2)) as database:
        database.row_factory = sqlite3.Row
        # An unknown name in double quotes would be taken for text by SQLite; asked of the table, it is not.
        names = [
            str(row["name"])
            for row in database.execute("select name from pragma_table_info(?)", (rows or file.stem,))
        ]
        if column not in names:
            raise ValueError(f'{file.name} has no table "{rows or file.stem}" with a column "{column}"')
        # Affinity lets the column's own index be used for a key that is text; the comparison as text decides.
        where = f"select * from {_quoted(rows or file.stem)} where {_quoted(column)} = ?"
        for row in database.execute(where, (key,)):
            if str(row[column]) == key:
                return {name: _value(row[name]) for name in names}
    return None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _value(value: object) -> Value:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    assert value is None or isinstance(value, str | int | float)
    return value
