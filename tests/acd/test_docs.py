"""docs/acd.md defines every word that the router uses towards people."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from acd.model import Presence, Strategy
from acd.queue_rules import CallbackMode, OverflowWhen
from acd.statistics import QueueStatistics

TEXT = (Path(__file__).parents[2] / "docs" / "acd.md").read_text(encoding="utf-8").lower()
COUNTS = [field.name.replace("_", " ") for field in fields(QueueStatistics) if "_in_" not in field.name]


@pytest.mark.parametrize("word", [*Presence, *OverflowWhen])
def test_every_presence_and_rule_has_its_row(word: str) -> None:
    assert f"\n| {word} |" in TEXT


@pytest.mark.parametrize("word", [*Strategy, *CallbackMode, *(c for c in COUNTS if "callbacks" not in c)])
def test_every_other_word_is_there(word: str) -> None:
    assert word in TEXT
