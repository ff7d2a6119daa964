"""What `python -m tests` makes of its passes, and that its processes share no port."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.__main__ import PROCESSES, verdict, with_bytecode
from tests.ports import HIGH, LOW, share

OK, FAILED, NONE, INTERRUPTED = 0, 1, 5, 2


@pytest.mark.parametrize(
    ("statuses", "told"),
    [
        ([OK, OK], OK),
        ([NONE, OK], OK),
        ([OK, NONE], OK),
        ([NONE, NONE], NONE),
        ([FAILED, OK], FAILED),
        ([OK, FAILED], FAILED),
        ([NONE, FAILED], FAILED),
        ([INTERRUPTED], INTERRUPTED),
        ([OK, -9], -9),
    ],
)
def test_both_passes_must_pass(statuses: list[int], told: int) -> None:
    assert verdict(statuses) == told


@pytest.mark.parametrize("workers", [1, 3, 4, 7, PROCESSES])
def test_processes_share_no_port(workers: int) -> None:
    parts = [share(f"gw{number}", str(workers)) for number in range(workers)]
    assert parts[0].start == LOW
    assert parts[-1].stop <= HIGH
    for one, other in pairwise(parts):
        assert one.stop == other.start
    for part in parts:
        assert len(part) >= 1000
        assert part.start % 2 == len(part) // 2 % 2 == 0


def test_one_process_has_them_all() -> None:
    assert share(None, None) == range(LOW, HIGH)


def test_bytecode_is_kept_aside_where_it_must_not_lie_beside_the_modules() -> None:
    assert with_bytecode({"A": "b", "PYTHONDONTWRITEBYTECODE": "1"}, "/aside") == {
        "A": "b",
        "PYTHONPYCACHEPREFIX": "/aside",
    }
    assert with_bytecode({"A": "b"}, "/aside") == {"A": "b"}
