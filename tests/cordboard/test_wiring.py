"""What the settings of audio become: terms, and a certificate only where one is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from cordboard import wiring
from cordboard.config import CordboardFile, load_configuration
from telephony.media.dtls_identity import FILE_NAME, fingerprint, load
from tests.cordboard.test_config import SETTINGS, folder


def settings(path: Path, media: str) -> CordboardFile:
    path.mkdir()
    return load_configuration(folder(path, f"{SETTINGS}media: {media}\n"), {}).settings


@pytest.mark.parametrize("srtp", ["offered", "required", "dtls"])
def test_encrypted_audio_has_a_certificate_that_lasts(tmp_path: Path, srtp: str) -> None:
    file, run = settings(tmp_path / "c", f"{{srtp: {srtp}}}"), tmp_path / "run"
    terms = wiring.media_terms(file, run)
    assert terms.srtp == srtp
    assert terms.fingerprint == fingerprint(load(run / FILE_NAME)[0])
    assert wiring.media_terms(file, run).fingerprint == terms.fingerprint


def test_plain_audio_has_none(tmp_path: Path) -> None:
    terms = wiring.media_terms(settings(tmp_path / "c", "{}"), tmp_path / "run")
    assert (terms.srtp, terms.fingerprint) == ("off", "")
    assert not (tmp_path / "run").exists()


def test_workers_know_which_codecs_may_come(tmp_path: Path) -> None:
    file = settings(tmp_path / "c", "{codecs: [opus, PCMU]}")
    config = wiring.media(file, tmp_path)
    assert (config.codecs, config.handshakes) == (("opus", "PCMU"), False)


def test_workers_know_whether_handshakes_may_come(tmp_path: Path) -> None:
    assert wiring.media(settings(tmp_path / "c", "{srtp: dtls}"), tmp_path).handshakes
