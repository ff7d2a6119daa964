"""Queues as people write them: what reaches the router, and where mistakes are pointed out."""

from __future__ import annotations

from pathlib import Path

import pytest

from acd.model import Strategy
from acd.queue_rules import OverflowTo, OverflowWhen
from cordboard import wiring
from cordboard.config import ConfigurationProblems, load_configuration

FLOW = "flow: main\nstart: main\nsections:\n  main:\n    - hangup: normal\n"
WHOLE = """\
numbers: {"1": main}
priority_step: 30s
queues:
  sales:
    strategy: most skilled
    ring_width: 2
    max_wait: 10m
    regain: 2m
    skills: {french: 6}
    ladder:
      - {after: 30s, levels: {french: 3}}
      - {after: 1m, levels: {french: 0}, join: [help], priority: 1}
    overflow:
      - {waited: 5m, queue: help}
      - {name: busy, size: 20, branch: busy}
      - {expression: "position > 3 and waited_s > 10", branch: later}
  help: {}
"""


def load(folder: Path, settings: str) -> object:
    (folder / "cordboard.yaml").write_text(settings)
    (folder / "main.yaml").write_text(FLOW)
    return load_configuration(folder, {}).settings


def test_all_of_it_reaches_the_router(tmp_path: Path) -> None:
    load(tmp_path, WHOLE)
    settings = load_configuration(tmp_path, {}).settings
    sales = wiring.queues(settings)[0]
    assert wiring.policy(settings).priority_step_s == 30.0
    assert (sales.strategy, sales.ring_width, sales.max_wait_s) == (Strategy.MOST_SKILLED, 2, 600.0)
    assert sales.regain_s == 120.0
    assert [(rung.after_s, rung.join, rung.priority) for rung in sales.ladder] == [
        (30.0, (), 0),
        (60.0, ("help",), 1),
    ]
    waited, size, expression = sales.overflow
    assert (waited.name, waited.when, waited.limit) == ("waited", OverflowWhen.WAITED, 300.0)
    assert (waited.target.kind, waited.target.name) == (OverflowTo.QUEUE, "help")
    assert (size.name, size.limit, size.target.kind) == ("busy", 20.0, OverflowTo.FLOW)
    assert expression.expression == "position > 3 and waited_s > 10"


@pytest.mark.parametrize(("wrong", "right", "place", "message"), [
    ("most skilled", "most skiled", "5:15", "strategy"),
    ("queue: help}", "queue: halp}", "14:29", 'there is no queue "halp"'),
    ("join: [help]", "join: [halp]", "12:49", 'there is no queue "halp"'),
    ("waited: 5m, queue: help", "waited: 5m, size: 3, queue: help", "14:9", "expected one condition"),
    ("waited: 5m, queue: help", "waited: 5m", "14:9", "expected one place to go"),
    ("position > 3", "positoin > 3", "16:22", '"positoin" is not known here'),
    ("ring_width: 2", "ring_width: 0", "6:17", "ring_width"),
    ("after: 1m", "after: 10s", "5:5", "in the order of after"),
])  # fmt: skip
def test_mistakes_have_their_place(tmp_path: Path, wrong: str, right: str, place: str, message: str) -> None:
    with pytest.raises(ConfigurationProblems) as caught:
        load(tmp_path, WHOLE.replace(wrong, right, 1))
    [problem] = caught.value.problems
    assert (f"{problem.line}:{problem.column}", message in str(problem)) == (place, True), str(problem)
