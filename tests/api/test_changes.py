"""States, and what is sent between them."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.changes import advance, change_message, snapshot_message
from api.live import LiveState
from api.schema import AlertView, QueueView


def test_time_alone_is_no_change(system: Any) -> None:
    first = advance(None, system.snapshot())
    system.advance(30)
    system.put_queue("support", waiting=1, longest_wait_s=34.0)

    assert advance(first, system.snapshot()) is first


def test_a_new_beginning_of_the_same_state_is_a_change(system: Any) -> None:
    first = advance(None, system.snapshot())
    system.advance(30)
    system.put_queue("support", waiting=1, longest_wait_s=34.0)
    system.put_agent("ada")  # available again: since now

    change = change_message(first, advance(first, system.snapshot()))

    assert [agent.since_s for agent in change.upserts.agents] == [0.0]
    assert not change.upserts.calls
    assert not change.upserts.queues


def test_only_what_differs_is_sent(system: Any) -> None:
    system.put_call("c2")
    first = advance(None, system.snapshot())
    system.advance(2)
    del system.calls_live["c2"]
    system.put_call("c3", "in flow")

    change = change_message(first, advance(first, system.snapshot()))

    assert [call.id for call in change.upserts.calls] == ["c3"]
    assert change.removals.calls == ("c2",)
    assert (change.follows, change.sequence) == (1, 2)
    assert change.upserts.server is None
    assert not change.upserts.agents


def test_a_skipped_state_is_merged_and_durations_are_as_of_the_message(system: Any) -> None:
    first = advance(None, system.snapshot())
    system.put_call("c2")
    second = advance(first, system.snapshot())
    system.advance(7)
    system.put_call("c3")
    third = advance(second, system.snapshot())

    change = change_message(first, third)

    assert {call.id: call.since_s for call in change.upserts.calls} == {"c2": 7.0, "c3": 0.0}
    assert change.follows == first.sequence
    assert change.sequence == third.sequence


def test_a_snapshot_says_durations_as_of_its_own_time(system: Any) -> None:
    first = advance(None, system.snapshot())
    system.advance(10)
    system.server = system.server.model_copy(update={"calls_total": 9})
    system.put_queue("support", waiting=1, longest_wait_s=14.0)

    message = snapshot_message(advance(first, system.snapshot()))

    assert message.snapshot.calls[0].since_s == pytest.approx(10.0)
    assert message.snapshot.queues[0].longest_wait_s == pytest.approx(14.0)
    assert message.snapshot.server.calls_total == 9


def test_a_queue_that_empties_changes_and_then_rests(system: Any) -> None:
    first = advance(None, system.snapshot())
    system.put_queue("support")
    second = advance(first, system.snapshot())
    system.advance(100)

    assert second is not first
    assert advance(second, system.snapshot()) is second


RowSets = st.lists(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 3)), min_size=1, max_size=6)


@given(RowSets, st.data())
def test_any_path_of_changes_leads_to_the_newest_state(
    system_factory: Any, row_sets: list[dict[str, int]], data: st.DataObject
) -> None:
    system = system_factory()
    states = []
    for rows in row_sets:
        system.queues = {id_: QueueView(id=id_, name=id_, offered=count) for id_, count in rows.items()}
        system.advance(1)
        states.append(advance(states[-1] if states else None, system.snapshot()))
    read = sorted({0, len(states) - 1} | data.draw(st.sets(st.integers(0, len(states) - 1))))

    live = LiveState()
    live.apply(snapshot_message(states[0]), now=0.0)
    for before, after in itertools.pairwise(read):
        live.apply(change_message(states[before], states[after]), now=float(after))

    assert {id_: row.view.offered for id_, row in live.queues.items()} == row_sets[-1]


def test_alerts_come_count_and_go(system: Any) -> None:
    first = advance(None, system.snapshot())
    alert = AlertView(id="a1", at=system.now, kind="repaired", about="c1", text="was apart")
    other = alert.model_copy(update={"id": "a2"})
    system.alerts = [alert, other]
    second = advance(first, system.snapshot())
    assert change_message(first, second).upserts.alerts == (alert, other)
    again = alert.model_copy(update={"times": 2})
    system.alerts = [other, again]
    third = advance(second, system.snapshot())
    assert change_message(second, third).upserts.alerts == (again,)
    live = LiveState()
    for message in (snapshot_message(second), change_message(second, third)):
        live.apply(message, 0.0)
    assert list(live.alerts.values()) == [other, again]
    system.alerts = [again]
    fourth = advance(third, system.snapshot())
    live.apply(change_message(third, fourth), 0.0)
    assert list(live.alerts.values()) == [again]
    assert advance(fourth, system.snapshot()) is fourth
