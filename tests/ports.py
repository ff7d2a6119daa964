"""Which ports of loopback this test process may hand out: the processes of one parallel run share none.

The whole range lies below the one from which the system gives out its own ports (Debian's begins at 32768), and
above the server's default RTP range, which ends at 19999.
"""

from __future__ import annotations

import os

LOW, HIGH = 20000, 32000


def share(worker: str | None, workers: str | None) -> range:
    """The part for one of pytest-xdist's processes (`gw2` of `4`), even at its ends and in its middle; all without."""
    if worker is None or workers is None:
        return range(LOW, HIGH)
    size = (HIGH - LOW) // int(workers) // 4 * 4
    low = LOW + int(worker.removeprefix("gw")) * size
    return range(low, low + size)


OURS = share(os.environ.get("PYTEST_XDIST_WORKER"), os.environ.get("PYTEST_XDIST_WORKER_COUNT"))
