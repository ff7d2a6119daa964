"""`python -m tests [pytest's arguments]`, what `make test` runs: every test, in two passes.

First those marked `alone`, one after the other: they measure time, pacing or load, or make a load that others would
feel. Then all others, several side by side: most of their time is waiting. Exit status 0 says that both passed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence

import pytest

PROCESSES = min(8, 2 * (os.cpu_count() or 1))
"""Two a core, for tests that wait; not so many that the ports of each run out (`tests.ports`)."""

PASSES = {
    "alone": ["-m", "alone", "-n", "0"],
    # A file stays in one process, with what its tests share; files go out in the order of `tests.conftest`.
    "side by side": [
        "-m", "not alone", "-n", str(PROCESSES), "--dist", "loadfile", "--no-loadscope-reorder",
    ],
}  # fmt: skip

OUTCOMES: dict[int, str] = {pytest.ExitCode.OK: "passed", pytest.ExitCode.NO_TESTS_COLLECTED: "no tests"}


def main(arguments: Sequence[str]) -> int:
    """The exit status: that of the first pass which did not pass."""
    told: dict[str, str] = {}
    statuses: list[int] = []
    signal.signal(signal.SIGINT, lambda *_: None)  # pytest hears it too, and ends what its tests have started
    with tempfile.TemporaryDirectory(prefix="cordboard-tests-") as folder:
        environment = with_bytecode(os.environ, folder)
        for name, options in PASSES.items():
            print(f"== tests {name} ==", flush=True)
            begin = time.monotonic()
            command = [sys.executable, "-m", "pytest", *options, *arguments]
            status = subprocess.run(command, env=environment, check=False).returncode
            told[name] = f"{OUTCOMES.get(status, 'failed')} in {time.monotonic() - begin:.0f} s"
            statuses.append(status)
            if status == pytest.ExitCode.INTERRUPTED:
                break
    print("== " + ", ".join(f"{name}: {text}" for name, text in told.items()) + " ==")
    return verdict(statuses)


def with_bytecode(environment: Mapping[str, str], folder: str) -> dict[str, str]:
    """Where no bytecode may be written beside the modules it is kept aside, for the time of the run: tests start a
    hundred servers, and each would compile all modules anew."""
    changed = dict(environment)
    if changed.pop("PYTHONDONTWRITEBYTECODE", ""):
        changed["PYTHONPYCACHEPREFIX"] = folder
    return changed


def verdict(statuses: Sequence[int]) -> int:
    """One status for all passes: a pass may have no tests of those asked for, but not each."""
    failed = [status for status in statuses if status not in OUTCOMES]
    if failed:
        return failed[0]
    return pytest.ExitCode.OK if pytest.ExitCode.OK in statuses else pytest.ExitCode.NO_TESTS_COLLECTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
