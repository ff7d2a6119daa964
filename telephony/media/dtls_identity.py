"""Our certificate for DTLS-SRTP: self-signed, for SDP's fingerprint to vouch for (RFC 5763 section 3).

    load_or_make(path)      control, before its workers need it; made once for a run folder, so that talks that
                            outlive control keep the fingerprint they were promised
    fingerprint(...)        as `a=fingerprint` has it (RFC 8122 section 5)

One PEM file holds key and certificate, readable by its owner alone from the first byte on.
"""

import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

FILE_NAME: Final = "media-dtls.pem"
LIFETIME: Final = timedelta(days=3650)
RENEWED_BEFORE: Final = timedelta(days=30)
HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "sha-256": hashes.SHA256(),
    "sha-384": hashes.SHA384(),
    "sha-512": hashes.SHA512(),
}
"""What fingerprints are compared by; RFC 8122 section 5 wants SHA-256 of all, and forbids MD5 and MD2."""


def fingerprint(certificate: x509.Certificate, algorithm: str = "sha-256") -> str:
    """Algorithm and octets, such as `sha-256 AB:CD:...`."""
    digest = certificate.fingerprint(HASHES[algorithm])
    return f"{algorithm} {digest.hex(':').upper()}"


def fits(certificate: x509.Certificate, fingerprints: tuple[str, ...]) -> bool:
    """Whether the certificate is one that SDP promised. Fingerprints by other hashes say nothing."""
    for each in fingerprints:
        algorithm, _, octets = each.partition(" ")
        algorithm = algorithm.lower()
        if (
            algorithm in HASHES
            and fingerprint(certificate, algorithm) == f"{algorithm} {octets.strip().upper()}"
        ):
            return True
    return False


def load(path: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """OSError or ValueError if there is none that can be read."""
    pem = path.read_bytes()
    key = serialization.load_pem_private_key(pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{path}: not a key of ours")
    return x509.load_pem_x509_certificate(pem), key


def load_or_make(path: Path, now: datetime) -> x509.Certificate:
    """The certificate of this run folder; a new one if there is none, or it ends soon."""
    try:
        certificate, _ = load(path)
    except (FileNotFoundError, ValueError):
        return _make(path, now.astimezone(UTC))
    if certificate.not_valid_after_utc - now.astimezone(UTC) < RENEWED_BEFORE:
        return _make(path, now.astimezone(UTC))
    return certificate


def _make(path: Path, now: datetime) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, "media")]
    )  # says nothing of who or where we are
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + LIFETIME)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name_made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret + certificate.public_bytes(serialization.Encoding.PEM))
    Path(name_made).replace(path)
    return certificate
