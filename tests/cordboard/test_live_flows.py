"""Flows going live: what is planned, what is applied, what is not, and the way back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from api.flow_routes import FlowConflict
from api.flow_schema import ApplyOrder, RollbackOrder
from callflows.program import Flow
from cordboard.config import load_configuration
from cordboard.flow_versions import FlowVersions
from cordboard.flow_view import FlowViews
from cordboard.flow_watch import FlowWatch
from cordboard.live_flows import LiveFlows, NotApplied
from tests.cordboard.switchboard_room import FakeJournal

SETTINGS = 'numbers: {"1000": main, "2000": line}\nqueues: {sales: {}}\n'
MAIN = "flow: main\nstart: main\nsections:\n  main:\n    - say: Hello.\n    - hangup: normal\n"
LINE = "flow: line\nstart: main\nsections:\n  main:\n    - flow: main\n"


class FakePrompts:
    def __init__(self) -> None:
        self.prepared: list[str] = []
        self.broken = False

    async def prepare_flow(self, flow: Flow) -> None:
        if self.broken:
            raise OSError("no voice")
        self.prepared.append(flow.name)


class Room:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "cordboard.yaml").write_text(SETTINGS)
        self.write("main", MAIN)
        self.write("line", LINE)
        self.versions = FlowVersions(folder / "db")
        self.prompts, self.journal = FakePrompts(), FakeJournal()
        self.calls = {"main": 2}
        prompts: Any = self.prompts
        journal: Any = self.journal
        self.live = LiveFlows(
            load_configuration(folder, {}),
            self.versions,
            prompts,
            journal,
            lambda flow: self.calls.get(flow, 0),
        )
        self.first = self.live["main"].version

    def write(self, flow: str, text: str) -> None:
        (self.folder / f"{flow}.yaml").write_text(text)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    made = Room(tmp_path)
    await made.live.begin()
    yield made
    made.versions.close()


async def test_nothing_differs_at_the_start(room: Room) -> None:
    plan = await room.live.plan()
    assert (plan.changes, plan.problems) == ((), ())


async def test_a_plan_says_what_differs_and_whom_it_touches_and_changes_nothing(room: Room) -> None:
    room.write("main", MAIN.replace("Hello", "Good morning"))
    [change] = (await room.live.plan()).changes
    assert (change.flow, change.before, change.calls) == ("main", room.first, 2)
    assert (change.numbers, change.handed_over_by) == (("1000",), ("line",))
    assert "-    - say: Hello." in change.difference
    assert "+    - say: Good morning." in change.difference
    assert room.live["main"].version == room.first


async def test_applied_the_new_version_is_what_new_calls_get_and_the_old_object_stays_whole(
    room: Room,
) -> None:
    in_use = room.live["main"]
    room.write("main", MAIN.replace("Hello", "Good morning"))
    plan = await room.live.plan()
    await room.live.apply(plan, "applied")
    assert room.live["main"].version == plan.changes[0].after != room.first
    assert in_use.version == room.first
    assert room.prompts.prepared == ["main"]
    assert room.journal.events[-1] == (
        "flow.applied",
        {"flow": "main", "before": room.first, "version": plan.changes[0].after, "why": "applied"},
    )
    assert (await room.live.plan()).changes == ()


async def test_a_broken_file_is_never_applied_nor_the_good_ones_beside_it(room: Room) -> None:
    room.write("line", LINE + "    - hangup: normal\n")
    room.write("main", MAIN.replace("say", "sya"))
    plan = await room.live.plan()
    assert any('there is no verb "sya"' in str(problem) for problem in plan.problems)
    with pytest.raises(NotApplied):
        await room.live.apply(plan, "applied")
    view = await FlowViews(room.live).apply_flows(ApplyOrder(dry_run=False))
    assert not view.applied
    assert "^" in view.problems[0]
    assert room.live["main"].version == room.first


async def test_names_are_those_of_the_running_server(room: Room) -> None:
    (room.folder / "cordboard.yaml").write_text(SETTINGS.replace("sales: {}", "sales: {}, support: {}"))
    room.write("main", MAIN.replace("    - hangup: normal", "    - queue: support"))
    assert 'there is no queue "support"' in str((await room.live.plan()).problems[0])


async def test_a_flow_that_a_number_leads_to_cannot_go_and_another_can(room: Room) -> None:
    room.write("extra", MAIN.replace("flow: main", "flow: extra"))
    await room.live.apply(await room.live.plan(), "applied")
    assert "extra" in room.live
    (room.folder / "extra.yaml").unlink()
    await room.live.apply(await room.live.plan(), "applied")
    assert "extra" not in room.live
    (room.folder / "line.yaml").unlink()
    assert "2000" in str((await room.live.plan()).problems[0])


async def test_a_prompt_that_cannot_be_made_stops_it(room: Room) -> None:
    room.prompts.broken = True
    room.write("main", MAIN.replace("Hello", "Bye"))
    with pytest.raises(NotApplied, match="no voice"):
        await room.live.apply(await room.live.plan(), "applied")
    assert room.live["main"].version == room.first


async def test_of_two_who_change_the_same_flow_the_second_looks_again(room: Room) -> None:
    room.write("main", MAIN.replace("Hello", "One"))
    first = await room.live.plan()
    room.write("main", MAIN.replace("Hello", "Two"))
    second = await room.live.plan()
    await room.live.apply(first, "applied")
    with pytest.raises(NotApplied, match="meanwhile"):
        await room.live.apply(second, "applied")


async def test_the_way_back_is_the_version_before_and_back_again(room: Room) -> None:
    room.write("main", MAIN.replace("Hello", "Good morning"))
    await room.live.apply(await room.live.plan(), "applied")
    second = room.live["main"].version
    await room.live.apply(await room.live.plan_back("main"), "rolled back")
    assert room.live["main"].version == room.first
    assert [switch.version for switch in await room.live.switches("main")] == [room.first, second, room.first]
    await room.live.apply(await room.live.plan_back("main"), "rolled back")
    assert room.live["main"].version == second
    with pytest.raises(NotApplied, match="no such earlier version"):
        await room.live.plan_back("line")
    with pytest.raises(NotApplied, match=room.first):
        await room.live.plan_back("main", "0123456789ab")


async def test_an_earlier_version_that_no_longer_fits_is_refused(room: Room) -> None:
    room.write("extra", LINE.replace("flow: line", "flow: extra").replace("flow: main", "flow: other"))
    room.write("other", MAIN.replace("flow: main", "flow: other"))
    await room.live.apply(await room.live.plan(), "applied")
    room.write("extra", LINE.replace("flow: line", "flow: extra"))
    (room.folder / "other.yaml").unlink()
    await room.live.apply(await room.live.plan(), "applied")
    plan = await room.live.plan_back("extra")
    assert 'there is no flow "other"' in str(plan.problems[0])


async def test_what_was_looked_at_is_what_is_applied(room: Room) -> None:
    view = FlowViews(room.live)
    room.write("main", MAIN.replace("Hello", "One"))
    looked = await view.apply_flows(ApplyOrder())
    room.write("main", MAIN.replace("Hello", "Two"))
    expect = {change.flow: change.after for change in looked.changes}
    with pytest.raises(FlowConflict, match="look again"):
        await view.apply_flows(ApplyOrder(dry_run=False, expect=expect))
    assert room.live["main"].version == room.first
    with pytest.raises(FlowConflict):
        await view.roll_back_flow(RollbackOrder(flow="nobody"))


async def test_a_restart_keeps_the_history_and_says_when_the_folder_had_changed(room: Room) -> None:
    await room.live.begin()
    assert len(await room.live.switches("main")) == 1
    room.write("main", MAIN.replace("Hello", "One"))
    prompts: Any = room.prompts
    journal: Any = room.journal
    again = LiveFlows(load_configuration(room.folder, {}), room.versions, prompts, journal, lambda _: 0)
    await again.begin()
    assert [switch.why for switch in await again.switches("main")] == ["the server started"] * 2
    await again.apply(await again.plan_back("main"), "rolled back")
    assert again["main"].version == room.first


async def test_watching_applies_what_was_saved_once_it_is_at_rest_and_without_mistake(room: Room) -> None:
    watch = FlowWatch(room.folder, room.live)
    room.write("main", MAIN.replace("say: Hello.", "say: [Hello"))
    await watch.look()
    await watch.look()
    assert room.live["main"].version == room.first
    room.write("main", MAIN.replace("Hello", "Good evening"))
    await watch.look()
    assert room.live["main"].version == room.first
    await watch.look()
    applied = room.live["main"].version
    assert applied != room.first
    await watch.look()
    assert room.journal.kinds().count("flow.applied") == 1
