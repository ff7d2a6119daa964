"""rtpengine's answer to `query`, read: per tag, what came in and when. Sans-IO.

An answer has the tags of a call, each its medias, each its streams (RTP, then RTCP), each its local port, the
remote's address, packets, and the second of the last packet. What is missing or odd counts as nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from telephony.media.rtpengine.bencode import Dictionary, Value


@dataclass(frozen=True, slots=True)
class Heard:
    """One party's audio as it came in."""

    port: int = 0
    source: tuple[str, int] | None = None
    packets: int = 0
    octets: int = 0
    last_packet_utc_s: int = 0
    """The second in which the call was made, until one comes."""


def heard_of(answer: Dictionary, tag: str) -> Heard:
    """What rtpengine received from that tag."""
    stream = _first_stream(_under(_under(answer, "tags"), tag))
    counts, source = _under(stream, "stats"), _under(stream, "endpoint")
    host, port = source.get("address"), _number(source, "port")
    return Heard(
        port=_number(stream, "local port"),
        source=(host, port) if isinstance(host, str) and port else None,
        packets=_number(counts, "packets"),
        octets=_number(counts, "bytes"),
        last_packet_utc_s=_number(stream, "last packet"),
    )


def tags_of(answer: Dictionary) -> tuple[str, ...]:
    """Every tag of the call."""
    return tuple(_under(answer, "tags"))


def relayed_packets(answer: Dictionary) -> int:
    """Of rtpengine's `statistics`: all packets it has passed on."""
    totals = _under(_under(answer, "statistics"), "totalstatistics")
    return _number(totals, "relayedpackets")


def _first_stream(tag: Dictionary) -> Dictionary:
    found: Dictionary = tag
    for name in ("medias", "streams"):
        listed = found.get(name)
        first = listed[0] if isinstance(listed, list) and listed else {}
        found = first if isinstance(first, Mapping) else {}
    return found


def _under(place: Dictionary, name: str) -> Mapping[str, Value]:
    found = place.get(name)
    return found if isinstance(found, Mapping) else {}


def _number(place: Dictionary, name: str) -> int:
    found = place.get(name)
    return found if isinstance(found, int) else 0
