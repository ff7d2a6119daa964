"""Applies flows when they are saved, where the configuration asks for it (`flows: {watch: true}`).

Looks once a second at the times and sizes of the folder's files. A change is taken up when it has come to rest, so
that a file is not read while an editor writes it. What has a mistake is told in the log, and not applied.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog

from cordboard.flow_folder import flow_files
from cordboard.live_flows import LiveFlows, NotApplied

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 1.0

Signature = dict[Path, tuple[int, int]]


class FlowWatch:
    """One folder; `run` ends only by being cancelled."""

    def __init__(self, folder: Path, flows: LiveFlows) -> None:
        self._folder = folder
        self._flows = flows
        self._taken = self._seen = signature_of(folder)

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.look()

    async def look(self) -> None:
        """Take up what has changed and come to rest."""
        now = await asyncio.to_thread(signature_of, self._folder)
        at_rest, self._seen = now == self._seen, now
        if not at_rest or now == self._taken:
            return
        self._taken = now
        plan = await self._flows.plan()
        for problem in plan.problems:
            log.error("flow.not_applied", problem=str(problem))
        if plan.problems or not plan.changes:
            return
        try:
            await self._flows.apply(plan, "the file was saved")
        except NotApplied as error:
            log.error("flow.not_applied", problem=str(error))
        else:
            log.info("flow.applied", flows=[change.flow for change in plan.changes])


def signature_of(folder: Path) -> Signature:
    """Times and sizes of the flows; a file that goes away meanwhile is not there."""
    found: Signature = {}
    for path in flow_files(folder):
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        found[path] = (status.st_mtime_ns, status.st_size)
    return found
