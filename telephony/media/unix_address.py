"""Unix socket addresses of any length: the kernel takes 107 bytes, a runtime folder may lie deeper.

A long path is reached through the descriptor of its folder in /proc, which Linux resolves like the path itself.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST = 107


@contextmanager
def unix_address(path: Path) -> Iterator[str]:
    """An address for bind or connect; good inside the block only."""
    if len(os.fsencode(path)) <= LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
