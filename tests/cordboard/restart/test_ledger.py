"""The ledger gathers while there is something to gather, and one gathering is one moment on the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from cordboard.restart import ledger as ledgers
from cordboard.restart.ledger import Ledger, States, states_of


class Room:
    def __init__(self, *states: dict[str, bytes | None]) -> None:
        self.states = list(states)
        self.everything: list[bool] = []

    @property
    def is_stirred(self) -> bool:
        return bool(self.states)

    def changed(self, now: float, *, everything: bool) -> States:
        assert now > 0
        self.everything.append(everything)
        return self.states.pop(0) if self.states else {}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(states_of(tmp_path / "db", tmp_path / "key"))
    yield made
    made.stop()
    made.close()


def on_disk(ledger: Ledger) -> dict[str, bytes]:
    ledger._states.flush()
    return {state.id: state.data for state in ledger._states.left()}


async def test_one_gathering_of_all_rooms_is_written_at_once(ledger: Ledger) -> None:
    ledger.begin((Room({"a": b"1", "b": b"2"}), Room({"c": b"3"})))
    ledger.gather()
    assert on_disk(ledger) == {"a": b"1", "b": b"2", "c": b"3"}
    ledger.begin((Room({"a": None, "b": b"4"}),))
    ledger.gather(everything=True)
    assert on_disk(ledger) == {"b": b"4", "c": b"3"}
    assert ledger.gather_s > 0


async def test_it_gathers_by_itself_until_nothing_moves(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledgers, "GATHER_S", 0.0)
    room = Room({"a": b"1"}, {"a": b"2"}, {"b": b"1"})
    ledger.begin((room,))
    while room.states:
        await asyncio.sleep(0.001)
    assert on_disk(ledger) == {"a": b"2", "b": b"1"}
    looked = len(room.everything)
    await asyncio.sleep(0.01)
    assert len(room.everything) == looked  # nothing stirred: nobody looks
    room.states.append({"c": b"1"})
    ledger.stir()
    while room.states:
        await asyncio.sleep(0.001)
    assert "c" in on_disk(ledger)


async def test_before_it_begins_and_after_it_stops_nothing_is_gathered(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledgers, "GATHER_S", 0.0)
    ledger.stir()
    room = Room({"a": b"1"}, {"b": b"1"})
    ledger.begin((room,))
    ledger.stop()
    ledger.stir()
    await asyncio.sleep(0.005)
    assert on_disk(ledger) == {}


def test_nothing_is_readable_on_the_disk_and_the_key_is_the_owners(tmp_path: Path) -> None:
    states = states_of(tmp_path / "db", tmp_path / "key")
    states.put("a", b"4711")
    states.close()
    files = [path.read_bytes() for path in tmp_path.iterdir() if path.name.startswith("db")]
    assert not any(b"4711" in data for data in files)
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0
    (tmp_path / "key").unlink()
    other = states_of(tmp_path / "db", tmp_path / "key")
    assert other.left() == []
    other.close()
