"""The JSON Schema agrees with the loader about the examples, and knows every verb."""

import json
from pathlib import Path
from typing import Any

from callflows.registry import BLOCKS
from callflows.schema import flow_schema, flow_schema_text


def references(schema: Any) -> set[str]:
    if isinstance(schema, dict):
        own = {schema["$ref"]} if isinstance(schema.get("$ref"), str) else set()
        return own.union(*(references(value) for value in schema.values()))
    return set().union(*(references(item) for item in schema)) if isinstance(schema, list) else set()


def test_every_verb_is_a_step_with_its_verb_required() -> None:
    definitions = flow_schema()["$defs"]
    assert {entry["$ref"] for entry in definitions["step"]["anyOf"]} == {
        f"#/$defs/{block.verb}" for block in BLOCKS
    }
    for block in BLOCKS:
        assert block.verb in definitions[block.verb]["required"]
        assert block.verb in definitions[block.verb]["properties"]


def test_every_option_is_described() -> None:
    definitions = flow_schema()["$defs"]
    for block in BLOCKS:
        for name, option in definitions[block.verb]["properties"].items():
            assert "description" in option, f"{block.verb}: {name}"


def test_no_reference_leads_nowhere_and_it_is_json() -> None:
    schema = flow_schema()
    assert references(schema) <= {f"#/$defs/{name}" for name in schema["$defs"]}
    assert json.loads(flow_schema_text()) == schema
    assert "x-cordboard" not in flow_schema_text()


EXAMPLES = Path(__file__).parents[2] / "callflows" / "examples"


def test_the_schema_beside_the_examples_is_this_one() -> None:
    """`cordboard flow schema > callflows/examples/flow.schema.json` brings it up to date."""
    assert (EXAMPLES / "flow.schema.json").read_text() == flow_schema_text()


def test_every_example_turns_it_on() -> None:
    flows = [path for path in EXAMPLES.glob("*/*.yaml") if "\nflow:" in path.read_text()]
    assert len(flows) > 5
    for path in flows:
        first = path.read_text().splitlines()[0]
        assert first == "# yaml-language-server: $schema=../flow.schema.json", path
