"""The flows that new calls get, and how they change while the server runs.

Data flow: folder (or a kept version) > read and checked against the running configuration > `FlowPlan`: what would
change, and whom it touches > prompts prepared > versions kept > switched, all flows at once.

A call keeps the flow it is in; only what begins afterwards (a new call, a hand-over) finds the new one. A plan with a
problem is never applied. Queues, agents and numbers are the running ones: only flows go live this way.
"""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from callflows.blocks.decide import HandOver
from callflows.flow import Flow, FlowProblems, Known, flow_of
from callflows.source import Document, Problem, load_document, parse_document
from cordboard.config import Configuration, CordboardFile
from cordboard.engine_check import impossible_steps
from cordboard.flow_folder import flow_files
from cordboard.flow_versions import FlowText, FlowVersions, Switch
from ivr.prompts import PromptLibrary
from journal.journal import Journal


@dataclass(frozen=True, slots=True)
class FlowChange:
    """One flow that would be another: versions (None: not there), the difference, and who is touched."""

    flow: str
    before: str | None
    after: str | None
    difference: str
    numbers: tuple[str, ...]
    handed_over_by: tuple[str, ...]
    calls: int
    """Calls in it now; they finish on the version they have."""


@dataclass(frozen=True, slots=True)
class FlowPlan:
    """What applying would do; `problems` forbid it."""

    changes: tuple[FlowChange, ...]
    problems: tuple[Problem, ...]
    flows: Mapping[str, Flow]
    texts: Mapping[str, str]


class NotApplied(Exception):
    """The plan was not carried out; the text says why."""


