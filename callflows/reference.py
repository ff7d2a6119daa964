"""The options of a block as a table, made from its model:

What the documentation shows and its tests compare.
"""

from __future__ import annotations

from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from callflows.blocks.base import Block
from callflows.expressions import Expression, Template
from callflows.schema import flow_schema
from callflows.values import DigitRange, spell_duration


def options_table(block: type[Block]) -> str:
    """A Markdown table: option, default, meaning."""
    properties = flow_schema()["$defs"][block.verb]["properties"]
    rows = ["| option | default | meaning |", "|---|---|---|"]
    for name, info in _in_order(block):
        option = info.alias or name
        rows.append(f"| `{option}` | {_default(info, properties[option])} | {info.description} |")
    return "\n".join(rows)


def _in_order(block: type[Block]) -> list[tuple[str, FieldInfo]]:
    """The verb first, as it is written."""
    fields = list(block.model_fields.items())
    return sorted(fields, key=lambda field: (field[1].alias or field[0]) != block.verb)


def _default(info: FieldInfo, schema: dict[str, Any]) -> str:
    if info.is_required():
        return "must be given"
    value = info.default
    if isinstance(value, float):
        return f"`{spell_duration(value)}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, str | int):
        return f'`"{value}"`' if isinstance(value, str) and not value.isalpha() else f"`{value}`"
    if value is PydanticUndefined and info.default_factory is not None and "default" not in schema:
        made = info.get_default(call_default_factory=True, validated_data={})
        words = (
            [part.source for part in made if isinstance(part, Template)] if isinstance(made, tuple) else []
        )
        if words:
            return f"`{' '.join(words)}`".replace("|", "\\|")
        return f"`{made.source}`" if isinstance(made, Expression) else ""
    return f"`{value}`" if isinstance(value, DigitRange) else ""
