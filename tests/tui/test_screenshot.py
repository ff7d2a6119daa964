"""The picture for the documentation."""

from pathlib import Path
from xml.etree import ElementTree as ET

from tui.screenshot import draw, save_screenshot


def test_it_is_a_picture_that_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "console.svg"
    save_screenshot(path)
    svg = path.read_text(encoding="utf-8")

    assert ET.fromstring(svg).tag.endswith("svg")
    assert "Longest&#160;wait" in svg
    assert "@font-face" not in svg
    assert "url(http" not in svg
    assert "@import" not in svg


async def test_it_is_the_same_every_time() -> None:
    assert await draw(size=(80, 24)) == await draw(size=(80, 24))
