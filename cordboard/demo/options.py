"""What a demo is asked for, and what it gives back."""

from __future__ import annotations

import importlib.resources
from dataclasses import asdict, dataclass
from pathlib import Path

EXAMPLE = Path(str(importlib.resources.files("callflows"))) / "examples" / "acme"


class DemoFailed(Exception):
    """The demo could not run; the text says in one line why."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """How long callers keep coming, which people they are, and where things are kept.

    `data` None makes a temporary folder, which stays: the recordings are in it. The people know the flow of
    the example; another `config` must have agents and a number of the same kind.
    """

    seconds: float = 30.0
    seed: int = 1
    data: Path | None = None
    config: Path = EXAMPLE
    number: str = "1000"


@dataclass(frozen=True, slots=True)
class DemoRecording:
    """One recorded talk, as the server's store lists it."""

    path: str
    seconds: float
    caller_dbfs: float | None
    agent_dbfs: float | None


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the server's journal and store say of a demo.

    `offered`: calls that came; `contained`: served by the flow alone; `answered`: talked to an agent;
    `abandoned`: hung up before either.
    """

    offered: int
    contained: int
    answered: int
    abandoned: int
    recordings: tuple[DemoRecording, ...]

    def as_data(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)

    def as_text(self) -> str:
        """For people."""
        lines = [
            f"{self.offered} calls: {self.answered} answered, {self.contained} served by the flow alone, "
            f"{self.abandoned} abandoned",
            f"{len(self.recordings)} recordings:",
        ]
        lines += [
            f"  {r.path}  {r.seconds:.1f} s, caller {_level(r.caller_dbfs)}, agent {_level(r.agent_dbfs)}"
            for r in self.recordings
        ]
        return "\n".join(lines)


def _level(dbfs: float | None) -> str:
    return "silent" if dbfs is None else f"{dbfs:.1f} dBFS"
