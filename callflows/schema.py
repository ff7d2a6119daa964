"""The JSON Schema of flow files, made from the blocks' models, so that editors complete and check while one
types.

A flow file turns it on with a comment in its first line: `# yaml-language-server:
$schema=flow.schema.json`.
"""

from __future__ import annotations

import json
from typing import Any

from callflows.blocks.base import STEPS_MARK, Block
from callflows.compiler import FlowFile
from callflows.registry import BLOCKS
from callflows.values import DURATION_PATTERN, spell_duration

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_STEPS = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}}


def flow_schema() -> dict[str, Any]:
    """The schema of a whole flow file."""
    schema = FlowFile.model_json_schema(by_alias=True)
    definitions: dict[str, Any] = schema.pop("$defs", {})
    for block in BLOCKS:
        definitions |= _block_definitions(block)
    definitions["step"] = {"anyOf": [{"$ref": f"#/$defs/{block.verb}"} for block in BLOCKS]}
    schema["$schema"] = SCHEMA_DIALECT
    schema["title"] = "A call flow"
    schema["properties"]["sections"]["additionalProperties"] = _STEPS
    schema["$defs"] = definitions
    return schema


def flow_schema_text() -> str:
    """The schema as a file."""
    return json.dumps(flow_schema(), indent=2) + "\n"


def _block_definitions(block: type[Block]) -> dict[str, Any]:
    schema = _with_steps(block.model_json_schema(by_alias=True))
    definitions: dict[str, Any] = schema.pop("$defs", {})
    schema["title"] = block.verb
    schema.setdefault("required", [])
    if block.verb not in schema["required"]:
        schema["required"].append(block.verb)
    return {**definitions, block.verb: schema}


def _with_steps(schema: Any) -> Any:
    """With each mark of steps in place replaced by the steps' schema, which the models cannot know."""
    if isinstance(schema, dict):
        if STEPS_MARK.items() <= schema.items():
            return {key: value for key, value in schema.items() if key not in STEPS_MARK} | _STEPS
        if schema.get("pattern") == DURATION_PATTERN and isinstance(schema.get("default"), float):
            schema["default"] = spell_duration(schema["default"])
        return {key: _with_steps(value) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_with_steps(item) for item in schema]
    return schema
