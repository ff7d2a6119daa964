"""Traffic files: YAML and CSV, what they mean, and how their mistakes are said."""

from __future__ import annotations

import random
from datetime import datetime
from pathlib import Path

import pytest

from acd.model import Agent
from acd.simulation.distributions import Distribution, Shape
from acd.simulation.workload import Shift
from cordboard.config import ConfigurationProblems
from cordboard.simulated.traffic import traffic
from cordboard.simulated.traffic_file import ContactsSettings, load_traffic, quarterly
from cordboard.simulated.workloads import Workload

TALK = Distribution(Shape.FIXED, 100)


def written(tmp_path: Path, text: str, name: str = "day.traffic.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def workload(path: Path) -> Workload:
    return traffic(path, TALK, None)


def test_rates_hold_until_the_next_and_time_begins_when_anything_does(tmp_path: Path) -> None:
    text = """
    contacts:
      - queue: q
        arrivals: {"09:00": 400/h, "09:30": 0/h, "10:00": 800/h, "10:15": 0/h}
        patience: {shape: fixed, mean: 30s}
        skills: {tax: 3}
        priority: 2
        wrap_up: {shape: fixed, mean: 7s}
    """
    found = workload(written(tmp_path, text))
    days = [list(found.records(random.Random(seed))) for seed in range(20)]
    quarters = [sum(each.at_s // 900 == n for day in days for each in day) / 20 for n in range(6)]
    assert quarters == pytest.approx([100, 100, 0, 0, 200, 0], rel=0.1)
    one = days[0][0]
    assert (one.queue, one.talk_s, one.patience_s, one.wrap_up_s) == ("q", 100, 30, 7)
    assert (one.skills, one.priority) == ({"tax": 3}, 2)
    assert found.queues == {"q"}


def test_what_a_kind_leaves_out_is_as_at_the_top(tmp_path: Path) -> None:
    text = """
    talk: {shape: history, seen: [10s]}
    patience: {shape: fixed, mean: 20s}
    answer: 4s
    callbacks: {offered_after: 1m, taken: 0.5, reached: 0.25, branches: [call]}
    contacts:
      - {queue: a, arrivals: {"00:00": 100/h}}
      - {queue: b, arrivals: {"00:00": 100/h}, talk: {shape: fixed, mean: 30s}}
    """
    found = workload(written(tmp_path, text))
    lengths = {(each.queue, each.talk_s, each.patience_s) for each in found.records(random.Random(1))}
    assert lengths == {("a", 10, 20), ("b", 30, 20)}
    habits = found.callbacks
    assert (habits.offered_after_s, habits.taken, habits.reached, habits.branches) == (
        60,
        0.5,
        0.25,
        {"call"},
    )
    assert found.answer_s == 4
    agents = [Agent("x", "", {}, ("a",), static=True)]
    assert found.staffing(agents) == (agents, [])


def test_shifts_name_agents_and_say_who_is_off(tmp_path: Path) -> None:
    text = """
    contacts: [{queue: q, arrivals: {"09:00": 10/h}}]
    shifts:
      - {agents: ["a*"], from: "08:30", to: "12:00"}
      - {agents: [b], from: "10:00", to: "24:00"}
    """
    found = workload(written(tmp_path, text))
    agents = [Agent(name, "", {}, ("q",), static=True) for name in ("a1", "a2", "b", "c")]
    staff, shifts = found.staffing(agents)
    assert shifts == [Shift("a1", 0, 12_600), Shift("a2", 0, 12_600), Shift("b", 5400, 55_800)]
    assert not any(agent.static for agent in staff)
    assert min(each.at_s for each in found.records(random.Random(1))) >= 1800
    with pytest.raises(ValueError, match=r'no agent "a\*"'):
        found.staffing(agents[2:])


def test_a_csv_file_has_contacts_by_the_quarter_of_an_hour(tmp_path: Path) -> None:
    path = written(tmp_path, "time,sales,help\n08:00,12,3\n08:15,0,\n08:30,4.5,1\n", "day.csv")
    found = load_traffic(path)
    sales, support = (quarterly(each, tmp_path) for each in found.contacts)
    assert [each.queue for each in found.contacts] == ["sales", "help"]
    assert (sales[32:36], sum(sales)) == ([12, 0, 4.5, 0], 16.5)
    assert support[32:35] == [3, 0, 1]
    named = ContactsSettings(queue="help", arrivals="day.csv")
    assert quarterly(named, tmp_path) == support
    assert workload(path).queues == {"sales", "help"}


@pytest.mark.parametrize(("text", "expected"), [
    ("time,sales\n8 o'clock,1\n08:10,2\n08:15,-3\n08:30,many\n", [
        "day.csv:2:1: sales: expected a time of day",
        "day.csv:3:1: sales: expected a time on a quarter of an hour",
        'day.csv:4:1: sales: expected a number of contacts, got "-3"',
        "day.csv:5:1: sales: could not convert",
    ]),
    ("sales\n1\n", ["day.csv:1:1: expected a column time"]),
    ("", ["day.csv:1:1: expected a column time"]),
])  # fmt: skip
def test_mistakes_in_a_csv_file_are_named_by_line(tmp_path: Path, text: str, expected: list[str]) -> None:
    path = written(tmp_path, text, "day.csv")
    with pytest.raises(ConfigurationProblems) as caught:
        workload(path)
    said = str(caught.value)
    assert all(each in said for each in expected), said


@pytest.mark.parametrize(("text", "expected"), [
    ("contacts: [{queue: q, arrivals: {'08:10': 1/h}}]", "on a quarter of an hour"),
    ("contacts: [{queue: q, arrivals: {'08:00': 12}}]", "expected a rate"),
    ("contacts: [{queue: q, arrivals: {'08:00': 1/h}, talk: {spread: 2}}]", "a mean of more than 0s"),
    ("contacts: [{queue: q, arrivals: {'08:00': 1/h}, talk: {seen: [1m]}}]", "belong to the shape history"),
    ("contacts: []", "contacts"),
    ("contacts: [{queue: q, arrivals: {'08:00': 1/h}}]\nshifts: [{agents: [a], from: '9:00', to: '8:00'}]",
     "ends after it begins"),
    ("contacts: [{queue: q, arrivals: {'08:00': 1/h}, tolk: 1m}]", 'there is no option "tolk"'),
    ("contacts: [{queue: q, arrivals: none.csv}]", "none.csv:1:1: cannot be read"),
    ("contacts: {", "day.traffic.yaml"),
    ("day: monday\ncontacts: [{queue: q, arrivals: {'08:00': 1/h}}]", 'a day such as "2026-11-23"'),
])  # fmt: skip
def test_mistakes_in_a_traffic_file_are_said_with_their_place(
    tmp_path: Path, text: str, expected: str
) -> None:
    with pytest.raises(ConfigurationProblems, match=expected):
        workload(written(tmp_path, text))


def test_a_day_without_anybody_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nobody ever rings"):
        workload(written(tmp_path, "contacts: [{queue: q, arrivals: {'08:00': 0/h}}]"))


def test_a_column_that_is_missing_is_named(tmp_path: Path) -> None:
    written(tmp_path, "time,sales\n08:00,1\n", "day.csv")
    with pytest.raises(ConfigurationProblems, match='no column "q"'):
        workload(written(tmp_path, "contacts: [{queue: q, arrivals: day.csv}]"))


def test_a_day_of_the_calendar_begins_with_its_first_quarter(tmp_path: Path) -> None:
    text = "day: '2026-11-23'\ncontacts: [{queue: q, arrivals: {'09:00': 1/h}}]"
    found = workload(written(tmp_path, text))
    assert found.began_at == datetime(2026, 11, 23, 9).astimezone()
    assert found.lasts_s == 15 * 3600
    assert workload(written(tmp_path, text.partition("\n")[2])).began_at is None
