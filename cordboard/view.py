"""The running system as the API shows it: reads memory for the live picture, the journal and the store for the past.

Serves `api.system.System`. Owns no state; must not change anything it looks at.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import cast

from acd.router import Router
from api.schema import (
    AgentView,
    CallHistory,
    CallSummary,
    CallView,
    HistoryEvent,
    Presence,
    QueueView,
    RecordingView,
    ServerView,
    Snapshot,
)
from cordboard import __version__
from cordboard.directory import Directory
from cordboard.switchboard import Switchboard
from journal.journal import Journal
from recordings.store import RecordingStore


class SystemView:
    """The rooms of a running server, looked at. `sip_address` is asked anew each time: a port may be chosen late."""

    def __init__(
        self,
        name: str,
        sip_address: Callable[[], str],
        switchboard: Switchboard,
        router: Router,
        directory: Directory,
        journal: Journal,
        recordings: RecordingStore,
    ) -> None:
        self._name = name
        self._sip_address = sip_address
        self._switchboard = switchboard
        self._router = router
        self._directory = directory
        self._journal = journal
        self._recordings = recordings
        self._started_at = datetime.now(UTC)
        self.packets_dropped = 0

    def snapshot(self) -> Snapshot:
        """The whole state now."""
        now = time.monotonic()
        return Snapshot(
            at=datetime.now(UTC),
            server=self._server_view(),
            queues=self._queues(now),
            calls=self._calls(now),
            agents=self._agents(now),
            alerts=self._switchboard.alerts.newest,
        )

    async def history(self, call_id: str) -> CallHistory | None:
        """Every event of one call, as the journal has it."""
        await asyncio.to_thread(self._journal.flush)
        events = await asyncio.to_thread(self._journal.history, call_id)
        if not events:
            return None
        return CallHistory(
            id=call_id, events=tuple(HistoryEvent(at=e.at, kind=e.kind, data=e.data) for e in events)
        )

    async def calls(self, limit: int) -> Sequence[CallSummary]:
        """The newest calls."""
        await asyncio.to_thread(self._journal.flush)
        found = await asyncio.to_thread(self._journal.calls, limit)
        return [
            CallSummary(
                id=call.id,
                caller=call.caller,
                called=call.called,
                started_at=call.started_at,
                ended_at=call.ended_at,
                outcome=call.outcome,
                queue=call.queue,
                agent=call.agent,
            )
            for call in found
        ]

    async def recordings(self, limit: int) -> Sequence[RecordingView]:
        """The newest recordings."""
        found = await asyncio.to_thread(self._recordings.list, limit)
        return [
            RecordingView(
                id=recording.id,
                call=recording.call,
                started_at=recording.started,
                seconds=recording.seconds,
                path=str(recording.path),
                caller_dbfs=recording.caller_dbfs,
                agent_dbfs=recording.agent_dbfs,
                queue=recording.queue,
                agent=recording.agent,
                kind=recording.kind,
            )
            for recording in found
        ]

    def _server_view(self) -> ServerView:
        return ServerView(
            name=self._name,
            version=__version__,
            started_at=self._started_at,
            sip=self._sip_address(),
            calls_now=len(self._switchboard.calls),
            calls_total=self._switchboard.calls_total,
            media_packets_lost=self.packets_dropped,
        )

    def _queues(self, now: float) -> tuple[QueueView, ...]:
        return tuple(
            QueueView(
                id=queue.id,
                name=queue.name,
                waiting=queue.waiting,
                longest_wait_s=queue.longest_wait_s,
                service_level_percent=queue.service_level_percent,
                service_level_s=queue.service_level_s,
                offered=queue.offered,
                answered=queue.answered,
                abandoned=queue.abandoned,
                callbacks=queue.callbacks_waiting,
                estimated_wait_s=None if queue.estimate is None else round(queue.estimate.mean_s, -1),
                estimate_error_s=None if queue.estimate_error_s is None else round(queue.estimate_error_s),
                estimate_covered=None if queue.estimate_covered is None else round(queue.estimate_covered, 2),
                agents={_presence(presence): count for presence, count in queue.agents.items()},
            )
            for queue in self._router.queues_view(now)
        )

    def _calls(self, now: float) -> tuple[CallView, ...]:
        return tuple(
            CallView(
                id=call.id,
                caller=call.caller,
                called=call.called,
                state=call.state.value,
                since_s=now - call.since,
                queue=call.queue,
                agent=call.agent,
                step=call.step,
                recording=call.recording_id is not None,
                held=call.agent_leg is not None and call.agent_leg.held_by_peer,
                supervisors=self._switchboard.supervision.views(call.id),
                parties=tuple(leg.peer for leg in self._switchboard.rooms.parties(call)),
            )
            for call in self._switchboard.calls.values()
        )

    def _agents(self, now: float) -> tuple[AgentView, ...]:
        reach = self._directory.reach
        return tuple(
            AgentView(
                id=agent.id,
                name=agent.name,
                presence=_presence(agent.presence),
                reason=None if agent.presence == "available" else agent.reason,
                since_s=agent.since_s,
                skills=agent.skills,
                queues=agent.queues,
                call=agent.contact,
                address=str(where.target) if (where := reach(agent.id)) is not None else None,
                handled=agent.handled,
            )
            for agent in self._router.agents_view(now)
        )


def _presence(presence: str) -> Presence:
    """The ACD's word for a presence as the API spells it."""
    return cast(Presence, str(presence).replace(" ", "_").replace("-", "_"))
