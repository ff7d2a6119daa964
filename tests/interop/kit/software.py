"""Somebody else's software: found, or the test is skipped with the reason; with CORDBOARD_REQUIRE_INTEROP=1
it fails."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import sys
from pathlib import Path
from typing import NoReturn

import pytest

DEBIAN_PACKAGES = {
    "sipp": "sip-tester",
    "baresip": "baresip",
    "sipsak": "sipsak",
    "linphonec": "linphone-cli",
    "rtpengine": "rtpengine-daemon",
    "chromium": "chromium",
    "npm": "npm",
}


def require_program(name: str) -> str:
    """The path of a program that the test cannot do without."""
    found = shutil.which(name)
    if found is None:
        _missing(f"{name} is not installed (Debian: apt-get install {DEBIAN_PACKAGES[name]})")
    return found


def require_download(name: str, exit_code: int, said: str) -> None:
    """What is fetched when a test is set up needs a way to its registry."""
    if exit_code != 0:
        _missing(f"{name} could not be fetched: {said.strip()[-300:]}")


def require_pyvoip() -> None:
    """pyVoIP is an extra (`cordboard[phones]`): GPL-3, and only ever in a process of its own."""
    if importlib.util.find_spec("pyVoIP") is None:
        _missing("pyVoIP is not installed (pip install 'cordboard[phones]')")


def require_sipvicious(tool: str) -> str:
    """sipvicious (GPL-3) is for tests only, and runs in a process of its own."""
    program = Path(sys.executable).with_name(f"sipvicious_{tool}")
    if not program.exists():
        _missing("sipvicious is not installed (pip install 'cordboard[scanners]')")
    return str(program)


def require_raw_sockets() -> None:
    """SIPp replays captured packets (digits among tones) through a raw socket, which the system grants to
    root alone."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP).close()
    except PermissionError:
        _missing("SIPp replays RFC 4733 digits through a raw socket: run as root")


def _missing(reason: str) -> NoReturn:
    if os.environ.get("CORDBOARD_REQUIRE_INTEROP") == "1":
        pytest.fail(f"{reason}; CORDBOARD_REQUIRE_INTEROP=1 asks for it", pytrace=False)
    pytest.skip(reason)
