"""Facts between calls, in a real database under a clock of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ivr.drivers.facts import SWEEP_EVERY_S, Facts
from ivr.effects import RecallFacts, RememberFacts
from journal.schema import open_for_reading


class Memory:
    def __init__(self, path: Path) -> None:
        self.now = 1_000_000.0
        self.path = path
        self.facts = Facts(path, now=lambda: self.now)

    async def recall(self, *names: str, about: str = "+15550100") -> object:
        reply = await self.facts.recall(RecallFacts("r1", about, names))
        assert reply.error is None
        return reply.value

    def rows(self) -> int:
        with closing(open_for_reading(self.path)) as db:
            return int(db.table("facts").count)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    made = Memory(tmp_path / "facts.db")
    yield made
    made.facts.close()


async def test_what_is_remembered_is_recalled_and_nothing_else(memory: Memory) -> None:
    memory.facts.remember(RememberFacts("+15550100", {"language": "fr", "visits": 3, "list": [1, None]}))
    memory.facts.remember(RememberFacts("+15550199", {"language": "de"}))
    assert await memory.recall("language", "list", "other") == {"language": "fr", "list": [1, None]}
    memory.facts.remember(RememberFacts("+15550100", {"visits": 4}))
    assert await memory.recall("visits") == {"visits": 4}


async def test_a_fact_is_over_when_its_time_is_and_is_deleted_later(memory: Memory) -> None:
    memory.facts.remember(RememberFacts("+15550100", {"locked": True}, for_s=60.0))
    memory.now += 59.9
    assert await memory.recall("locked") == {"locked": True}
    memory.now += 0.1
    assert await memory.recall("locked") == {}
    memory.now += SWEEP_EVERY_S
    memory.facts.remember(RememberFacts("+15550100", {"language": "fr"}))
    await memory.recall("language")
    assert memory.rows() == 1


async def test_facts_outlive_the_server(memory: Memory) -> None:
    memory.facts.remember(RememberFacts("+15550100", {"language": "fr"}))
    memory.facts.close()
    memory.facts = Facts(memory.path, now=lambda: memory.now)
    assert await memory.recall("language") == {"language": "fr"}


async def test_somebody_can_be_forgotten(memory: Memory) -> None:
    memory.facts.remember(RememberFacts("+15550100", {"language": "fr"}))
    memory.facts.forget("+15550100")
    assert await memory.recall("language") == {}
    assert memory.rows() == 0
