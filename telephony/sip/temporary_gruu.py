"""Addresses that name one phone and tell nobody whose it is (RFC 5627 section 3.1.2, appendix A.2).

Nothing is kept: the user part carries, veiled and sealed under a secret, a mark of the registration that it was made
for. Each REGISTER gets another one; they are all good until that registration ends, or begins anew with another
Call-ID, for the mark is another one then. A guessed or altered one is not read.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from hashlib import sha256

from telephony.sip.grammar import Parameters
from telephony.sip.uri import SipUri

_PREFIX = "tgruu."
_MARK, _SEAL = 8, 8  # bytes; the salt is as long as the mark
_ENCODED = 32  # characters of base64 for all three


class TemporaryGruus:
    """Makes them and reads them. `secret` outlives the process with the bindings."""

    def __init__(self, secret: bytes, new_id: Callable[[], str]) -> None:
        self.secret = secret
        self._new_id = new_id

    def mark(self, aor: str, instance: str, call_id: str) -> bytes:
        """The one registration of one phone."""
        return self._hash(b"mark", "\0".join((aor, instance, call_id)).encode("utf-8", "surrogateescape"))

    def make(self, aor: SipUri, mark: bytes) -> SipUri:
        """A new one; section 5.4: a `gr` parameter without a value."""
        salt = sha256(self._new_id().encode()).digest()[:_MARK]
        veiled = _veiled(mark, self._hash(b"veil", salt))
        text = urlsafe_b64encode(salt + veiled + self._hash(b"seal", salt + veiled)).decode()
        return SipUri(aor.scheme, _PREFIX + text, aor.host, aor.port, Parameters({"gr": None}))

    def mark_in(self, uri: SipUri) -> bytes | None:
        """The mark that a URI carries; None if it is none of ours."""
        user = uri.user or ""
        if "gr" not in uri.parameters or not user.startswith(_PREFIX) or len(user) != len(_PREFIX) + _ENCODED:
            return None
        try:
            whole = urlsafe_b64decode(user[len(_PREFIX) :].encode())
        except (Base64Error, UnicodeEncodeError):
            return None
        salt, veiled, seal = whole[:_MARK], whole[_MARK : 2 * _MARK], whole[2 * _MARK :]
        if not hmac.compare_digest(seal, self._hash(b"seal", salt + veiled)):
            return None
        return _veiled(veiled, self._hash(b"veil", salt))

    def _hash(self, purpose: bytes, data: bytes) -> bytes:
        return hmac.digest(self.secret, purpose + b"\0" + data, "sha256")[:_SEAL]


def _veiled(data: bytes, veil: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(data, veil, strict=True))
