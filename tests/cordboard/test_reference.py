"""The pages made from the code are the ones that are checked in."""

from __future__ import annotations

from pathlib import Path

from cordboard.reference import configuration_page


def test_the_configuration_page_is_what_the_code_says() -> None:
    page = Path("docs/configuration.md").read_text()
    assert page == configuration_page(), "make it anew: python -m cordboard.reference"
