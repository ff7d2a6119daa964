"""Where a server keeps what it makes: one data folder, and what is in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Folders:
    """The parts of one data folder."""

    data: Path

    @property
    def database(self) -> Path:
        """The journal, and the list of recordings."""
        return self.data / "cordboard.db"

    @property
    def live_key(self) -> Path:
        """The key that the state of live calls is sealed with in the database."""
        return self.data / "live.key"

    @property
    def instance(self) -> Path:
        """The name of this installation to registrars."""
        return self.data / "instance"

    @property
    def recordings(self) -> Path:
        """Finished recordings."""
        return self.data / "recordings"

    @property
    def spools(self) -> Path:
        """Recordings that are still being made."""
        return self.data / "spool"

    @property
    def prompts(self) -> Path:
        """Spoken prompts, ready to be played."""
        return self.data / "prompts"

    @property
    def run(self) -> Path:
        """Sockets of the media workers."""
        return self.data / "run"

    def make(self) -> None:
        """Make them all; what callers say is nobody else's business."""
        for folder in (self.data, self.recordings, self.spools, self.prompts, self.run):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
