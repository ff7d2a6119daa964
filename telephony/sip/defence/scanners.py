"""The one list of programs that look for servers to break into, by what they call themselves.

Tools for honest testing (sipp, sipsak) are left out: who wants those shut out as well adds them in the configuration.
A scanner may call itself anything, so this catches the lazy ones at their first message; guessing is caught by what
it does (`sources`).
"""

from __future__ import annotations

from collections.abc import Iterable

SCANNERS = (
    "friendly-scanner",
    "friendly-request",
    "sipvicious",
    "sundayddr",
    "sip-scan",
    "sipscan",
    "siparmyknife",
    "sipcli",
    "smap",
    "vaxsipuseragent",
    "iwar",
    "csipsimple-attack",
    "pplsip",
    "sipptk",
    "voipbuster-scan",
    "eyebeam-scan",
    "mr.sip",
    "nmap",
    "zgrab",
    "masscan",
)
_REMEMBERED = 1000


class ScannerNames:
    """Whether a User-Agent value is a scanner's; the answer is remembered, since phones say the same all day."""

    __slots__ = ("_known", "_names")

    def __init__(self, names: Iterable[str] = SCANNERS) -> None:
        self._names = tuple(name.lower().encode() for name in names)
        self._known: dict[bytes, bool] = {}

    def is_scanner(self, user_agent: bytes) -> bool:
        """Whether one of the names is in what the sender calls itself."""
        known = self._known.get(user_agent)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            lower = user_agent.lower()
            known = self._known[user_agent] = any(name in lower for name in self._names)
        return known
