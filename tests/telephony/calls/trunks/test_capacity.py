"""Places on a trunk."""

from __future__ import annotations

from telephony.calls.trunks.capacity import Capacity


def test_calls_at_once() -> None:
    capacity = Capacity(2, 0.0, 1, 0.0)
    assert [capacity.take(0.0) for _ in range(2)] == [None, None]
    full = capacity.take(0.0)
    assert full is not None
    assert (full.status, full.retry_after_s, capacity.refused, capacity.calls) == (486, None, 1, 2)
    capacity.release()
    assert capacity.take(0.0) is None


def test_calls_a_second() -> None:
    capacity = Capacity(0, 0.5, 2, 0.0)
    assert [capacity.take(0.0) for _ in range(2)] == [None, None]
    full = capacity.take(0.0)
    assert full is not None
    assert (full.status, full.retry_after_s) == (503, 2)
    assert capacity.calls == 2
    assert capacity.take(2.0) is None


def test_no_limit() -> None:
    capacity = Capacity(0, 0.0, 0, 0.0)
    assert all(capacity.take(0.0) is None for _ in range(1000))
    assert not capacity.is_full
