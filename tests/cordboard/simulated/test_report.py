"""The figures as a table and as one object."""

from __future__ import annotations

from acd.simulation.confidence import Interval
from cordboard.simulated.report import as_data, differences_as_data, table
from cordboard.simulated.runs import Figures

ONE = Figures(
    {
        "asa_s": Interval(12.0, 1.0),
        "callbacks": Interval(3.0, 0.5),
        "service_level sales": Interval(0.8, 0.1),
        "occupancy sales": Interval(0.5, None),
    },
    contacts=20,
    contacts_per_minute=300.4,
)


def test_one_object_has_queues_and_groups_and_their_intervals_alike() -> None:
    assert as_data(ONE, plain=False) == {
        "asa_s": 12.0,
        "callbacks": 3.0,
        "queues": {"sales": {"service_level": 0.8}},
        "groups": {"sales": 0.5},
        "contacts": 20,
        "contacts_per_minute": 300,
        "confidence_95": {
            "asa_s": [11.0, 13.0],
            "callbacks": [2.5, 3.5],
            "queues": {"sales": {"service_level": [0.7, 0.9]}},
            "groups": {},
        },
    }
    assert set(as_data(ONE, plain=True)) == {"asa_s", "contacts", "contacts_per_minute", "confidence_95"}


def test_the_table_has_a_column_for_the_difference_and_stars_what_is_sure() -> None:
    change = {"asa_s": Interval(-5.0, 1.0), "callbacks": Interval(0.1, 1.0)}
    headings, rows = table({"a": ONE, "b": ONE}, change, plain=False)
    assert headings == ("figure", "a", "b", "difference")
    assert rows[0] == ("asa_s", "12.0000 ± 1.0000", "12.0000 ± 1.0000", "-5.0000 ± 1.0000 *")
    assert rows[1] == ("callbacks", "3.0 ± 0.5", "3.0 ± 0.5", "0.1 ± 1.0")
    assert rows[3] == ("occupancy sales", "0.5000", "0.5000", "")
    assert rows[-1] == ("contacts_per_minute", "300", "300", "")


def test_differences_say_whether_they_are_some() -> None:
    assert differences_as_data({"asa_s": Interval(-5.0, 1.0), "p_wait": Interval(1.0, None)}) == {
        "asa_s": {"mean": -5.0, "confidence_95": [-6.0, -4.0], "differs": True},
        "p_wait": {"mean": 1.0, "confidence_95": None, "differs": False},
    }
