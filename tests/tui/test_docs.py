"""docs/console.md explains every column, sign and key that there is."""

from pathlib import Path
from xml.etree import ElementTree as ET

from tui.panels import agents, calls, queues
from tui.screens.watch import WatchScreen
from tui.signs import CALL_SIGNS, HELD, PRESENCE_SIGNS, RECORDING, SUPERVISION_SIGNS
from tui.widgets.live_table.table import LiveTable

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "console.md").read_text(encoding="utf-8")
KEY_CAPS = {"slash": "/", "question_mark": "?", "escape": "esc", "up": "↑", "down": "↓"}


def test_every_column_is_explained() -> None:
    for columns in (queues.COLUMNS, calls.COLUMNS, agents.COLUMNS):
        for column in columns:
            assert not column.title or f"| {column.title} |" in TEXT, column.title


def test_every_sign_is_explained() -> None:
    for sign in (*CALL_SIGNS.values(), HELD, *PRESENCE_SIGNS.values(), *SUPERVISION_SIGNS.values()):
        assert f"`{sign.symbol} {sign.word}`" in TEXT
    assert f"`{RECORDING}`" in TEXT


def test_every_key_is_explained() -> None:
    vi_spellings = {"g", "G"}
    for binding in (*WatchScreen.BINDINGS, *LiveTable.BINDINGS):
        for key in binding.key.split(","):  # type: ignore[union-attr]
            assert key in vi_spellings or f"`{KEY_CAPS.get(key, key)}`" in TEXT, key


def test_the_picture_is_there() -> None:
    picture = DOCS / "img" / "console.svg"

    assert ET.parse(picture).getroot().tag.endswith("svg")
    assert "(img/console.svg)" in TEXT
