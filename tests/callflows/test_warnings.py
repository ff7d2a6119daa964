"""What is not wrong but hardly meant: gaps in hours, prompts never used, callers who are trapped."""

from pathlib import Path

import pytest

from callflows.flow import FlowProblems, Known, load_flow

HEAD = "flow: f\nstart: main\n"


def warnings(folder: Path, text: str) -> list[str]:
    (folder / "f.yaml").write_text(HEAD + text)
    return [problem.message for problem in load_flow(folder / "f.yaml").warnings]


CALENDAR = """calendars:
  office: {{time_zone: Europe/London, weekly: {weekly}}}
sections:
  main: [{{hours: office}}, {{hangup: normal}}]
"""


@pytest.mark.parametrize(
    ("weekly", "told"),
    [
        ('{mon-fri: "9:00-12:00, 13:00-17:00"}', []),
        ('{mon: "9:00-12:00, 12:05-17:00"}', ["closed from 12:00 to 12:05, which is hardly meant"]),
        (
            '{"mon-tue, thu-fri": "9:00-17:00"}',
            ["wed is left out, and so closed; write wed: closed if that is meant"],
        ),
        ('{"mon-tue, thu-fri": "9:00-17:00", wed: closed}', []),
        ('{"sat, sun": "9:00-17:00"}', []),
    ],
)
def test_a_gap_in_the_hours_is_warned_of(tmp_path: Path, weekly: str, told: list[str]) -> None:
    assert warnings(tmp_path, CALENDAR.format(weekly=weekly)) == told


def test_a_prompt_that_no_flow_uses_is_warned_of(tmp_path: Path) -> None:
    (tmp_path / "sounds").mkdir()
    for name in ("a.wav", "b.wav", "c.wav", "notes.txt"):
        (tmp_path / "sounds" / name).write_bytes(b"")
    (tmp_path / "other.yaml").write_text("# plays sounds/c.wav")
    text = "sections:\n  main: [{play: sounds/a.wav}, {hangup: normal}]\n"
    assert warnings(tmp_path, text) == ['no step plays "sounds/b.wav"']


def test_a_caller_who_is_trapped_is_warned_of(tmp_path: Path) -> None:
    text = "sections:\n  main: [{menu: Hello., keys: {1: main}, otherwise: main}]\n"
    assert warnings(tmp_path, text) == ["from here a caller can get neither to an agent nor to an end"]


def test_a_queue_or_skill_that_nobody_has_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text(
        HEAD + "sections:\n  main: [{callback: Press 1., queue: none, skills: {x: 1}}, {hangup: normal}]\n"
    )
    with pytest.raises(FlowProblems) as caught:
        load_flow(tmp_path / "f.yaml", known=Known(queues={"sales"}, skills={"billing"}))
    assert [problem.message for problem in caught.value.problems] == [
        'there is no queue "none"',
        'no agent has a skill "x"',
    ]
