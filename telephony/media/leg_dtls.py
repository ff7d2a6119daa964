"""Keys by handshake for legs: the desk's work brought to the legs that wait for it (RFC 5763, RFC 5764).

    DtlsLegs.settle(leg, earlier)    offer and answer are done: a new association, or the one that stands goes on
    LegDtls.takes(...)               a datagram that is the handshake's, or to be dropped until there are keys
    DtlsLegs.collect()               what the desk has found meanwhile: datagrams, keys, failures

Until there are keys a leg sends nothing and takes nothing but its handshake. An association goes on over re-INVITEs
that change neither the remote's certificate nor its address (RFC 5763 section 6.6).
"""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from telephony.media.dtls_identity import FILE_NAME
from telephony.media.keying import DtlsTerms, SrtpKeys
from telephony.media.leg_path import has_moved, set_ways, talk_to
from telephony.media.messages import EncryptionFailed, RemoteMedia
from telephony.media.rtp import is_dtls
from telephony.media.sockets import Address
from telephony.media.srtp import LegSrtp

if TYPE_CHECKING:
    from collections.abc import Callable

    from telephony.media.dtls_desk import DtlsDesk, Result
    from telephony.media.leg import Leg


class LegDtls:
    """One leg's association."""

    __slots__ = ("_desk", "keys", "number", "source", "terms")

    def __init__(self, desk: "Desk", terms: DtlsTerms) -> None:
        self._desk = desk
        self.terms = terms
        self.keys: SrtpKeys | None = None
        self.source: Address | None = None
        """Where the handshake's datagrams come from."""
        self.number = desk.begin(terms)

    def takes(self, leg: "Leg", data: bytes, source: Address | None) -> bool:
        """Whether nobody else need look at the datagram."""
        if is_dtls(data):
            if self.keys is None or source == leg.talked_to:
                self.source = source or self.source
                self._desk.receive(self.number, data)
            else:
                leg.refused += 1
            return True
        if self.keys is None:
            leg.unexpected += 1
            return True
        return False


class Desk(Protocol):
    """What legs see of `dtls_desk`."""

    def begin(self, terms: DtlsTerms) -> int: ...
    def receive(self, number: int, datagram: bytes) -> None: ...
    def end(self, number: int) -> None: ...


class DtlsLegs:
    """The legs of a worker that have an association; the desk comes with the first of them."""

    def __init__(self, runtime_dir: Path, notify: "Callable[[], None]") -> None:
        self._certificate = runtime_dir / FILE_NAME
        self._notify = notify
        self._desk: DtlsDesk | None = None
        self._legs: dict[int, Leg] = {}

    def settle(self, leg: "Leg", earlier: RemoteMedia | None) -> SrtpKeys | None:
        """The leg's keys by what was agreed on; None: it has none, or none yet."""
        remote = leg.remote
        assert remote is not None
        if remote.dtls is None:
            self.leave(leg)
            return remote.srtp
        standing = leg.dtls
        same_way = earlier is not None and not has_moved(earlier, remote)
        if standing is None or not same_way or standing.terms.fingerprints != remote.dtls.fingerprints:
            self.leave(leg)
            leg.dtls = standing = LegDtls(self._opened_desk(), remote.dtls)
            self._legs[standing.number] = leg
        return standing.keys

    def leave(self, leg: "Leg") -> None:
        """The leg's association, if it has one, is over."""
        if leg.dtls is not None and self._desk is not None:
            self._legs.pop(leg.dtls.number, None)
            self._desk.end(leg.dtls.number)
        leg.dtls = None

    def collect(self, now: float) -> None:
        """Called in the packet loop when the desk has notified it."""
        while self._desk is not None and self._desk.results:
            number, result = self._desk.results.popleft()
            leg = self._legs.get(number)
            if leg is not None:
                _apply(leg, result, now)

    def stop(self) -> None:
        if self._desk is not None:
            self._desk.stop()

    def _opened_desk(self) -> "DtlsDesk":
        if self._desk is None:
            from telephony.media.dtls_desk import DtlsDesk  # noqa: PLC0415 - most workers never need OpenSSL; the others have it

            self._desk = DtlsDesk(self._certificate, self._notify)
        return self._desk


def _apply(leg: "Leg", result: "Result", now: float) -> None:
    dtls = leg.dtls
    assert dtls is not None  # `leave` takes leg and association away together
    if isinstance(result, list):
        _send(leg, dtls.source or leg.talked_to, result)
    elif isinstance(result, SrtpKeys):
        dtls.keys = result
        if leg.locked is None and dtls.source is not None:
            talk_to(leg, dtls.source)
        leg.srtp = LegSrtp(result)
        set_ways(leg)
        leg.restart_sources(now)
    else:
        leg.host.emit(EncryptionFailed(leg.leg_id, result.why))


def _send(leg: "Leg", address: Address | None, datagrams: list[bytes]) -> None:
    if address is None:
        return  # nobody has said where: the remote speaks first
    for datagram in datagrams:
        try:
            leg.sockets.rtp.sendto(datagram, address)
        except OSError:
            leg.send_failures += 1  # nobody listens there yet: OpenSSL sends it again
