"""Runs written down as they change, and given back to a server that starts after one that died.

Data flow: a session's event > `moved` (marks the call) > every fifth of a second `FlowRun.dump` of the marked ones >
`LiveStates` (sealed: what callers type is in a run) > the database; removed when the flow ends. `left` is the way back:
each run with the very version of the flow that it was in.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import msgspec
import structlog
from cryptography.fernet import Fernet, InvalidToken

from callflows.flow import Flow, FlowProblems, flow_of
from callflows.source import parse_document
from cordboard.flow_versions import FlowVersions
from ivr.run import FlowRun
from ivr.session import Session
from journal.live import LiveStates

log = structlog.get_logger(__name__)

GATHER_S = 0.2
KIND = "run"


@dataclass(frozen=True, slots=True)
class LeftRun:
    """A call's run as it was left, and the flow it is in; another `Runner` over both goes on at the same step."""

    run: FlowRun
    flow: Flow


class RunKeeper:
    """The runs of all live calls."""

    def __init__(self, states: LiveStates) -> None:
        self._states = states
        self._moved: dict[str, Session] = {}
        self._written: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None

    def moved(self, session: Session) -> None:
        """The run may be another now: it is written down soon, once, however often this is said."""
        self._moved[session.call_id] = session
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER_S, self.gather)

    def ended(self, call_id: str) -> None:
        """The flow is over."""
        self._moved.pop(call_id, None)
        if call_id in self._written:  # most short calls end before they are ever written down
            self._written.discard(call_id)
            self._states.remove(call_id)

    def gather(self) -> None:
        """Write down what has moved. Reads memory only; the disk is another thread's."""
        self._timer = None
        moved, self._moved = self._moved, {}
        for call_id, session in moved.items():
            self._states.put(call_id, session.runner.run.dump())
            self._written.add(call_id)

    def close(self) -> None:
        """Nothing moves any more. Waits for the disk: not on the event loop."""
        if self._timer is not None:
            self._timer.cancel()
        self._states.close()


def states_of(database: Path, key_file: Path) -> LiveStates:
    """The runs' states, sealed with a key that is kept beside the database and not in it."""
    key = _key(key_file)

    def unseal(data: bytes) -> bytes:
        try:
            return key.decrypt(data)
        except InvalidToken as error:
            raise ValueError("sealed with another key") from error

    return LiveStates(database, KIND, seal=key.encrypt, unseal=unseal)


def runs_left(states: LiveStates, versions: FlowVersions, folder: Path) -> list[LeftRun]:
    """The runs that a server left when it died, oldest change first; reads the disk. What cannot go on is logged."""
    found = []
    for state in states.left():
        try:
            run = FlowRun.load(state.data)
            text = versions.text(run.flow, run.version)
            if text is None:
                raise LookupError(f"no version {run.version} of {run.flow} is kept")
            flow = flow_of(parse_document(folder / f"{run.flow}.yaml", text))
        except (msgspec.DecodeError, LookupError, FlowProblems) as error:
            log.error("flow.run_lost", call=state.id, why=str(error))
            continue
        found.append(LeftRun(run, flow))
    return found


def _key(path: Path) -> Fernet:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(Fernet.generate_key())
    return Fernet(path.read_bytes())
