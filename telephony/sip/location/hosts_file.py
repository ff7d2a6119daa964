"""The system's hosts file: names that the machine's owner decided, which DNS is not asked about."""

from __future__ import annotations

from pathlib import Path

from telephony.sip.address import is_literal

HOSTS = Path("/etc/hosts")


class HostsFile:
    """Reads the file when it has changed."""

    def __init__(self, path: Path = HOSTS) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._known: dict[str, list[str]] = {}

    def addresses(self, name: str) -> list[str]:
        """What the file says of a name, IPv4 and IPv6 mixed; nothing if it is not in there."""
        try:
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            if stamp != self._stamp:
                self._known = _parse(self._path.read_text(errors="replace"))
                self._stamp = stamp
        except OSError:  # a system without the file
            return []
        return self._known.get(name.lower(), [])


def _parse(text: str) -> dict[str, list[str]]:
    known: dict[str, list[str]] = {}
    for line in text.splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        if is_literal(address):
            for name in names:
                known.setdefault(name.lower(), []).append(address)
    return known
