"""Saying which part of a user agent's state has changed, for whoever writes it down piece by piece.

A piece is one session, one address of record's bindings or one subscription, named by its kind and a key. Saying so
costs a call that does nothing where nobody writes; often is as good as once.
"""

from __future__ import annotations

from collections.abc import Callable

SESSION = "session"
BINDINGS = "bindings"
SUBSCRIPTION = "subscription"
GRUU_SECRET = "gruu"

Note = Callable[[str, str], None]
"""Hears the kind and the key of a piece that is another now, or over."""


def nobody_notes(_kind: str, _key: str) -> None:
    """Nobody writes anything down."""
