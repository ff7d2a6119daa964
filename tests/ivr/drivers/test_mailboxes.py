"""Messages left in mailboxes, in a real database; the API's tests mark and remove them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr.drivers.mailboxes import MailboxDriver
from ivr.effects import LeaveVoicemail
from journal.journal import Journal
from recordings.catalogue import CatalogueWriter, Recording
from recordings.mailboxes import Counts, MailboxStore, messages

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class World:
    def __init__(self, folder: Path) -> None:
        self.database = folder / "db"
        self.journal = Journal(self.database)
        CatalogueWriter(self.database).close()
        self.driver = MailboxDriver(MailboxStore(self.database), self.journal)
        self.told: list[tuple[str, Counts]] = []
        self.driver.on_change = lambda mailbox, counts: self.told.append((mailbox, counts))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path)
    yield made
    await made.driver.close()
    made.journal.close()


async def test_a_message_is_left_and_told(world: World) -> None:
    world.driver.leave(LeaveVoicemail("support", "m1", 3.5), "call-1", "+15550100")
    await world.driver._tasks.drain(deadline_s=30.0)
    [message] = messages(world.database)
    assert (message.id, message.mailbox, message.seconds, message.is_new) == ("m1", "support", 3.5, True)
    assert world.told == [("support", Counts(1, 0))]
    world.journal.flush()
    [event] = world.journal.history("call-1")
    assert (event.kind, event.data["mailbox"]) == ("voicemail.left", "support")


@pytest.mark.parametrize(
    ("kind", "dbfs", "left"),
    [
        ("voicemail", -20.0, [("r1", "anna", "+15550100")]),
        ("voicemail", None, []),
        ("talk", -20.0, []),
    ],
)
async def test_what_a_crash_interrupted_lies_in_its_mailbox(
    world: World, kind: str, dbfs: float | None, left: list[tuple[str, str, str]]
) -> None:
    world.journal.append("call.arrived", call="c1", caller="+15550100", called="1000")
    world.journal.append("recording.started", call="c1", recording="r0", what="message", mailbox=None)
    world.journal.append("recording.started", call="c1", recording="r1", what=kind, mailbox="anna")
    world.journal.flush()
    recording = Recording("r1", Path("r1.wav"), "c1", None, None, AT, 4.0, dbfs, None, "0" * 64, kind)
    await world.driver.recover([recording])
    assert [(each.id, each.mailbox, each.caller) for each in messages(world.database)] == left


async def test_a_message_that_was_begun_for_nobody_is_only_a_recording(world: World) -> None:
    recording = Recording("r2", Path("r"), "c2", None, None, AT, 4.0, -20.0, None, "0" * 64, "voicemail")
    await world.driver.recover([recording])
    assert messages(world.database) == []
    assert world.told == []
