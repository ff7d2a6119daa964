"""The name of this installation to registrars: a URN that is the same after every restart (RFC 5626 section 4.1)."""

from __future__ import annotations

import uuid
from pathlib import Path


def instance_urn(file: Path) -> str:
    """The URN kept in `file`, made at the first start; what cannot be read as one is made anew."""
    try:
        return uuid.UUID(file.read_text().strip()).urn
    except (FileNotFoundError, ValueError):
        made = uuid.uuid4()
        file.write_text(f"{made}\n")
        return made.urn
