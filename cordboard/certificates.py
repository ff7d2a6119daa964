"""Self-signed certificates for trying SIP over TLS: made here, never fit for the open network.

Subject alternative names carry what peers check (RFC 5922 section 7.1): DNS names, addresses, and `sip:` URIs of the
names. The key is readable by its owner alone, from the first byte on.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from telephony.calls.local_address import OUTSIDE, OUTSIDE_6, route_to

CERTIFICATE_FILE, KEY_FILE = "cert.pem", "key.pem"
# A clock that is a little slow must not find the certificate "not valid yet".
_BACKDATED = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class MadeCertificate:
    """Where the two files are, and the names they are for."""

    certificate: Path
    key: Path
    names: tuple[str, ...]


def machine_names() -> tuple[str, ...]:
    """What this machine may be called by its peers: its names, loopback, and the addresses it sends from."""
    host, full = socket.gethostname(), socket.getfqdn()
    found = [host, full, "localhost", "127.0.0.1", "::1", route_to(OUTSIDE)]
    try:
        found.append(route_to(OUTSIDE_6))
        found += [str(entry[4][0]).partition("%")[0] for entry in socket.getaddrinfo(host, None)]
    except OSError:
        pass  # no IPv6, or a host name that resolves to nothing: no more addresses
    return tuple(dict.fromkeys(each for each in found if each))


def make_certificate(folder: Path, names: Sequence[str], *, days: int, now: datetime) -> MadeCertificate:
    """Write `cert.pem` and `key.pem` for `names` (addresses or DNS names); FileExistsError leaves old ones alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _sign(key, names, days, now.astimezone(UTC))
    folder.mkdir(parents=True, exist_ok=True)
    made = MadeCertificate(folder / CERTIFICATE_FILE, folder / KEY_FILE, tuple(names))
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write_new(made.key, secret, 0o600)
    _write_new(made.certificate, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    return made


def _sign(
    key: ec.EllipticCurvePrivateKey, names: Sequence[str], days: int, now: datetime
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(_alternative_names(names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=False)
        .sign(key, hashes.SHA256())
    )


def _alternative_names(names: Sequence[str]) -> list[x509.GeneralName]:
    result: list[x509.GeneralName] = []
    for name in names:
        try:
            result.append(x509.IPAddress(ip_address(name)))
        except ValueError:
            result += [x509.DNSName(name), x509.UniformResourceIdentifier(f"sip:{name}")]
    return result


def _write_new(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
