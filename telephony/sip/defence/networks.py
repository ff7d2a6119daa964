"""Sets of addresses, and what counts as one source.

An IPv6 host owns a /64 and can speak from any address of it, so the whole /64 is one source.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def parse_network(text: str) -> Network:
    """`203.0.113.0/24`, `2001:db8::/32` or one address; ValueError for anything else."""
    return ip_network(text.strip(), strict=False)


class Networks:
    """Addresses that something holds for. Hosts that are no addresses are in none."""

    __slots__ = ("_networks",)

    def __init__(self, networks: Iterable[Network] = ()) -> None:
        self._networks = tuple(networks)

    def __contains__(self, host: str) -> bool:
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks if network.version == address.version)

    def __bool__(self) -> bool:
        return bool(self._networks)


def source_of(host: str) -> str:
    """The name under which a host's doings are counted."""
    return host if ":" not in host else _network_of(host)


@lru_cache(maxsize=4096)
def _network_of(host: str) -> str:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address) >> 64 << 64, 64)))
