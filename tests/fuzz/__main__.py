"""`python -m tests.fuzz SECONDS`: fuzz if atheris is there; say why not if it is absent, and fail where CI wants it."""

from __future__ import annotations

import importlib.util
import os
import sys


def main() -> int:
    """The exit status; atheris itself ends the process when it has run."""
    if importlib.util.find_spec("atheris") is None:
        required = os.environ.get("CORDBOARD_REQUIRE_INTEROP") == "1"
        sys.stderr.write(
            f"fuzz {'failed' if required else 'skipped'}: atheris is not installed (extra `fuzz`)\n"
        )
        return int(required)
    from tests.fuzz.sip_target import main as fuzz

    fuzz(int(sys.argv[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
