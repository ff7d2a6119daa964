"""The name of an installation."""

from __future__ import annotations

import re
from pathlib import Path

from cordboard.instance import instance_urn


def test_it_is_made_once_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "instance"
    urn = instance_urn(file)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", urn)
    assert instance_urn(file) == urn
    assert instance_urn(tmp_path / "another") != urn


def test_what_is_no_name_is_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "instance"
    file.write_text("half a na")
    assert instance_urn(file) == instance_urn(file)
