"""What every test folder shares: the repository's root on the path, so that test kits can be imported by
name.

Tests run with `--import-mode=importlib`, which leaves the path alone; `tests.interop.kit` is found from here.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parent.parent)
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)
