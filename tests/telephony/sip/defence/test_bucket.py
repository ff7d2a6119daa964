"""Token buckets."""

from __future__ import annotations

from telephony.sip.defence.bucket import TokenBucket


def test_a_burst_is_granted_and_then_the_rate() -> None:
    bucket = TokenBucket(rate=2, burst=3, now=10.0)
    assert [bucket.take(10.0) for _ in range(4)] == [True, True, True, False]
    assert bucket.wait_s() == 0.5
    assert bucket.take(10.4) is False
    assert bucket.take(10.5) is True
    assert [bucket.take(100.0) for _ in range(4)] == [True, True, True, False]


def test_a_clock_that_stands_or_steps_back_gives_nothing() -> None:
    bucket = TokenBucket(rate=1, burst=1, now=10.0)
    assert bucket.take(10.0)
    assert not bucket.take(5.0)
    assert not bucket.take(10.5)


def test_a_rate_of_nothing_is_no_limit() -> None:
    bucket = TokenBucket(rate=0, burst=0, now=0.0)
    assert all(bucket.take(0.0) for _ in range(100))
