"""Sources, offences, bans."""

from __future__ import annotations

import dataclasses

from telephony.sip.defence.networks import Networks, parse_network
from telephony.sip.defence.sources import Offence, SourceLimits, Sources

LIMITS = dataclasses.replace(
    SourceLimits(), offences={Offence.FAILED_DIGEST: 3, Offence.SCANNER: 1}, ban_s=100.0, longest_ban_s=300.0,
    forgiven_after_s=1000.0, max_sources=50, max_bans=20,
)  # fmt: skip
HOST = "198.51.100.7"


def offend(sources: Sources, times: int, now: float, host: str = HOST) -> bool:
    return [sources.offend(host, Offence.FAILED_DIGEST, now) for _ in range(times)][-1] is not None


def test_offences_in_a_window_ban_and_the_ban_ends() -> None:
    sources = Sources(LIMITS)
    assert not offend(sources, 2, 0.0)
    assert not sources.is_banned(HOST, 0.0)
    assert offend(sources, 1, 1.0)
    assert sources.is_banned(HOST, 1.0)
    assert sources.is_banned(HOST, 100.9)
    assert not sources.is_banned(HOST, 101.0)
    assert not sources.is_banned("198.51.100.8", 1.0)


def test_offences_far_apart_do_not_add_up() -> None:
    sources = Sources(LIMITS)
    for minute in range(20):
        assert not offend(sources, 2, minute * 60.0)


def test_a_ban_doubles_up_to_the_longest_and_is_forgiven() -> None:
    sources, now, lengths = Sources(LIMITS), 0.0, []
    for _ in range(4):
        offend(sources, 3, now)
        [ban] = sources.bans(now)
        lengths.append(ban.until - now)
        now = ban.until + 1
    assert lengths == [100, 200, 300, 300]
    now += 1000
    offend(sources, 3, now)
    assert sources.bans(now)[0].count == 1


def test_what_was_kept_out_is_counted_and_a_ban_can_be_lifted() -> None:
    sources = Sources(LIMITS)
    offend(sources, 3, 0.0)
    assert [sources.is_banned(HOST, 1.0) for _ in range(5)] == [True] * 5
    [ban] = sources.bans(1.0)
    assert (ban.source, ban.why, ban.dropped) == (HOST, Offence.FAILED_DIGEST, 5)
    assert sources.lift(HOST, 1.0)
    assert not sources.lift(HOST, 1.0)
    assert not sources.is_banned(HOST, 1.0)


def test_exempt_networks_are_never_banned() -> None:
    sources = Sources(LIMITS, Networks([parse_network("198.51.100.0/24")]))
    assert not offend(sources, 50, 0.0)
    assert sources.of(HOST, 0.0).exempt
    sources.exempt(Networks())
    assert offend(sources, 3, 0.0)


def test_a_ipv6_host_cannot_walk_through_its_network() -> None:
    sources = Sources(LIMITS)
    for n in range(3):
        sources.offend(f"2001:db8::{n + 1}", Offence.FAILED_DIGEST, 0.0)
    assert sources.is_banned("2001:db8::ffff", 1.0)
    assert sources.lift("2001:db8::/64", 1.0)


def test_an_offence_without_a_limit_bans_nobody() -> None:
    sources = Sources(LIMITS)
    assert all(sources.offend(HOST, Offence.UNKNOWN_NUMBER, 0.0) is None for _ in range(1000))


def test_memory_is_bounded() -> None:
    sources = Sources(LIMITS)
    for n in range(5000):
        sources.offend(f"10.0.{n >> 8}.{n & 255}", Offence.SCANNER, float(n) / 1000)
    assert len(sources) == 50
    assert len(sources.bans(5.0)) == 20
    assert sources.is_banned("10.0.19.135", 5.0)  # the newest
