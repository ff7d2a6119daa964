"""Queues and agents changed while the server runs: first a plan that says whom it touches, then its application.

Data flow: folder > read and checked as at the start > compared with what runs (`acd.plan`) > `ConfigurationPlan` >
applied in one turn of the loop: settings, directory, hours, shifts, router.

What cannot be read without mistake, or does not fit the calls and flows there are, is never applied. Nobody is logged
out and no counter starts anew. Settings of other sections wait for the next start, and the plan names them.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from acd.events import AgentUnreachable
from acd.plan import Plan
from acd.router import Router
from cordboard import wiring
from cordboard.config import Configuration, ConfigurationProblems, CordboardFile, load_configuration
from cordboard.directory import Directory
from cordboard.flow_folder import FILE_NAME
from cordboard.live_call import LiveCall
from cordboard.live_flows import LiveFlows
from cordboard.live_settings import LiveSettings
from cordboard.opening_hours import OpeningHours
from cordboard.queue_settings import QueueSettings
from cordboard.shifts import Shifts
from journal.journal import Journal

LIVE = ("queues", "agents", "static_agents", "agent_codes", "unreachable_timeout")
"""The sections that change while the server runs."""

PrepareMusic = Callable[[QueueSettings], Awaitable[Path]]


class NotApplied(Exception):
    """The plan was not carried out, and nothing has changed; the text says why."""


class Board(Protocol):
    """What is needed of the switchboard."""

    calls: dict[str, LiveCall]
    music: dict[str, Path]
    settings: LiveSettings

    def feed(self, event: AgentUnreachable) -> None:
        """Tell the router."""

    def apply(self, plan: Plan) -> None:
        """Have the router carry it out."""


@dataclass(frozen=True, slots=True)
class ConfigurationPlan:
    """What the folder would change; `problems` forbid it. `version` names what the folder says."""

    version: str
    router: Plan | None
    settings: CordboardFile | None
    restart: tuple[str, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rooms:
    """What a change of queues and agents reaches."""

    router: Router
    board: Board
    directory: Directory
    flows: LiveFlows
    hours: OpeningHours
    shifts: Shifts
    journal: Journal
    passwords: Callable[[CordboardFile], dict[str, str]]
    prepare_music: PrepareMusic


class LiveConfiguration:
    """The configuration of one server, as it is now."""

    def __init__(self, configuration: Configuration, rooms: Rooms) -> None:
        self._folder = configuration.folder
        self._environment = configuration.environment
        self._written = configuration.written
        self._rooms = rooms
        self._changing = asyncio.Lock()

    async def plan(self, move: Mapping[str, str]) -> ConfigurationPlan:
        """What applying the folder as it is now would do; `move` sends waiting contacts on."""
        try:
            version, settings = await asyncio.to_thread(self._read)
        except ConfigurationProblems as error:
            problems = tuple(problem.render() for problem in error.problems)
            return ConfigurationPlan("", None, None, (), problems)
        return self._compared(version, settings, move)

    def _read(self) -> tuple[str, CordboardFile]:
        found = load_configuration(self._folder, self._environment)
        text = (self._folder / FILE_NAME).read_bytes()
        return hashlib.sha256(text).hexdigest()[:12], found.settings

    async def apply(self, plan: ConfigurationPlan, move: Mapping[str, str]) -> ConfigurationPlan:
        """Change over; what was done. NotApplied: it cannot be, and nothing has changed."""
        async with self._changing:
            if plan.settings is None or plan.problems:
                raise NotApplied("what has mistakes is never applied")
            music = await self._music(plan.settings)
            now = self._compared(plan.version, plan.settings, move)  # from here on nobody else has a turn
            if now.problems or now.router is None:
                raise NotApplied("; ".join(now.problems))
            self._switch(plan.settings, now.router, music)
        self._rooms.journal.append(
            "configuration.applied",
            version=now.version,
            changes=[
                f"{each.about}: {each.what}: {each.before} -> {each.after}" for each in now.router.changes
            ],
        )
        return now

    def _compared(self, version: str, settings: CordboardFile, move: Mapping[str, str]) -> ConfigurationPlan:
        rooms = self._rooms
        agents = Directory(settings, {}).agents.values()
        plan = rooms.router.plan(wiring.queues(settings), agents, move)
        problems = [*plan.problems, *(each.render() for each in rooms.flows.problems_under(settings))]
        return ConfigurationPlan(
            version, plan, settings, tuple(self._waits_for_restart(settings)), tuple(problems)
        )

    def _waits_for_restart(self, settings: CordboardFile) -> Iterator[str]:
        for name in type(settings).model_fields:
            if name not in LIVE and getattr(settings, name) != getattr(self._written, name):
                yield name
        for agent, its in settings.agents.items():
            before = self._rooms.board.settings.file.agents.get(agent)
            if before is not None and its.role != before.role:
                yield f"agents: {agent}: role"

    async def _music(self, settings: CordboardFile) -> dict[str, Path]:
        try:
            return {name: await self._rooms.prepare_music(queue) for name, queue in settings.queues.items()}
        except (OSError, ValueError) as error:
            raise NotApplied(f"music cannot be made: {error}") from error

    def _switch(self, settings: CordboardFile, plan: Plan, music: dict[str, Path]) -> None:
        """Without an await: no call meets half of it. Talks of a queue that goes keep its music until they end."""
        rooms, live = self._rooms, self._rooms.board.settings
        changed = {name: getattr(settings, name) for name in LIVE}
        live.replace(live.file.model_copy(update=changed))
        rooms.board.music.update(music)
        rooms.directory.replace(live.file, rooms.passwords(live.file))
        rooms.flows.replace_settings(live.file)
        rooms.hours.replace({q: s.hours for q, s in settings.queues.items() if s.hours is not None})
        rooms.shifts.calendars = {a: s.shift for a, s in settings.agents.items() if s.shift is not None}
        for call in rooms.board.calls.values():
            if call.agent_leg is None and call.queue is not None:
                call.queue = plan.move.get(call.queue, call.queue)
        rooms.board.apply(plan)
        for away in rooms.directory.away():
            rooms.board.feed(away)