class LiveFlows(Mapping[str, Flow]):
    """Flows by name, as they are now."""

    def __init__(
        self,
        configuration: Configuration,
        versions: FlowVersions,
        prompts: PromptLibrary,
        journal: Journal,
        calls_in: Callable[[str], int],
    ) -> None:
        self._folder = configuration.folder
        self._settings = configuration.settings
        self._flows = dict(configuration.flows)
        self._texts: dict[str, str] = {}
        self._versions = versions
        self._prompts = prompts
        self._journal = journal
        self._calls_in = calls_in
        self._changing = asyncio.Lock()

    def __getitem__(self, name: str) -> Flow:
        return self._flows[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._flows)

    def __len__(self) -> int:
        return len(self._flows)

    async def begin(self) -> None:
        """Keep the versions that the server starts with."""
        await asyncio.to_thread(self._begin)

    def numbers_of(self, flow: str) -> tuple[str, ...]:
        """The numbers that lead to a flow."""
        return tuple(number for number, name in self._settings.numbers.items() if name == flow)

    def calls_in(self, flow: str) -> int:
        """Calls that are in a flow now."""
        return self._calls_in(flow)

    def problems_under(self, settings: CordboardFile) -> list[Problem]:
        """What of the live flows would lead nowhere under other queues and agents."""
        known = known_to(settings, frozenset(self._flows))
        problems: list[Problem] = []
        for name, text in self._texts.items():
            try:
                flow_of(parse_document(self._flows[name].path, text), known=known)
            except FlowProblems as error:
                problems += error.problems
        return problems

    def replace_settings(self, settings: CordboardFile) -> None:
        """From now on flows may name these queues and skills."""
        self._settings = settings

    async def switches(self, flow: str) -> list[Switch]:
        """What was live, the newest first."""
        return await asyncio.to_thread(self._versions.switches, flow)

    async def plan(self) -> FlowPlan:
        """What applying the folder as it is now would do."""
        return await asyncio.to_thread(self._plan)

    async def plan_back(self, flow: str, version: str | None = None) -> FlowPlan:
        """What going back to an earlier version would do, the one before this by default. NotApplied: to none."""
        return await asyncio.to_thread(self._plan_back, flow, version)

    async def apply(self, plan: FlowPlan, why: str) -> None:
        """Switch. NotApplied: it cannot be, and nothing has changed."""
        if plan.problems:
            raise NotApplied("a flow with mistakes is never applied")
        async with self._changing:
            for change in plan.changes:
                now = self._flows.get(change.flow)
                if (now.version if now else None) != change.before:
                    raise NotApplied(f"{change.flow} was changed by somebody else meanwhile: look again")
            for change in plan.changes:
                if change.flow in plan.flows:
                    await self._prepare(plan.flows[change.flow])
            await asyncio.to_thread(self._keep, plan, why)
            self._flows, self._texts = dict(plan.flows), dict(plan.texts)
        for change in plan.changes:
            self._journal.append(
                "flow.applied", flow=change.flow, before=change.before, version=change.after, why=why
            )

    async def _prepare(self, flow: Flow) -> None:
        try:
            await self._prompts.prepare_flow(flow)
        except (OSError, ValueError) as error:
            raise NotApplied(f"{flow.name}: a prompt cannot be made: {error}") from error

    def _begin(self) -> None:
        new = []
        for flow in self._flows.values():
            text = flow.path.read_text(encoding="utf-8-sig")
            self._texts[flow.name] = text
            last = self._versions.switches(flow.name, 1)
            if not last or last[0].version != flow.version:
                new.append(FlowText(flow.name, flow.version, text))
        self._versions.switched(new, [], "the server started")

    def _keep(self, plan: FlowPlan, why: str) -> None:
        changed = [
            FlowText(change.flow, change.after, plan.texts[change.flow])
            for change in plan.changes
            if change.after is not None
        ]
        removed = [change.flow for change in plan.changes if change.after is None]
        self._versions.switched(changed, removed, why)

    # --- plans: in a thread -------------------------------------------------------------------------------------

    def _plan(self) -> FlowPlan:
        documents: list[Document] = []
        problems: list[Problem] = []
        texts: dict[str, str] = {}
        for path in flow_files(self._folder):
            try:
                document = load_document(path)
            except FlowProblems as error:
                problems += error.problems
                continue
            documents.append(document)
        names = [str(d.value["flow"]) for d in documents if isinstance(d.value, dict) and "flow" in d.value]
        known = known_to(self._settings, frozenset(names))
        flows: dict[str, Flow] = {}
        for document in documents:
            try:
                flow = flow_of(document, known=known)
            except FlowProblems as error:
                problems += error.problems
                continue
            if flow.name in flows:
                message = f'"{flow.name}" is the name of {flows[flow.name].path.name} already'
                problems.append(document.problem(("flow",), message))
            flows[flow.name] = flow
            texts[flow.name] = "\n".join(document.lines) + "\n"
        if self._settings.media.engine == "rtpengine":
            problems += impossible_steps(flows.values())
        problems += [] if problems else self._missing(flows)
        return self._compared(flows, texts, problems)

    def _plan_back(self, name: str, version: str | None) -> FlowPlan:
        now = self._flows.get(name)
        wanted = version or self._versions.previous(name, now.version if now else None)
        text = None if wanted is None else self._versions.text(name, wanted)
        if wanted is None or text is None:
            earlier = ", ".join(dict.fromkeys(s.version for s in self._versions.switches(name) if s.version))
            raise NotApplied(
                f'"{name}" has no such earlier version' + (f": there are {earlier}" if earlier else "")
            )
        path = now.path if now is not None else self._folder / f"{name}.yaml"
        known = known_to(self._settings, frozenset({*self._flows, name}))
        problems: list[Problem] = []
        flows, texts = dict(self._flows), dict(self._texts)
        try:
            flows[name], texts[name] = flow_of(parse_document(path, text), known=known), text
        except FlowProblems as error:
            problems += error.problems
        return self._compared(flows, texts, problems)

    def _missing(self, flows: Mapping[str, Flow]) -> list[Problem]:
        """Flows that a number leads to must be there."""
        return [
            Problem(self._folder, 1, 1, "numbers", f'the number {number} leads to "{name}", which is gone')
            for number, name in self._settings.numbers.items()
            if name not in flows
        ]

    def _compared(
        self, flows: Mapping[str, Flow], texts: Mapping[str, str], problems: list[Problem]
    ) -> FlowPlan:
        changes = []
        for name in sorted({*self._flows, *flows}):
            before, after = self._flows.get(name), flows.get(name)
            if (before and before.version) == (after and after.version):
                continue
            if after is None and problems:
                continue  # it may only be unreadable
            changes.append(
                FlowChange(
                    flow=name,
                    before=before.version if before else None,
                    after=after.version if after else None,
                    difference=_difference(
                        name, self._texts.get(name, ""), texts.get(name, "") if after else ""
                    ),
                    numbers=self.numbers_of(name),
                    handed_over_by=tuple(other for other in sorted(flows) if _hands_over(flows[other], name)),
                    calls=self._calls_in(name),
                )
            )
        return FlowPlan(tuple(changes), tuple(problems), flows, texts)


def known_to(settings: CordboardFile, flows: frozenset[str]) -> Known:
    """What flows may name under settings that run already."""
    skills = {skill for agent in settings.agents.values() for skill in agent.skills}
    skills |= {skill for group in settings.static_agents for skill in group.skills}
    agents = {*settings.agents, *(agent.id for agent in settings.static_agents)}
    made = any("{" in group.id for group in settings.static_agents)
    return Known(
        frozenset(settings.queues),
        frozenset(skills),
        flows,
        None if made else frozenset(agents),
        frozenset(settings.trunks),
    )


def _hands_over(flow: Flow, to: str) -> bool:
    blocks = (step.block for steps in flow.sections.values() for step in steps)
    return any(isinstance(block, HandOver) and block.flow.name == to for block in blocks)


def _difference(name: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"{name} (live)", f"{name} (new)", lineterm="", n=2
    )
    return "\n".join(lines)
