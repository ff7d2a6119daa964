"""Made time."""

from __future__ import annotations

from acd.simulation.agenda import Agenda


def test_actions_come_in_the_order_of_their_time_and_then_of_entry() -> None:
    agenda, done = Agenda(), list[str]()
    agenda.later(5, lambda: done.append("c"))
    agenda.later(2, lambda: done.append("a"))
    agenda.later(2, lambda: done.append("b"))
    assert agenda.next() == 2
    while agenda.next() is not None:
        agenda.step()
    assert (done, agenda.now) == (["a", "b", "c"], 5)
