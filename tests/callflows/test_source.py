"""Reading YAML: values with positions, traps told and not resolved, hostile files refused."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from callflows.source import Document, FlowProblems, load_document, parse_document, validate

PATH = Path("file.yaml")


def read(text: str) -> Document:
    return parse_document(PATH, text)


def test_values_and_the_places_of_values_and_keys() -> None:
    document = read("a: 1\nb:\n  - x\n  - {c: two words, 7: null}\n")
    assert document.value == {"a": 1, "b": ["x", {"c": "two words", 7: None}]}
    assert document.position(("b", 1, "c")) == (4, 9)
    assert document.key_position(("b", 1, "c")) == (4, 6)
    assert document.position(("b", 1, 7)) == document.position(("b", 1, "7")) == (4, 23)
    assert document.position(("b", 1, "c", "deeper")) == (4, 9)
    assert document.position(("nowhere",)) == (1, 1)
    assert document.clip(("b", 1, "nothing")) == ("b", 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10", 10),
        ("-3", -3),
        ("0", 0),
        ("1.5", 1.5),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("'12'", "12"),
        ('"+44"', "+44"),
        ("4..8", "4..8"),
        ("5s", "5s"),
        ("n", "n"),
        ("2026-03-14", "2026-03-14"),
        ("127.0.0.1", "127.0.0.1"),
        ("10000..19999", "10000..19999"),
        ("|\n  several\n  lines", "several\nlines"),
        (">\n  several\n  lines", "several lines"),
        ("sip:a@b:5060", "sip:a@b:5060"),
    ],
)
def test_a_plain_value_is_what_it_seems(text: str, value: object) -> None:
    document = read(f"key: {text}")
    assert document.problems == ()
    assert document.value == {"key": value}


@pytest.mark.parametrize(
    "text",
    [
        "+442079460000",
        "+1 555 0100",
        "0123",
        "-012",
        "0x1F",
        "0o17",
        "0b1",
        "12:30",
        "1:02:03",
        "1_000",
        "1e3",
        "1.",
        ".5",
        ".inf",
        "-.inf",
        ".nan",
        "yes",
        "No",
        "ON",
        "off",
    ],
)
def test_a_trap_is_told_and_stays_text(text: str) -> None:
    document = read(f"key: {text}\n{text}: 1")
    assert [(problem.line, problem.column) for problem in document.problems] == [(1, 6), (2, 1)]
    assert document.value == {"key": text, text: 1}
    assert read(f'key: "{text}"').problems == ()


def test_a_comment_two_spaces_away_cuts_nothing_off() -> None:
    assert read("key: some words  # a comment").problems == ()
    assert read("key: word # a comment").problems == ()
    assert len(read("key: some words # lost").problems) == 1


def test_anchors_and_aliases_are_allowed_but_not_in_circles() -> None:
    document = read("a: &x [1]\nb: *x")
    assert document.value == {"a": [1], "b": [1]}
    assert len(read("a: &x [*x]").problems) == 1


def test_a_few_lines_cannot_fill_the_memory() -> None:
    bomb = "a0: &a0 [1, 1]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
    )
    with pytest.raises(FlowProblems, match="more than 200000 values"):
        read(bomb)


def test_depth_has_an_end() -> None:
    with pytest.raises(FlowProblems, match="nested too deeply"):
        read("[" * 5000)


def test_two_documents_are_refused() -> None:
    with pytest.raises(FlowProblems, match=r"file\.yaml:2:1"):
        read("a: 1\n---\nb: 2")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"a: 1\nb: \xe9\n")
    with pytest.raises(FlowProblems, match=r"latin.yaml:2:4: this is not text in UTF-8"):
        load_document(tmp_path / "latin.yaml")
    (tmp_path / "control.yaml").write_bytes(b"a: 1\nb: \x01\n")
    with pytest.raises(FlowProblems, match=r"control.yaml:2:1: a control character"):
        load_document(tmp_path / "control.yaml")
    (tmp_path / "large.yaml").write_bytes(b"#" * 2_000_001)
    with pytest.raises(FlowProblems, match="larger than"):
        load_document(tmp_path / "large.yaml")
    with pytest.raises(FlowProblems, match=r"\.yaml:1:1|:1:1: "):
        load_document(tmp_path)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    try:
        read(text)
    except FlowProblems as error:
        assert all(problem.line >= 1 and problem.column >= 1 for problem in error.problems)  # noqa: PT017


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size: int = 1


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    inner: dict[str, Inner] = {}
    items: list[Inner] = []


def test_a_document_that_fits_becomes_the_model() -> None:
    outer, problems = validate(Outer, read("name: x\ninner: {a: {size: 2}}"))
    assert problems == []
    assert outer == Outer(name="x", inner={"a": Inner(size=2)})


def test_everything_wrong_is_told_at_its_place() -> None:
    outer, problems = validate(Outer, read("nam: x\ninner:\n  a: {siez: 2}\n  b: 5\nitems: [{size: big}]\n"))
    assert outer is None
    assert [f"{p.line}:{p.column} {p.where} {p.message} ({p.hint})" for p in problems] == [
        '1:1  "name" is missing (None)',
        '1:1  there is no option "nam" here (did you mean "name"?)',
        '3:7 inner: a there is no option "siez" here (did you mean "size"?)',
        "4:6 inner: b expected a mapping (key: value), got 5 (None)",
        '5:16 items: 0: size expected a whole number, got "big" (None)',
    ]


def test_a_trap_is_told_once() -> None:
    _, problems = validate(Inner, read("size: 0123"))
    assert len(problems) == 1


def test_a_problem_of_ones_own_and_a_value_replaced() -> None:
    document = read("numbers:\n  a: slaes")
    problem = document.problem(("numbers", "a"), "no such flow", nearest_of=["sales", "support"])
    assert str(problem) == "file.yaml:2:6: numbers: a: no such flow"
    assert problem.hint == 'did you mean "sales"?'
    assert document.with_value({"numbers": {}}).value_at(("numbers",)) == {}
