"""`cordboard cert`: what is written, for whom, and that nothing is overwritten."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from typer.testing import CliRunner

from cordboard.certificates import machine_names, make_certificate
from cordboard.cli import app

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_names_addresses_and_time(tmp_path: Path) -> None:
    made = make_certificate(tmp_path, ["pbx.example", "192.0.2.1", "::1"], days=30, now=NOW)
    read = x509.load_pem_x509_certificate(made.certificate.read_bytes())
    names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["pbx.example"]
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["192.0.2.1", "::1"]
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == ["sip:pbx.example"]
    assert read.not_valid_before_utc < NOW
    assert read.not_valid_after_utc == NOW + timedelta(days=30)
    assert made.key.stat().st_mode & 0o777 == 0o600
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(made.certificate, made.key)


def test_old_files_stay(tmp_path: Path) -> None:
    made = make_certificate(tmp_path, ["a"], days=1, now=NOW)
    before = made.key.read_bytes(), made.certificate.read_bytes()
    with pytest.raises(FileExistsError):
        make_certificate(tmp_path, ["b"], days=1, now=NOW)
    assert (made.key.read_bytes(), made.certificate.read_bytes()) == before


def test_this_machine_is_called_localhost_too() -> None:
    assert {"localhost", "127.0.0.1", "::1"} <= set(machine_names())


def test_the_command(tmp_path: Path) -> None:
    out = tmp_path / "tls"
    command = ["cert", "--out", str(out), "--name", "pbx.example"]
    first = CliRunner().invoke(app, command)
    assert first.exit_code == 0, first.output
    assert "pbx.example" in first.output
    assert f"certificate: {out / 'cert.pem'}" in first.output
    again = CliRunner().invoke(app, command)
    assert again.exit_code == 1
    assert "is there already" in again.stderr
    assert "Traceback" not in again.output
