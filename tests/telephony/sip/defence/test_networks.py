"""Networks, and what one source is."""

from __future__ import annotations

import pytest

from telephony.sip.defence.networks import LOOPBACK, Networks, parse_network, source_of


def test_membership() -> None:
    networks = Networks(
        [parse_network("203.0.113.0/24"), parse_network("2001:db8::/32"), parse_network("10.1.2.3")]
    )
    inside = ["203.0.113.9", "2001:db8:1::5", "::ffff:203.0.113.9", "10.1.2.3"]
    assert all(host in networks for host in inside)
    assert not any(
        host in networks for host in ["203.0.114.1", "2001:db9::1", "10.1.2.4", "trunk.example", ""]
    )
    assert "127.9.9.9" in Networks(LOOPBACK)
    assert not Networks()


@pytest.mark.parametrize("text", ["300.1.1.1", "10.0.0.0/33", "trunk.example", ""])
def test_what_is_no_network(text: str) -> None:
    with pytest.raises(ValueError):
        parse_network(text)


def test_an_ipv6_host_is_its_64_bit_network() -> None:
    assert source_of("2001:db8:0:1::1") == source_of("2001:db8:0:1:ffff::2") == "2001:db8:0:1::/64"
    assert source_of("2001:db8:0:2::1") != source_of("2001:db8:0:1::1")
    assert source_of("fe80::1%eth0") == "fe80::/64"
    assert source_of("::ffff:10.0.0.1") == source_of("10.0.0.1") == "10.0.0.1"
    assert source_of("a:name") == "a:name"
