"""Flow files laid out alike: two spaces a level, lists indented, everything else as it was written.

Data flow: text > ruamel round trip > text, and then the proof: both texts must mean the same, or the file is left
alone. What is laid out already comes out the same.
"""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from callflows.problems import FlowProblems, Problem
from callflows.source import load_document, parse_document

WIDTH = 1_000_000
"""Lines are never broken: a text that a caller hears is the writer's to break."""


def formatted(path: Path) -> tuple[str, str]:
    """The text of a file, and the same laid out; raises FlowProblems if it is not a file that can be read."""
    document = load_document(path)
    if document.problems:
        raise FlowProblems(document.problems)
    before = path.read_text(encoding="utf-8-sig")
    after = lay_out(before)
    if parse_document(path, after).value != document.value:
        raise FlowProblems(
            [Problem(path, 1, 1, "", "laying it out would change what it means: it is left as it is")]
        )
    return before, after


def lay_out(text: str) -> str:
    """YAML in our layout, with its comments, quotes, flow mappings and order."""
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = WIDTH
    yaml.brace_single_entry_mapping_in_flow_sequence = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = StringIO()
    try:
        yaml.dump(yaml.load(text), out)
    except YAMLError as error:
        problem = Problem(Path("flow"), 1, 1, "", str(error).splitlines()[0])
        raise FlowProblems([problem]) from error
    return out.getvalue()
