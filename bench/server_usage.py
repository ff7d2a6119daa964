"""What a server costs, from the operating system: CPU of all its processes, and the memory they hold.

The processes are the one that was started, its children, and the media workers, who are nobody's children and
name the server's data folder. CPU is user plus system time, as /proc counts it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from tests.interop.kit.server import Server, processes_that_mention

TICKS = os.sysconf("SC_CLK_TCK")
PAGE_KB = os.sysconf("SC_PAGE_SIZE") // 1024


@dataclass(frozen=True)
class Usage:
    """What the server's processes used so far: control (with the helpers it has waited for), media workers,
    others."""

    control_s: float = 0.0
    media_s: float = 0.0
    other_s: float = 0.0
    resident_kb: int = 0
    proportional_kb: int = 0
    processes: int = 0

    @property
    def cpu_s(self) -> float:
        """All of them together."""
        return self.control_s + self.media_s + self.other_s

    @classmethod
    def read(cls, server: Server) -> Usage:
        """Sum over the processes as they are now."""
        usage = cls()
        for pid in _processes(server):
            try:
                stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
                proportional_kb = _proportional_kb(pid)
            except OSError:
                continue  # it has ended; if control waited for it, control's sum has it
            own_s, waited_for_s = (
                (int(stat[11]) + int(stat[12])) / TICKS,
                (int(stat[13]) + int(stat[14])) / TICKS,
            )
            media = b"telephony.media.worker" in command
            usage = cls(
                control_s=usage.control_s + (own_s + waited_for_s if pid == server.pid else 0.0),
                media_s=usage.media_s + (own_s if media else 0.0),
                other_s=usage.other_s + (own_s if not media and pid != server.pid else 0.0),
                resident_kb=usage.resident_kb + int(stat[21]) * PAGE_KB,
                proportional_kb=usage.proportional_kb + proportional_kb,
                processes=usage.processes + 1,
            )
        return usage


def _proportional_kb(pid: int) -> int:
    """Resident memory with what is shared counted once over all who share it (PSS)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def _processes(server: Server) -> list[int]:
    found = {server.pid, *processes_that_mention(str(server.data))}
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    grown = 0
    while grown != len(found):
        grown = len(found)
        found |= {child for child, parent in parents.items() if parent in found}
    return sorted(found)
