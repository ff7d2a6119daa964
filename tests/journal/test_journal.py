"""The journal on a real file: what is appended is there, in order, for this process and another."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from journal.journal import Journal
from journal.reading import JournalReader
from journal.schema import NoJournal, open_for_reading
from journal.writer import JournalError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "cordboard.db"


def test_history_of_a_call_in_order_with_its_data(path: Path) -> None:
    with closing(Journal(path)) as journal:
        at = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
        journal.append("call.arrived", call="c1", at=at, caller="alice", called="100")
        journal.append("call.arrived", call="c2", caller="bob")
        journal.append("flow.step", call="c1", data={"nested": [1, 2.5, None, True]})
        journal.append("server.note")
        journal.flush()
        first, second = journal.history("c1")
        assert (first.kind, first.at, first.call) == ("call.arrived", at, "c1")
        assert first.data == {"caller": "alice", "called": "100"}
        assert second.data == {"data": {"nested": [1, 2.5, None, True]}}
        assert first.id < second.id
        assert journal.history("nobody") == []


def test_other_time_zones_become_utc_and_no_time_zone_is_refused(path: Path) -> None:
    with closing(Journal(path)) as journal:
        journal.append("x", call="c", at=datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=2))))
        with pytest.raises(ValueError, match="x: the time 2026-01-01 00:00:00 has no time zone"):
            journal.append("x", call="c", at=datetime(2026, 1, 1))
        journal.flush()
        assert journal.history("c")[0].at == datetime(2025, 12, 31, 23, tzinfo=UTC)


def test_odd_bytes_from_the_network_do_not_stop_the_journal(path: Path) -> None:
    with closing(Journal(path)) as journal:
        journal.append("call.arrived", call="c\udcff", caller="al\udcffice", more=["\udcfe", {"k\udcff": 1}])
        journal.flush()
        event = journal.history("c?")[0]
        assert event.data == {"caller": "al?ice", "more": ["?", {"k?": 1}]}


def test_data_is_taken_as_it_is_when_appended(path: Path) -> None:
    with closing(Journal(path)) as journal:
        skills = {"tax": 3}
        journal.append("queue.joined", call="c", skills=skills)
        skills["tax"] = 9
        journal.flush()
        assert journal.history("c")[0].data == {"skills": {"tax": 3}}
        with pytest.raises(TypeError):
            journal.append("x", what=object())  # type: ignore[arg-type]


def test_another_process_reads_beside_the_running_writer(path: Path) -> None:
    with closing(Journal(path)) as journal:
        journal.append("call.arrived", call="c1", caller="alice", called="100")
        journal.flush()
        script = (
            "import sys; from pathlib import Path; from journal.reading import JournalReader;"
            "print(JournalReader(Path(sys.argv[1])).calls(5)[0].caller)"
        )
        output = subprocess.run(
            [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True, timeout=60
        )
        assert output.stdout.strip() == "alice"
        journal.append("call.ended", call="c1")
        journal.flush()
        assert len(journal.history("c1")) == 2


def test_readers_cannot_write(path: Path) -> None:
    Journal(path).close()
    with closing(open_for_reading(path)) as db, pytest.raises(sqlite3.OperationalError, match="readonly"):
        db.execute("DELETE FROM events")


def test_everything_appended_survives_close_and_the_log_goes_on(path: Path) -> None:
    with closing(Journal(path)) as journal:
        for number in range(5000):
            journal.append("tick", call="c", number=number)
    assert [event.data["number"] for event in JournalReader(path).history("c")] == list(range(5000))
    with closing(Journal(path)) as journal:
        journal.append("tick", call="c", number=5000)
    assert len(JournalReader(path).history("c")) == 5001


def test_append_from_many_threads_loses_nothing(path: Path) -> None:
    with closing(Journal(path)) as journal:
        threads = [
            threading.Thread(target=lambda: [journal.append("tick", call="c") for _ in range(500)])
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        journal.flush()
        assert len(journal.history("c")) == 2000
        assert journal.counters.written == 2000


def test_a_full_queue_drops_counts_and_says_so_in_the_log(path: Path) -> None:
    with closing(Journal(path, capacity=10, linger_s=0.5)) as journal:
        for number in range(500):
            journal.append("tick", call="c", number=number)
        dropped = journal.counters.dropped
        journal.flush()
        assert 0 < dropped < 500
        assert len(journal.history("c")) == 500 - dropped
        assert [event.data for event in JournalReader(path).of_kind("journal.gap")] == [{"dropped": dropped}]


def test_a_locked_database_is_waited_for_and_nothing_is_lost(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("journal.schema.BUSY_TIMEOUT_S", 0.0)
    monkeypatch.setattr("journal.writer.RETRY_S", 0.01)
    with closing(Journal(path, linger_s=0.0)) as journal, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        journal.append("tick", call="c")
        with pytest.raises(TimeoutError, match=r"not flushed within 0\.2 s: database is locked"):
            journal.flush(timeout_s=0.2)
        other.rollback()
        journal.flush()
        assert len(journal.history("c")) == 1
        assert journal.counters.retries > 0


def test_closing_on_a_locked_database_says_what_was_lost(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("journal.schema.BUSY_TIMEOUT_S", 0.0)
    monkeypatch.setattr("journal.writer.RETRY_S", 0.01)
    journal = Journal(path, linger_s=0.0)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        journal.append("tick", call="c")
        with pytest.raises(JournalError, match="journal: 1 events not written: database is locked"):
            journal.close()
    journal.close()


def test_after_close_append_is_refused_and_close_and_flush_are_harmless(path: Path) -> None:
    journal = Journal(path)
    journal.close()
    journal.close()
    journal.flush()
    with pytest.raises(JournalError, match="the journal is closed"):
        journal.append("late")


def test_no_journal_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(NoJournal, match=r"nothing\.db: no journal here"):
        JournalReader(tmp_path / "nothing.db").calls()
