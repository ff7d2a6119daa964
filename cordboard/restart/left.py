"""What a process before this one left in the ledger, read and understood. Reads the disk; changes nothing.

What cannot be understood is told, not raised: one call that cannot go on must not be the end of all others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import structlog

from callflows.flow import Flow, FlowProblems, flow_of
from callflows.source import parse_document
from cordboard.flow_versions import FlowVersions
from cordboard.restart.kept_calls import CALL, RUN, KeptCall
from cordboard.restart.kept_router import STATE, TAIL
from cordboard.restart.kept_sip import PREFIX, Piece, order_of
from ivr.run import FlowRun
from journal.live import LiveStates

log = structlog.get_logger(__name__)

ATTEMPTS = "restart/attempts"


@dataclass(frozen=True, slots=True)
class LeftRun:
    """A call's run as it was left, and the very version of the flow that it was in."""

    run: FlowRun
    flow: Flow


@dataclass(slots=True)
class Left:
    """All of it. `ids` are the rows on the disk; `router` and `tail` are in order."""

    ids: set[str] = field(default_factory=set)
    pieces: list[Piece] = field(default_factory=list)
    calls: list[KeptCall] = field(default_factory=list)
    runs: dict[str, LeftRun] = field(default_factory=dict)
    router: list[tuple[str, bytes]] = field(default_factory=list)
    tail: list[tuple[str, bytes]] = field(default_factory=list)

    attempts: int = 0
    """How many processes have died of this so far."""

    @property
    def has_calls(self) -> bool:
        """Whether anybody was on the line."""
        return bool(self.calls)


def read_left(states: LiveStates, versions: FlowVersions, folder: Path) -> Left:
    """Everything that is from this start of the machine and sealed with our key."""
    left = Left()
    flows: dict[tuple[str, str], Flow] = {}
    for state in states.left():
        left.ids.add(state.id)
        try:
            _sort_in(left, state.id, state.data, flows, versions, folder)
        except (msgspec.DecodeError, LookupError, FlowProblems) as error:
            log.error("restart.not_understood", state=state.id, why=str(error))
    left.pieces.sort(key=order_of)
    left.calls.sort(key=lambda kept: kept.call.since)
    left.router.sort()
    left.tail.sort()
    return left


def _sort_in(
    left: Left,
    id_: str,
    data: bytes,
    flows: dict[tuple[str, str], Flow],
    versions: FlowVersions,
    folder: Path,
) -> None:
    kind = id_.partition("/")[0]
    if kind == PREFIX:
        left.pieces.append(msgspec.msgpack.decode(data, type=Piece))
    elif kind == CALL:
        left.calls.append(msgspec.msgpack.decode(data, type=KeptCall))
    elif kind == RUN:
        run = FlowRun.load(data)
        key = (run.flow, run.version)
        if key not in flows:
            flows[key] = _flow(*key, versions, folder)
        left.runs[id_.partition("/")[2]] = LeftRun(run, flows[key])
    elif id_ == ATTEMPTS:
        left.attempts = int(data)
    elif id_.startswith(STATE):
        left.router.append((id_, data))
    elif id_.startswith(TAIL):
        left.tail.append((id_, data))
    else:
        raise LookupError("nobody here writes such a thing")


def _flow(name: str, version: str, versions: FlowVersions, folder: Path) -> Flow:
    text = versions.text(name, version)
    if text is None:
        raise LookupError(f"no version {version} of {name} is kept")
    return flow_of(parse_document(folder / f"{name}.yaml", text))
