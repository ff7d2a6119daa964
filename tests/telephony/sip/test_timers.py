"""The timer queue and the RFC's values."""

from __future__ import annotations

from telephony.sip.timers import TimerQueue, Timers


class Recorder:
    def __init__(self) -> None:
        self.fired: list[tuple[int, float]] = []

    def timer_fired(self, timer: int, now: float) -> None:
        self.fired.append((timer, now))


def test_timers_fire_in_order_and_once() -> None:
    queue, recorder = TimerQueue(), Recorder()
    for at, timer in ((3.0, 3), (1.0, 1), (2.0, 2), (1.0, 11)):
        queue.start(at, recorder, timer)
    assert queue.next() == 1.0
    queue.fire(2.0)
    assert recorder.fired == [(1, 2.0), (11, 2.0), (2, 2.0)]
    queue.fire(2.5)
    assert (len(queue), queue.next()) == (1, 3.0)
    queue.fire(9.0)
    assert (len(queue), queue.next()) == (0, None)


def test_a_timer_started_by_a_timer_fires_too_when_due() -> None:
    queue = TimerQueue()
    recorder = Recorder()

    class Chain:
        def timer_fired(self, timer: int, now: float) -> None:
            queue.start(now, recorder, timer + 1)

    queue.start(1.0, Chain(), 1)
    queue.fire(5.0)
    assert recorder.fired == [(2, 5.0)]


def test_the_rfcs_values() -> None:
    timers = Timers()
    assert (timers.t1, timers.t2, timers.t4, timers.sixty_four_t1) == (0.5, 4.0, 5.0, 32.0)
