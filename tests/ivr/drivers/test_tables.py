"""Tables as flows look into them: real files."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ivr.drivers import tables
from ivr.drivers.tables import Tables
from ivr.effects import LookUp


def order(file: Path, key: str, rows: str | None = None, column: str = "number") -> LookUp:
    return LookUp("r1", file, rows, column, key)


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    file = tmp_path / "customers.csv"
    file.write_text("number,name\n0123,Ada\n123,Grace\n")
    return file


@pytest.fixture
def database(tmp_path: Path) -> Path:
    file = tmp_path / "orders.db"
    with closing(sqlite3.connect(file)) as db:
        db.executescript(
            "create table orders (number integer, state text, note blob);"
            "insert into orders values (7, 'sent', x'c3a9'), (8, null, null);"
            'create table "odd ""name" (number text); insert into "odd ""name" values (\'0123\');'
        )
    return file


async def test_a_row_is_found_by_the_text_of_its_key(customers: Path) -> None:
    found = Tables()
    assert (await found.find(order(customers, "0123"))).value == {"number": "0123", "name": "Ada"}
    assert (await found.find(order(customers, "123"))).value == {"number": "123", "name": "Grace"}
    reply = await found.find(order(customers, "9"))
    assert (reply.value, reply.error) == (None, None)


async def test_a_csv_file_is_read_once_until_it_changes(
    customers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings: list[Path] = []
    read = tables.read_csv

    def counted(file: Path, column: str) -> object:
        readings.append(file)
        return read(file, column)

    monkeypatch.setattr(tables, "read_csv", counted)
    found = Tables()
    for _ in range(3):
        await found.find(order(customers, "123"))
    assert len(readings) == 1
    customers.write_text("number,name\n123,Barbara\n")
    os.utime(customers, ns=(1, 1))
    reply = await found.find(order(customers, "123"))
    assert reply.value == {"number": "123", "name": "Barbara"}
    assert len(readings) == 2


async def test_sqlite_is_asked_by_key(database: Path) -> None:
    found = Tables()
    reply = await found.find(order(database, "7"))
    assert reply.value == {"number": 7, "state": "sent", "note": "é"}
    assert (await found.find(order(database, "07"))).value is None
    assert (await found.find(order(database, "9"))).value is None
    assert (await found.find(order(database, "0123", 'odd "name'))).value == {"number": "0123"}


async def test_what_cannot_be_read_is_told_in_words(database: Path, customers: Path, tmp_path: Path) -> None:
    found = Tables()
    for wrong, words in [
        (order(tmp_path / "none.csv", "7"), "none.csv"),
        (order(tmp_path / "none.db", "7"), "there is no file"),
        (order(customers, "7", column="id"), 'customers.csv has no column "id"'),
        (order(database, "7", column="id"), 'orders.db has no table "orders" with a column "id"'),
        (order(database, "7", "shop"), 'no table "shop"'),
    ]:
        reply = await found.find(wrong)
        assert reply.value is None
        assert words in str(reply.error)
    (tmp_path / "broken.db").write_text("this is no database, whatever its name says")
    assert (await found.find(order(tmp_path / "broken.db", "7"))).error == "file is not a database"
