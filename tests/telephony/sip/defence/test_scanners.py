"""Scanners by name."""

from __future__ import annotations

import pytest

from telephony.sip.defence.scanners import SCANNERS, ScannerNames


@pytest.mark.parametrize("name", ["friendly-scanner", "sipcli/v1.8", "SIPVicious 0.3", "VaxSIPUserAgent/3.1"])
def test_known_ones(name: str) -> None:
    assert ScannerNames().is_scanner(name.encode())


@pytest.mark.parametrize("name", ["", "baresip v1.0.0", "Cordboard/0.1", "sipp", "sipsak 0.9", "Zoiper 5"])
def test_phones_are_let_through(name: str) -> None:
    names = ScannerNames()
    assert not names.is_scanner(name.encode())
    assert not names.is_scanner(name.encode())  # the remembered answer


def test_the_list_is_the_configurations_to_change_and_memory_is_bounded() -> None:
    names = ScannerNames([*SCANNERS, "Sipsak"])
    assert names.is_scanner(b"sipsak 0.9.8")
    for n in range(5000):
        names.is_scanner(b"phone %d" % n)
    assert len(names._known) <= 1000
