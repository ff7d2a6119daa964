"""What is new is due the second time; what is written is due at once."""

from __future__ import annotations

from cordboard.restart.marks import Marks


def test_a_new_thing_is_due_when_it_is_asked_for_a_second_time() -> None:
    marks: Marks[str] = Marks()
    marks.add("a")
    assert marks
    assert marks.take() == set()
    marks.add("a")
    assert marks.take() == {"a"}
    assert marks.take() == {"a"}  # it changed again meanwhile
    assert marks.take() == set()
    assert not marks


def test_what_the_disk_knows_is_due_at_once() -> None:
    marks: Marks[str] = Marks()
    marks.written.add("a")
    marks.add("a")
    marks.add("b")
    assert marks.take() == {"a"}


def test_everything_is_everything() -> None:
    marks: Marks[str] = Marks()
    marks.add("a")
    assert marks.take() == set()
    marks.add("b")
    assert marks.take(everything=True) == {"a", "b"}
    assert not marks
