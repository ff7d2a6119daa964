"""What an ICE conversation is held under (RFC 8445), as a value."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class IceTerms:
    """Fragments and our password, from SDP (RFC 8839 section 5.4); the remote's we do not need, for we never ask."""

    ufrag: str
    password: str = field(repr=False)
    remote_ufrag: str
