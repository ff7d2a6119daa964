"""TLS for SIP: contexts made from files, and made anew when the files change (RFC 3261 section 26.3.1, RFC 5922).

A changed certificate is loaded into the context that the listeners use already: handshakes from then on get it, and
connections that stand know nothing of it. A pair that does not fit (one of two files written so far) is refused
before it touches that context.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where the certificate is, and whom we believe.

    `authorities` replaces the system's list of certificate authorities. `verify_servers` is about those we connect
    to, `verify_clients` demands a certificate of those that connect to us (mutual TLS).
    """

    certificate: Path | None = None
    key: Path | None = None
    authorities: Path | None = None
    verify_servers: bool = True
    verify_clients: bool = False


class TlsContexts:
    """The server's context and the client's; raises OSError or ssl.SSLError (an OSError) for files that are no use."""

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self.server = _server_context(files) if files.certificate is not None else None
        self.client = _client_context(files)
        self._seen = self._stamps()

    def reload_if_changed(self) -> bool:
        """Take up a new certificate; True if there was one. Raises as the constructor does, and then all stays as it
        was until the files change again."""
        stamps = self._stamps()
        if stamps == self._seen:
            return False
        self._seen = stamps
        if self.server is None:
            return False
        _server_context(self._files)
        _load_own(self.server, self._files)
        _load_own(self.client, self._files)
        return True

    def _stamps(self) -> list[tuple[int, int, int]]:
        """What tells one version of the files from another."""
        stamps = []
        for path in (self._files.certificate, self._files.key):
            if path is not None and path.exists():
                status = path.stat()
                stamps.append((status.st_mtime_ns, status.st_size, status.st_ino))
        return stamps


def _server_context(files: TlsFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _load_own(context, files)
    if files.verify_clients:
        context.verify_mode = ssl.CERT_REQUIRED
        if files.authorities is not None:
            context.load_verify_locations(files.authorities)
        else:
            context.load_default_certs(ssl.Purpose.CLIENT_AUTH)
    return context


def _client_context(files: TlsFiles) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(files.authorities) if files.authorities else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not files.verify_servers:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if files.certificate is not None:
        _load_own(context, files)
    return context


def _load_own(context: ssl.SSLContext, files: TlsFiles) -> None:
    if files.certificate is not None:
        context.load_cert_chain(files.certificate, files.key)
