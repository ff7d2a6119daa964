"""From spool to list, on real files, with a real child process; and what a crash leaves."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from journal.journal import Journal
from recordings.catalogue import Catalogue
from recordings.store import RecordingError, RecordingFacts, RecordingStore
from tests.recordings.spools import STARTED_AT, stream, tone, write_spool

FACTS = RecordingFacts("call-1", "sales", "ann", datetime(2026, 3, 2, 9, 30, tzinfo=UTC))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[RecordingStore]:
    made = RecordingStore(tmp_path / "recordings", tmp_path / "cordboard.db")
    yield made
    await made.close()


def spool(tmp_path: Path, name: str = "r1") -> Path:
    return write_spool(
        tmp_path / "spools" / f"{name}.spool", stream(0, tone(440, 1)) + stream(1, tone(880, 1))
    )


async def test_finish_makes_lists_and_deletes_the_spool(tmp_path: Path, store: RecordingStore) -> None:
    source = spool(tmp_path)
    recording = await store.finish("r1", source, FACTS)
    assert recording.path == tmp_path / "recordings" / "2026" / "03" / "02" / "r1.wav"
    assert recording.path.stat().st_size == 44 + 4 * 8000
    assert (recording.call, recording.queue, recording.agent) == ("call-1", "sales", "ann")
    assert (recording.started, recording.seconds) == (FACTS.started, 1.0)
    assert not source.exists()
    assert store.list() == [recording]
    assert store.get("r1") == recording
    assert store.get("r2") is None


async def test_finishing_twice_is_finishing_once(tmp_path: Path, store: RecordingStore) -> None:
    first = await store.finish("r1", spool(tmp_path), FACTS)
    again = await store.finish("r1", spool(tmp_path), FACTS)
    assert first == again
    assert len(store.list()) == 1


async def test_many_at_once(tmp_path: Path, store: RecordingStore) -> None:
    done = await asyncio.gather(*(store.finish(f"r{n}", spool(tmp_path, f"r{n}"), FACTS) for n in range(8)))
    assert {recording.id for recording in store.list()} == {recording.id for recording in done}
    assert len(store.list(limit=3)) == 3
    assert len(Catalogue(tmp_path / "cordboard.db").of_call("call-1")) == 8


async def test_a_missing_spool_is_an_error_that_names_it(tmp_path: Path, store: RecordingStore) -> None:
    with pytest.raises(RecordingError, match=r"recording r1: .*nowhere\.spool"):
        await store.finish("r1", tmp_path / "nowhere.spool", FACTS)
    assert store.list() == []


async def test_a_killed_child_is_replaced(tmp_path: Path, store: RecordingStore) -> None:
    await store.finish("r1", spool(tmp_path), FACTS)
    pool = store._workshop._pool
    assert pool is not None
    for pid in list(pool._processes):
        os.kill(pid, signal.SIGKILL)
    await store.finish("r2", spool(tmp_path, "r2"), FACTS)
    assert len(store.list()) == 2


async def test_the_event_loop_goes_on_during_assembly(tmp_path: Path, store: RecordingStore) -> None:
    source = write_spool(tmp_path / "long.spool", stream(0, tone(440, 120)))
    await store.finish("warm", spool(tmp_path), FACTS)
    work = asyncio.ensure_future(store.finish("long", source, FACTS))
    turns = 0
    while not work.done():
        await asyncio.sleep(0)
        turns += 1
    assert work.result().seconds == 120.0
    assert turns > 100


async def test_recovery_finishes_what_a_crash_left_with_what_the_journal_knows(
    tmp_path: Path, store: RecordingStore
) -> None:
    with closing(Journal(tmp_path / "cordboard.db")) as journal:
        journal.append("call.connected", call="call-9", queue="support", agent="bob")
        journal.append("recording.started", call="call-9", recording="r9")
    left = tmp_path / "recordings" / "2026" / ".r9.wav.unfinished"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half a file")
    for name in ("r9", "orphan", "still-running"):
        spool(tmp_path, name)
    (tmp_path / "spools" / "bad.spool").write_bytes(b"nonsense")
    recovery = await store.recover(tmp_path / "spools", running={"still-running"})
    known, orphan = store.get("r9"), store.get("orphan")
    assert known is not None
    assert orphan is not None
    assert (known.call, known.queue, known.agent) == ("call-9", "support", "bob")
    assert known.started == datetime.fromtimestamp(STARTED_AT, UTC)
    assert (orphan.call, orphan.queue) == ("", None)
    assert {recording.id for recording in recovery.recovered} == {"r9", "orphan"}
    assert [path.name for path, _ in recovery.failed] == ["bad.spool"]
    assert sorted(path.name for path in (tmp_path / "spools").iterdir()) == [
        "bad.damaged",
        "still-running.spool",
    ]
    assert not left.exists()
    assert (await store.recover(tmp_path / "spools", running={"still-running"})).failed == ()


async def test_recovery_of_one_that_was_listed_only_clears_the_spool(
    tmp_path: Path, store: RecordingStore
) -> None:
    made = await store.finish("r1", spool(tmp_path), FACTS)
    spool(tmp_path)
    await store.recover(tmp_path / "spools")
    assert store.list() == [made]
    assert list((tmp_path / "spools").iterdir()) == []


def test_a_database_without_recordings_has_an_empty_list(tmp_path: Path) -> None:
    Journal(tmp_path / "cordboard.db").close()
    assert Catalogue(tmp_path / "cordboard.db").list() == []
