"""The settings as they are now: what a reload may change is always asked here, and never kept by anybody else."""

from __future__ import annotations

from collections.abc import Mapping

from cordboard.config import CordboardFile
from cordboard.queue_settings import QueueSettings


class LiveSettings:
    """One for the whole server."""

    def __init__(self, file: CordboardFile) -> None:
        self.file = file
        self.queues: Mapping[str, QueueSettings] = file.queues
        """By their ids, with those that are gone: talks that came from them may go on."""

    def replace(self, file: CordboardFile) -> None:
        """From now on these are in force."""
        self.file = file
        self.queues = {**self.queues, **file.queues}

    @property
    def region(self) -> str | None:
        """Whose national numbers those without a country code are."""
        return self.file.region

    @property
    def language(self) -> str:
        """The voice for whoever is in no flow."""
        return self.file.speech.language
