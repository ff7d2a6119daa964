"""The settings as they are now: what a reload may change is always asked here, and never kept by anybody else."""

from __future__ import annotations

from collections.abc import Mapping

from cordboard.config import CordboardFile
from cordboard.queue_settings import QueueSettings


class LiveSettings:
    """One for the whole server."""

    def __init__(self, file: CordboardFile) -> None:
        self.file = file

    @property
    def queues(self) -> Mapping[str, QueueSettings]:
        """The queues by their ids."""
        return self.file.queues

    @property
    def region(self) -> str | None:
        """Whose national numbers those without a country code are."""
        return self.file.region

    @property
    def language(self) -> str:
        """The voice for whoever is in no flow."""
        return self.file.speech.language
