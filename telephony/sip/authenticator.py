"""The server's side of digest: challenges, checks, nonces that expire and are not replayed (RFC 7616, 8760).

A nonce carries its own time and a MAC, so a challenge costs no memory and a flood of unauthenticated requests
leaves nothing behind; only a nonce that was used with a right password is remembered, with its highest count.
An unknown user and a wrong password take the same work and get the same answer.
"""

from __future__ import annotations

import hmac
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from telephony.sip.digest import ALGORITHMS, Challenge, Credentials, digest_response, parse_fields
from telephony.sip.errors import RemoteProtocolError
from telephony.sip.message import Request

_REMEMBERED_NONCES = 50_000
_KNOW_ONLY_MD5 = ("baresip v0.", "baresip v1.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`user` is who it is, None if not proven; `stale` when only the nonce was too old or used."""

    user: str | None
    stale: bool = False


class Authenticator:
    """Checks Authorization headers against credentials."""

    def __init__(
        self,
        credentials: Credentials,
        realm: str,
        new_id: Callable[[], str],
        *,
        nonce_life_s: float = 120.0,
        algorithms: tuple[str, ...] = ("SHA-256", "MD5"),
    ) -> None:
        self._credentials = credentials
        self._realm = realm
        self._new_id = new_id
        self._nonce_life_s = nonce_life_s
        self._algorithms = algorithms
        self._secret = new_id().encode()
        self._counts: OrderedDict[str, int] = OrderedDict()

    def challenges(
        self, now: float, *, stale: bool = False, user_agent: str | None = None
    ) -> list[tuple[str, str]]:
        """WWW-Authenticate fields, the strongest algorithm first, one nonce for all.

        `user_agent` is what the phone calls itself: some give up when they see an algorithm that they do not know,
        though RFC 8760 section 2.4 asks them to pass it over.
        """
        nonce = self._new_nonce(now)
        only_md5 = user_agent is not None and user_agent.startswith(_KNOW_ONLY_MD5)
        offered = ("MD5",) if only_md5 and "MD5" in self._algorithms else self._algorithms
        return [
            ("WWW-Authenticate", str(Challenge(self._realm, nonce, each, stale=stale))) for each in offered
        ]

    def check(self, request: Request, now: float) -> Verdict:
        """Who sent the request, as far as its credentials for our realm prove it."""
        for value in request.lines("authorization"):
            try:
                fields = parse_fields(value)
            except RemoteProtocolError:
                continue
            if fields.get("realm") == self._realm:
                return self._check_fields(fields, request, now)
        return Verdict(None)

    def _check_fields(self, fields: dict[str, str], request: Request, now: float) -> Verdict:
        algorithm = fields.get("algorithm", "MD5").upper()
        qop = fields.get("qop")
        nonce, user = fields.get("nonce", ""), fields.get("username", "")
        count = _nonce_count(fields.get("nc")) if qop is not None else 0
        if algorithm not in self._algorithms or algorithm not in ALGORITHMS or qop not in (None, "auth"):
            return Verdict(None)
        if count is None or not self._is_ours(nonce):
            return Verdict(None)
        password = self._credentials.password(user, self._realm)
        expected = digest_response(
            algorithm=algorithm,
            user=user,
            realm=self._realm,
            password=password if password is not None else self._secret.hex(),
            method=request.method,
            uri=fields.get("uri", ""),
            nonce=nonce,
            qop=qop,
            nc=fields.get("nc", ""),
            cnonce=fields.get("cnonce", ""),
        )
        given = fields.get("response", "").lower().encode("utf-8", "surrogateescape")
        right = hmac.compare_digest(expected.encode(), given)
        if not right or password is None:
            return Verdict(None)
        if self._is_old(nonce, now) or not self._count_rises(nonce, count):
            return Verdict(None, stale=True)
        return Verdict(user)

    def _new_nonce(self, now: float) -> str:
        stamp = f"{int(now * 1000):x}.{self._new_id()}"
        return f"{stamp}.{self._mac(stamp)}"

    def _mac(self, stamp: str) -> str:
        return hmac.new(self._secret, stamp.encode("utf-8", "surrogateescape"), sha256).hexdigest()[:24]

    def _is_ours(self, nonce: str) -> bool:
        stamp, _, mac = nonce.rpartition(".")
        return hmac.compare_digest(self._mac(stamp).encode(), mac.encode("utf-8", "surrogateescape"))

    def _is_old(self, nonce: str, now: float) -> bool:
        return now - int(nonce.partition(".")[0], 16) / 1000 > self._nonce_life_s

    def _count_rises(self, nonce: str, count: int) -> bool:
        """Section 3.4 of RFC 7616: a count that does not rise is a replay; without qop, once only."""
        last = self._counts.get(nonce)
        if last is not None and count <= last:
            return False
        self._counts[nonce] = count
        self._counts.move_to_end(nonce)
        if len(self._counts) > _REMEMBERED_NONCES:
            self._counts.popitem(last=False)
        return True


def _nonce_count(text: str | None) -> int | None:
    if text is None or len(text) != 8:
        return None
    try:
        return int(text, 16)
    except ValueError:
        return None
