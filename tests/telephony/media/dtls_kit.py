"""Two ends of a handshake without a network, each with its own certificate."""

from datetime import UTC, datetime
from pathlib import Path

from OpenSSL import SSL

from telephony.media.dtls import DtlsHandshake, new_context
from telephony.media.dtls_identity import fingerprint, load, load_or_make
from telephony.media.keying import DtlsRole, DtlsTerms

NOW = datetime(2030, 1, 1, tzinfo=UTC)


class End:
    """One end's certificate and what it promises of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.certificate = load_or_make(path, datetime.now(UTC))
        self.context: SSL.Context = new_context(*load(path))

    def handshake(self, role: DtlsRole, other: "End", algorithm: str = "sha-256") -> DtlsHandshake:
        return DtlsHandshake(self.context, DtlsTerms(role, (fingerprint(other.certificate, algorithm),)))


def exchange(one: DtlsHandshake, other: DtlsHandshake) -> None:
    """Carry datagrams until neither has any."""
    while True:
        there, back = one.to_send(), other.to_send()
        if not there and not back:
            return
        for datagram in there:
            other.receive(datagram)
        for datagram in back:
            one.receive(datagram)
