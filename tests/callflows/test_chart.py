"""A flow as a chart: what is drawn, and that both drawings say it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from callflows.chart import Counts, chart_of, mermaid
from callflows.flow import Flow, load_flow
from callflows.picture import svg

FLOW = """\
flow: line
start: main
sections:
  main:
    - menu: 'Sales "one", support two.'
      keys: {1: sales, 2: support}
      otherwise: main
  sales:
    - queue: sales
      refused: main
  support:
    - say: A
    - say: B
    - say: C
    - say: D
    - say: E
    - say: F
    - say: G
    - say: H
    - hangup: busy
"""
EXAMPLES = sorted(Path("callflows/examples").glob("*/*.yaml"))


@pytest.fixture
def flow(tmp_path: Path) -> Flow:
    path = tmp_path / "line.yaml"
    path.write_text(FLOW)
    return load_flow(path)


def test_arrows_are_the_branches_between_sections(flow: Flow) -> None:
    chart = chart_of(flow)
    assert [(arrow.source, arrow.target, arrow.label) for arrow in chart.arrows] == [
        ("main", "main", "otherwise"),
        ("main", "sales", "1"),
        ("main", "support", "2"),
        ("sales", "main", "refused"),
    ]
    assert [box.verbs[-1] for box in chart.boxes] == ["menu", "queue sales", "hangup busy"]


def test_mermaid_says_it_with_counts(flow: Flow) -> None:
    text = mermaid(chart_of(flow, Counts({"main": 3, "sales": 2}, {("main", "sales"): 2})))
    assert text == (
        f"---\ntitle: line {flow.version}\n---\nflowchart TD\n"
        '    s0(["<b>main</b> (3)<br/>menu"])\n'
        '    s1["<b>sales</b> (2)<br/>queue sales"]\n'
        '    s2["<b>support</b> (0)<br/>say<br/>say<br/>say<br/>say<br/>say<br/>say<br/>say<br/>and 2 more"]\n'
        '    s0 -->|"otherwise (0)"| s0\n'
        '    s0 -->|"1 (2)"| s1\n'
        '    s0 -->|"2 (0)"| s2\n'
        '    s1 -->|"refused (0)"| s0\n'
    )


@pytest.mark.parametrize("path", EXAMPLES, ids=str)
def test_the_picture_of_every_example_has_every_section_once(path: Path) -> None:
    if path.name == "cordboard.yaml" or path.name.endswith((".test.yaml", ".traffic.yaml")):
        return
    chart = chart_of(load_flow(path))
    root = ElementTree.fromstring(svg(chart))
    space = {"s": "http://www.w3.org/2000/svg"}
    names = [text.text for text in root.findall(".//s:text[@class='name']", space)]
    assert sorted(names, key=str) == sorted(box.name for box in chart.boxes)
    assert len(root.findall("s:g[@class='arrow']", space)) == len(chart.arrows)
    places = [(rect.get("x"), rect.get("y")) for rect in root.findall(".//s:rect", space)]
    assert len(set(places)) == len(places)
