"""Every kind of mistake, and exactly what a person is told about it.

`tests/snapshots/flows/NAME.yaml` is a flow with mistakes, `NAME.txt` what comes out.
CORDBOARD_UPDATE_SNAPSHOTS=1 writes the texts anew; read the difference before it is committed.
"""

import os
from pathlib import Path

import pytest

from callflows.flow import FlowProblems, Known, load_flow

FOLDER = Path(__file__).parents[1] / "snapshots" / "flows"
KNOWN = Known(
    queues={"sales", "support"}, skills={"billing", "sales"}, agents={"anna", "bob"}, trunks={"carrier"}
)
MISTAKES = sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem != "acme")


def told(name: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(FOLDER)
    with pytest.raises(FlowProblems) as caught:
        load_flow(Path(f"{name}.yaml"), known=KNOWN)
    return caught.value.render() + "\n"


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_like_this(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = told(name, monkeypatch)
    expected = FOLDER / f"{name}.txt"
    if os.environ.get("CORDBOARD_UPDATE_SNAPSHOTS"):
        expected.write_text(text)
    assert text == expected.read_text()


def test_there_is_a_text_for_every_mistake_and_no_other() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.txt")) == MISTAKES
    assert len(MISTAKES) >= 30


def test_a_flow_without_mistakes_is_told_nothing() -> None:
    assert load_flow(FOLDER / "acme.yaml", known=KNOWN).warnings == ()


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(FlowProblems, match=r"nowhere\.yaml:1:1: there is no such file"):
        load_flow(Path("nowhere.yaml"))
