"""The documentation of the language: every block has its heading and its options, every example loads."""

import re
from pathlib import Path

import pytest

from callflows.flow import load_flow
from callflows.reference import options_table
from callflows.registry import BUILT_IN
from callflows.schema import flow_schema

DOCS = Path(__file__).parents[2] / "docs" / "flows"
BLOCKS_PAGE = (DOCS / "blocks.md").read_text()
EXAMPLES = [
    (page.name, example)
    for page in sorted(DOCS.glob("*.md"))
    for example in re.findall(r"```yaml\n(flow: .*?)```", page.read_text(), re.DOTALL)
]


@pytest.mark.parametrize("block", BUILT_IN, ids=lambda block: block.verb)
def test_a_block_has_its_heading_an_example_that_uses_it_and_its_options(block: type) -> None:
    verb = block.verb  # type: ignore[attr-defined]
    parts = re.split(r"^### ", BLOCKS_PAGE, flags=re.MULTILINE)
    (part,) = [part for part in parts if part.startswith(f"{verb}\n")]
    assert f"- {verb}:" in part
    assert options_table(block) in part  # type: ignore[arg-type]


def test_no_heading_is_about_a_block_that_is_not() -> None:
    assert sorted(re.findall(r"^### (.*)$", BLOCKS_PAGE, re.MULTILINE)) == sorted(
        block.verb for block in BUILT_IN
    )


@pytest.mark.parametrize(("page", "example"), EXAMPLES)
def test_an_example_loads_without_a_warning(page: str, example: str, tmp_path: Path) -> None:
    for file in ("tone.wav", "customers.csv"):
        (tmp_path / file).write_bytes(b"phone,name\n")
    (tmp_path / "example.yaml").write_text(example)
    assert load_flow(tmp_path / "example.yaml").warnings == ()


def test_there_are_examples_for_all_blocks() -> None:
    assert len(EXAMPLES) >= len(BUILT_IN) == len(flow_schema()["$defs"]["step"]["anyOf"])
