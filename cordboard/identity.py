"""Names for calls, legs, dialogs and recordings: 64 random bits each, drawn from the system a block at a time.

One system call for each name cost two to three percent of all CPU under load.
"""

from __future__ import annotations

import os

BYTES = 8
BLOCK = 512


class Names:
    """Draws names; a block is drawn by the process that uses it up (a fork draws its own)."""

    def __init__(self) -> None:
        self._drawn = ""
        self._used = 0
        self._process = 0

    def __call__(self) -> str:
        """A name that was never given before, in hexadecimal."""
        used = self._used
        if used == len(self._drawn) or self._process != os.getpid():
            self._drawn, self._process, used = os.urandom(BYTES * BLOCK).hex(), os.getpid(), 0
        self._used = used + 2 * BYTES
        return self._drawn[used : self._used]


new_id = Names()
