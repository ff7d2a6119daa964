"""How the database is opened: several may write to it, and nobody is turned away for having read first."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from journal.schema import NoJournal, open_for_reading, open_for_writing


def test_a_transaction_has_the_lock_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "cordboard.db"
    with closing(open_for_writing(path)) as db, closing(sqlite3.connect(path, timeout=0)) as other:
        db.execute("CREATE TABLE t (n)")
        with db.atomic():
            assert list(db.query("SELECT * FROM t")) == []
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("INSERT INTO t VALUES (1)")
            db.table("t").insert({"n": 2})
        other.rollback()
        with other:
            other.execute("INSERT INTO t VALUES (3)")
        assert [row["n"] for row in db.query("SELECT n FROM t ORDER BY n")] == [2, 3]


def test_a_reader_needs_a_journal(tmp_path: Path) -> None:
    with pytest.raises(NoJournal, match="has the server run"):
        open_for_reading(tmp_path / "none.db")
