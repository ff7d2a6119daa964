"""Third parties' blocks: the complete one of the docs, and extensions that cannot be used."""

import re
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from callflows.extension import ExtensionError, load_extensions
from callflows.registry import BLOCKS
from ivr.registry import RUNNERS

DOCS = Path(__file__).parents[2] / "docs" / "flows"


@pytest.fixture
def joke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The module of the docs, importable."""
    source = re.search(r"```python\n(.*?)```", (DOCS / "extending.md").read_text(), re.DOTALL)
    assert source is not None
    assert source[1].count("\n") < 40
    (tmp_path / "joke_block.py").write_text(source[1])
    monkeypatch.syspath_prepend(tmp_path)
    return "joke_block"


def point(value: str) -> EntryPoint:
    return EntryPoint("joke", value, "cordboard.blocks")


def test_the_block_of_the_docs_runs(joke: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (extension,) = load_extensions(["say"], [point(f"{joke}:extension")])
    from callflows import compiler, flow, registry
    from ivr.simulated_caller import SimulatedCaller

    monkeypatch.setattr(compiler, "VERBS", {**registry.VERBS, extension.block.verb: extension.block})
    monkeypatch.setitem(RUNNERS, extension.block, extension.runner)  # type: ignore[arg-type]
    (tmp_path / "f.yaml").write_text(
        "flow: f\nstart: main\nsections:\n  main:\n  - joke: short\n  - hangup: normal\n"
    )
    went = SimulatedCaller(flow.load_flow(tmp_path / "f.yaml")).play_out([])
    assert went.texts == ["A caller walks into a queue."]
    assert went.hangup == "normal"


def test_a_verb_is_not_taken_twice(joke: str) -> None:
    with pytest.raises(ExtensionError, match='takes the verb "joke"'):
        load_extensions([], [point(f"{joke}:extension"), point(f"{joke}:extension")])


def test_what_is_no_extension_is_named(joke: str) -> None:
    with pytest.raises(ExtensionError, match=r"joke_block:Joke \(entry point joke\) is not an Extension"):
        load_extensions([], [point(f"{joke}:Joke")])


def test_every_block_has_its_runner_and_no_runner_is_without_a_block() -> None:
    assert set(RUNNERS) == set(BLOCKS)
    kinds: Any = [type(runner).__name__ for runner in RUNNERS.values()]
    assert len(set(kinds)) == len(kinds)
