"""The certificate of a run folder: made once, nobody else's to read, compared by its fingerprint alone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from telephony.media.dtls_identity import LIFETIME, fingerprint, fits, load, load_or_make

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def test_it_is_made_once_and_again_before_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "run" / "media-dtls.pem"
    first = load_or_make(path, NOW)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_or_make(path, NOW + timedelta(days=300)) == first == load(path)[0]
    later = load_or_make(path, NOW + LIFETIME - timedelta(days=10))
    assert later != first
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_file_that_is_none_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "media-dtls.pem"
    path.write_bytes(b"something else")
    assert load_or_make(path, NOW) == load(path)[0]
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "missing.pem")


def test_one_of_several_fingerprints_must_fit(tmp_path: Path) -> None:
    ours = load_or_make(tmp_path / "a.pem", NOW)
    other = load_or_make(tmp_path / "b.pem", NOW)
    said = fingerprint(ours)
    assert said.startswith("sha-256 ")
    assert len(said) == len("sha-256 ") + 32 * 3 - 1
    for algorithm in ("sha-256", "sha-384", "sha-512"):
        assert fits(ours, (fingerprint(other), fingerprint(ours, algorithm).lower()))
    assert not fits(ours, (fingerprint(other),))
    assert not fits(ours, ("sha-1 " + "00:" * 19 + "00", ""))
    assert not fits(ours, ())
