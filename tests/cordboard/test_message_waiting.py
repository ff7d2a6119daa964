"""Whose phones are told of a mailbox."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from cordboard.config import CordboardFile
from cordboard.directory import Directory
from cordboard.message_waiting import MessageWaiting
from recordings.mailboxes import Counts


class FakeEndpoint:
    def __init__(self) -> None:
        self.published: list[Any] = []
        self.flushed = 0
        self.user_agent = SimpleNamespace(publish_messages=self._publish)

    def _publish(self, mailbox: str, new: int, old: int, now: float, *, readers: list[str]) -> None:
        del now
        self.published.append((mailbox, new, old, readers))

    def flush(self) -> None:
        self.flushed += 1


def test_an_agents_is_theirs_and_a_queues_is_every_agents_of_it() -> None:
    settings = CordboardFile.model_validate(
        {
            "numbers": {"1000": "main"},
            "queues": {"support": {}, "sales": {}},
            "agents": {"ann": {"queues": ["support"]}, "bob": {"queues": ["support", "sales"]}},
        }
    )
    endpoint = FakeEndpoint()
    waiting = MessageWaiting(Directory(settings, {}), endpoint)  # type: ignore[arg-type]
    waiting.changed("ann", Counts(1, 0))
    waiting.changed("support", Counts(2, 1))
    waiting.changed("reception", Counts(1, 0))
    assert endpoint.published == [
        ("ann", 1, 0, []),
        ("support", 2, 1, ["ann", "bob"]),
        ("reception", 1, 0, []),
    ]
    assert endpoint.flushed == 3
