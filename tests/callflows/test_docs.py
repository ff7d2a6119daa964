"""The documentation of the language: every block has its heading and its options, every example loads."""

import os
import re
from pathlib import Path

import pytest

from callflows.flow import load_flow
from callflows.reference import options_table
from callflows.registry import BUILT_IN
from callflows.schema import flow_schema

DOCS = Path(__file__).parents[2] / "docs" / "flows"
INDEX = (DOCS / "blocks.md").read_text()
EXAMPLES = [
    (page.name, example)
    for page in sorted(DOCS.rglob("*.md"))
    for example in re.findall(r"```yaml\n(flow: .*?)```", page.read_text(), re.DOTALL)
]


@pytest.mark.parametrize("block", BUILT_IN, ids=lambda block: block.verb)
def test_a_block_has_its_heading_an_example_that_uses_it_and_its_options(block: type) -> None:
    verb = block.verb  # type: ignore[attr-defined]
    page = DOCS / "blocks" / f"{verb}.md"
    text = page.read_text()
    table = options_table(block)  # type: ignore[arg-type]
    if os.environ.get("CORDBOARD_UPDATE_SNAPSHOTS"):
        text = re.sub(r"^\| option \|.*?(?=\n\n|\n\Z)", lambda _: table, text, flags=re.DOTALL | re.MULTILINE)
        page.write_text(text)
    assert text.startswith(f"# {verb}\n")
    assert re.search(rf"\b{verb}:", "".join(re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)))
    assert table in text
    assert f"[`{verb}`](blocks/{verb}.md)" in INDEX


def test_no_page_is_about_a_block_that_is_not() -> None:
    verbs = sorted(block.verb for block in BUILT_IN)
    assert sorted(page.stem for page in (DOCS / "blocks").glob("*.md")) == verbs
    assert sorted(re.findall(r"\(blocks/(.*)\.md\)", INDEX)) == verbs


@pytest.mark.parametrize(("page", "example"), EXAMPLES)
def test_an_example_loads_without_a_warning(page: str, example: str, tmp_path: Path) -> None:
    for file in ("tone.wav", "customers.csv"):
        (tmp_path / file).write_bytes(b"phone,name\n")
    (tmp_path / "example.yaml").write_text(example)
    assert load_flow(tmp_path / "example.yaml").warnings == ()


def test_there_are_examples_for_all_blocks() -> None:
    assert len(EXAMPLES) >= len(BUILT_IN) == len(flow_schema()["$defs"]["step"]["anyOf"])
