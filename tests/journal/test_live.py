"""Live states: the last one counts, what is over is gone, a crash leaves what was written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from journal import live
from journal.live import LiveStates

NEVER = 3600.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "db"


@pytest.fixture
def states(path: Path) -> Iterator[LiveStates]:
    made = LiveStates(path, "run", every_s=NEVER)
    yield made
    made.close()


def test_only_the_newest_state_is_written_and_what_is_over_is_gone(states: LiveStates) -> None:
    for n in range(1000):
        states.put("a", b"%d" % n)
    states.put("b", b"x")
    states.flush()
    assert states.written == 2
    assert [(state.id, state.data) for state in states.left()] == [("a", b"999"), ("b", b"x")]
    states.put("b", b"y")
    states.remove("b")
    states.flush()
    assert [state.id for state in states.left()] == ["a"]


def test_another_process_finds_what_was_written_of_its_kind(states: LiveStates, path: Path) -> None:
    states.put("a", b"1")
    states.flush()
    again, other = LiveStates(path, "run", every_s=NEVER), LiveStates(path, "leg", every_s=NEVER)
    assert [state.data for state in again.left()] == [b"1"]
    assert other.left() == []
    again.clear()
    assert again.left() == []
    again.close()
    other.close()


def test_closing_writes_what_is_left(path: Path) -> None:
    made = LiveStates(path, "run", every_s=NEVER)
    made.put("a", b"1")
    made.close()
    assert made.left()[0].data == b"1"


def test_the_thread_writes_by_itself(path: Path) -> None:
    made = LiveStates(path, "run", every_s=0.001)
    made.put("a", b"1")
    for _ in range(5000):
        if made.written:
            break
        made._closing.wait(0.001)
    made.close()
    made.close()
    assert made.written == 1


def test_states_from_before_the_machine_started_again_are_nobodys(
    states: LiveStates, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states.put("a", b"1")
    states.flush()
    monkeypatch.setattr(live, "boot_id", lambda: "another")
    again = LiveStates(path, "run", every_s=NEVER)
    assert again.left() == []
    again.close()


def test_sealed_states_are_not_readable_in_the_database(path: Path) -> None:
    def unseal(data: bytes) -> bytes:
        if not data.startswith(b"sealed"):
            raise ValueError("another key")
        return data[:5:-1]

    plain = LiveStates(path, "run", every_s=NEVER)
    plain.put("b", b"not sealed")
    plain.flush()
    states = LiveStates(path, "run", seal=lambda data: b"sealed" + data[::-1], unseal=unseal, every_s=NEVER)
    states.put("a", b"4711")
    states.flush()
    assert [state.data for state in states.left()] == [b"4711"]
    plain.close()
    states.close()


def test_several_at_once_are_written_together(states: LiveStates) -> None:
    states.put("b", b"old")
    states.flush()
    states.put_all({"a": b"1", "b": None})
    states.flush()
    assert [state.id for state in states.left()] == ["a"]


def test_what_is_from_before_the_machine_started_is_swept(
    states: LiveStates, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states.put("a", b"1")
    states.flush()
    monkeypatch.setattr(live, "boot_id", lambda: "another start")
    again = LiveStates(path, "run", every_s=NEVER)
    again.put("b", b"2")
    again.flush()
    again.sweep()
    assert [state.id for state in again.left()] == ["b"]
    assert states.left() == []
    again.close()
