"""One process controls a data folder; another one asks it to restart."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cordboard.restart.control import RESTART, TAKE_S, Control, NotRunning, Taken


class Clock:
    """Time goes by when somebody sleeps; `then` happens at the first sleep."""

    def __init__(self) -> None:
        self.now = 0.0
        self.then = [lambda: None]

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.then:
            self.then.pop()()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def control(tmp_path: Path, clock: Clock) -> Iterator[Control]:
    made = Control(tmp_path / "run", clock=lambda: clock.now, sleep=clock.sleep)
    yield made
    made.give_up()


def another(tmp_path: Path, clock: Clock) -> Control:
    return Control(tmp_path / "run", clock=lambda: clock.now, sleep=clock.sleep)


def test_a_second_one_is_told_who_the_first_is(control: Control, tmp_path: Path, clock: Clock) -> None:
    control.take()
    with pytest.raises(Taken, match=f"process {os.getpid()} serves"):
        another(tmp_path, clock).take()
    assert clock.now > TAKE_S


def test_a_second_one_waits_for_one_that_is_just_ending(
    control: Control, tmp_path: Path, clock: Clock
) -> None:
    control.take()
    clock.then = [control.give_up]
    second = another(tmp_path, clock)
    second.take()
    second.give_up()
    assert 0 < clock.now < TAKE_S


def test_a_restart_is_a_signal_and_ends_when_callers_are_served_again(
    control: Control, tmp_path: Path, clock: Clock
) -> None:
    control.take()
    control.say_started()
    killed: list[tuple[int, int]] = []

    def again() -> None:
        control.give_up()
        control.take()
        control.say_started()

    clock.then = [again]
    problem = another(tmp_path, clock).restart(5.0, kill=lambda *said: killed.append(said))
    assert (problem, killed) == ("", [(os.getpid(), RESTART)])


def test_a_refusal_is_passed_on_and_does_not_spoil_the_next_restart(
    control: Control, tmp_path: Path, clock: Clock
) -> None:
    control.take()
    control.say_started()
    asker = another(tmp_path, clock)
    clock.then = [lambda: control.say_refused("line.yaml:5:7: no such queue")]
    assert asker.restart(5.0, kill=lambda *_: None) == "line.yaml:5:7: no such queue"
    clock.then = [control.say_started]
    assert asker.restart(5.0, kill=lambda *_: None) == ""


def test_nobody_there_is_said(control: Control, tmp_path: Path, clock: Clock) -> None:
    killed: list[int] = []
    with pytest.raises(NotRunning, match="no server runs on"):
        control.restart(5.0, kill=lambda pid, _: killed.append(pid))
    control.take()
    control.give_up()  # its process died: the file is still there
    with pytest.raises(NotRunning, match="no server runs on"):
        another(tmp_path, clock).restart(5.0, kill=lambda pid, _: killed.append(pid))
    assert killed == []


def test_one_that_does_not_come_back_is_said(control: Control, tmp_path: Path, clock: Clock) -> None:
    control.take()
    with pytest.raises(NotRunning, match="did not come back within 5 s"):
        another(tmp_path, clock).restart(5.0, kill=lambda *_: None)
