"""Alerts: what a supervisor should know at once. The newest are kept in memory, all of them are in the journal.

One that is raised again in the same words is the same alert: it counts, and is the newest again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from api.schema import AlertView
from journal.journal import Journal

log = structlog.get_logger(__name__)

KEPT = 50


class Alerts:
    """The newest of one server, oldest first."""

    def __init__(self, journal: Journal, new_id: Callable[[], str]) -> None:
        self._journal = journal
        self._new_id = new_id
        self._kept: dict[tuple[str, str, str], AlertView] = {}

    @property
    def newest(self) -> tuple[AlertView, ...]:
        """Those that are kept, the newest last."""
        return tuple(self._kept.values())

    def raise_alert(self, kind: str, about: str, text: str) -> None:
        """Tell of something that happened to an agent, a contact, a callback or a queue."""
        key = (kind, about, text)
        before = self._kept.pop(key, None)
        self._kept[key] = AlertView(
            id=self._new_id() if before is None else before.id,
            at=datetime.now(UTC),
            kind=kind,
            about=about,
            text=text,
            times=1 if before is None else before.times + 1,
        )
        while len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]
        log.warning("acd.alert", kind=kind, about=about, text=text)
        self._journal.append("acd.alert", alert=kind, about=about, text=text)
