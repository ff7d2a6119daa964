"""Laying out: comments, quotes and meaning stay, and twice is once."""

from __future__ import annotations

from pathlib import Path

import pytest

from callflows.formatting import formatted, lay_out
from callflows.source import FlowProblems

WILD = """\
# the main line
flow:   main
start: main
sections:
      main:
      - say: 'Hello,   caller'   # politely
        interruptible:   false

      - menu: Press one, and a very long text that nobody may break into two lines because somebody hears it.
        keys: {1: [{hangup: normal}],   "2": other}
      other:
         -   hangup: normal
"""
TIDY = """\
# the main line
flow: main
start: main
sections:
  main:
    - say: 'Hello,   caller'     # politely
      interruptible: false

    - menu: Press one, and a very long text that nobody may break into two lines because somebody hears it.
      keys: {1: [{hangup: normal}], "2": other}
  other:
    - hangup: normal
"""


def test_only_the_layout_changes(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_text(WILD)
    before, after = formatted(path)
    assert (before, after) == (WILD, TIDY)


def test_what_is_laid_out_stays() -> None:
    for path in [
        *Path("callflows/examples").glob("*/*.yaml"),
        *Path("tests/interop/config/centre").glob("*.yaml"),
    ]:
        once = lay_out(path.read_text())
        assert lay_out(once) == once, path


def test_a_file_with_traps_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_text("flow: f\nstart: no\n")
    with pytest.raises(FlowProblems, match="no"):
        formatted(path)
