"""The DTLS handshake of one leg (RFC 6347, RFC 5764), sans-IO: datagrams in, datagrams and SRTP keys out.

    start()              the active side speaks first
    receive(datagram)    of the remote
    handle_timer()       after `next_timer_s`: what was lost is sent again
    to_send()            datagrams for the remote, drained
    keys, failure        one of them is set when the handshake is over

OpenSSL does the work, through pyOpenSSL and memory buffers. Its output is a stream of records; each leaves here in a
datagram that fits every path. Whoever holds the private key of a certificate with a promised fingerprint is the
remote: no authority is asked (RFC 5763 section 5). Nothing but the handshake is ever sent: audio is SRTP.
"""

from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from telephony.media.dtls_identity import fits
from telephony.media.keying import MASTER_KEY_BYTES, MASTER_SALT_BYTES, DtlsTerms, SrtpKeys, SrtpSuite

DATAGRAM: Final = 1200
"""Octets; what every path carries whole."""
_SUITES: Final[dict[bytes, SrtpSuite]] = {
    b"SRTP_AES128_CM_SHA1_80": "AES_CM_128_HMAC_SHA1_80",
    b"SRTP_AES128_CM_SHA1_32": "AES_CM_128_HMAC_SHA1_32",
}
_LABEL: Final = b"EXTRACTOR-dtls_srtp"  # RFC 5764 section 4.2
_CIPHERS: Final = b"ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:!aNULL"
_RECORD_HEADER: Final = 13  # RFC 6347 section 4.1
_LARGEST_READ: Final = 65_536


def new_context(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> SSL.Context:
    """What all handshakes of a worker share."""
    context = SSL.Context(SSL.DTLS_METHOD)
    context.set_options(SSL.OP_NO_QUERY_MTU | SSL.OP_NO_TICKET)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_cipher_list(_CIPHERS)
    context.use_certificate(certificate)
    context.use_privatekey(key)
    context.set_tlsext_use_srtp(b":".join(_SUITES))
    # Any certificate may be shown; what counts is its fingerprint, compared when the handshake is over.
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
    return context


class DtlsHandshake:
    """One side of one association; kept while its leg lives, for a last flight that was lost is asked for again."""

    def __init__(self, context: SSL.Context, terms: DtlsTerms) -> None:
        self._terms = terms
        self._ssl = SSL.Connection(context, None)
        self._ssl.set_ciphertext_mtu(DATAGRAM)
        self._out: list[bytes] = []
        self.keys: SrtpKeys | None = None
        self.failure: str | None = None
        if terms.role == "active":
            self._ssl.set_connect_state()
        else:
            self._ssl.set_accept_state()

    @property
    def is_over(self) -> bool:
        return self.keys is not None or self.failure is not None

    def start(self) -> None:
        if self._terms.role == "active":
            self._go_on()

    def receive(self, datagram: bytes) -> None:
        """Anything may come; OpenSSL passes over what is no record of this association."""
        if self.failure is not None or not datagram:
            return
        self._ssl.bio_write(datagram)
        self._go_on()

    def next_timer_s(self) -> float | None:
        """Seconds until `handle_timer` has something to do; None if never."""
        return self._ssl.DTLSv1_get_timeout() if not self.is_over else None

    def handle_timer(self) -> None:
        if self.is_over:
            return
        try:
            self._ssl.DTLSv1_handle_timeout()
        except SSL.Error as error:
            self._fail(error)
        self._collect()

    def to_send(self) -> list[bytes]:
        out, self._out = self._out, []
        return out

    def _go_on(self) -> None:
        try:
            if self.keys is None:
                self._ssl.do_handshake()
                self._finish()
            else:
                self._ssl.recv(
                    _LARGEST_READ
                )  # a flight that came again is answered again; data has no meaning here
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            pass  # close_notify: the end of the leg is SIP's to say
        except SSL.Error as error:
            if self.keys is None:
                self._fail(error)
        self._collect()

    def _finish(self) -> None:
        certificate = self._ssl.get_peer_certificate(as_cryptography=True)
        suite = _SUITES.get(self._ssl.get_selected_srtp_profile())
        if certificate is None or not fits(certificate, self._terms.fingerprints):
            self.failure = "the certificate is not the one that SDP promised"
        elif suite is None:
            self.failure = "no SRTP profile in common"
        else:
            self.keys = self._export(suite)

    def _export(self, suite: SrtpSuite) -> SrtpKeys:
        """RFC 5764 section 4.2: client's key, server's key, client's salt, server's salt."""
        key, salt = MASTER_KEY_BYTES, MASTER_SALT_BYTES
        material = self._ssl.export_keying_material(_LABEL, 2 * (key + salt))
        client = material[:key] + material[2 * key : 2 * key + salt]
        server = material[key : 2 * key] + material[2 * key + salt :]
        ours, theirs = (client, server) if self._terms.role == "active" else (server, client)
        return SrtpKeys(suite, ours, theirs)

    def _fail(self, error: SSL.Error) -> None:
        reasons = error.args[0] if error.args and isinstance(error.args[0], list) else []
        self.failure = "; ".join(str(each[-1]) for each in reasons) or "it broke off"

    def _collect(self) -> None:
        stream = b""
        while True:
            try:
                stream += self._ssl.bio_read(_LARGEST_READ)
            except SSL.WantReadError:
                break
        self._out += datagrams(stream)


def datagrams(stream: bytes) -> list[bytes]:
    """Records that follow one another, as many to a datagram as fit."""
    found: list[bytes] = []
    while len(stream) >= _RECORD_HEADER:
        size = _RECORD_HEADER + int.from_bytes(stream[11:13], "big")
        record, stream = stream[:size], stream[size:]
        if found and len(found[-1]) + len(record) <= DATAGRAM:
            found[-1] += record
        else:
            found.append(record)
    return found
