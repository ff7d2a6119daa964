"""The process in which recordings are assembled: another core if there is one, and never ahead of live calls.

One long-lived child at a low priority (a recording is never urgent), started with the first recording. A child
that dies is replaced, and the job tried once more.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from recordings.assembly import AssembledRecording, assemble

NICENESS = 10


class Workshop:
    """Runs `assemble` off the event loop, one at a time, in order of asking."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    async def assemble(self, spool: Path, wav: Path, sides: int) -> AssembledRecording:
        """As `recordings.assembly.assemble`. OSError also when the child died twice."""
        loop = asyncio.get_running_loop()
        for _ in range(2):
            pool = self._pool = self._pool or _new_pool()
            try:
                return await loop.run_in_executor(pool, assemble, spool, wav, sides)
            except BrokenProcessPool:
                # Others who waited for the same child may have replaced it already.
                if self._pool is pool:
                    self._pool = None
                pool.shutdown(wait=False)
        raise OSError(f"{spool}: the process that assembles recordings died twice over this")

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(pool.shutdown)


def _new_pool() -> ProcessPoolExecutor:
    # Spawned, not forked: the server has threads and sockets that a copy must not inherit.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(max_workers=1, mp_context=context, initializer=_settle_in)


def _settle_in() -> None:
    os.nice(NICENESS)
    # Ctrl-C goes to the whole terminal; the server decides when the work is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
