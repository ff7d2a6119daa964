"""How the two ends of a leg come to keys for SRTP, as values: told in SDP (RFC 4568), or by a handshake (RFC 5763)."""

from dataclasses import dataclass, field
from typing import Literal

SrtpSuite = Literal["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"]
MASTER_KEY_BYTES, MASTER_SALT_BYTES = 16, 14
SRTP_KEY_BYTES = MASTER_KEY_BYTES + MASTER_SALT_BYTES
"""Master key and master salt of these suites (RFC 4568 section 6.2)."""
DtlsRole = Literal["active", "passive"]
"""RFC 4145 section 4: who opens the conversation, and so is the client of the handshake (RFC 5763 section 5)."""


@dataclass(frozen=True, slots=True)
class SrtpKeys:
    """How both directions of a leg are encrypted (RFC 3711); keys are never shown."""

    suite: SrtpSuite
    send_key: bytes = field(repr=False)
    """Ours: 16 bytes of master key, 14 of salt."""
    receive_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class DtlsTerms:
    """A handshake to come on the media port."""

    role: DtlsRole
    """Ours."""
    fingerprints: tuple[str, ...]
    """Of the remote's certificate, as `a=fingerprint` has them; one must fit (RFC 8122 section 5)."""
