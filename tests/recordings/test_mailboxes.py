"""Mailboxes in a real database, beside the list of recordings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from journal.schema import NoJournal, open_for_writing
from recordings.catalogue import CatalogueWriter, Recording
from recordings.mailboxes import Counts, MailboxMessage, MailboxStore, messages

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def message(number: int, mailbox: str = "support") -> MailboxMessage:
    at = AT.replace(minute=number)
    return MailboxMessage(f"m{number}", mailbox, f"call-{number}", "+15550100", at, 3.5, None)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MailboxStore]:
    recordings = CatalogueWriter(tmp_path / "db")
    recordings.add(Recording("m1", tmp_path / "m1.wav", "call-1", None, None, AT, 3.5, -20.0, None, "0" * 64))
    made = MailboxStore(tmp_path / "db")
    for number in (1, 2):
        made.leave(message(number))
    made.leave(message(3, "anna"))
    yield made
    made.close()
    recordings.close()


def test_messages_are_listed_the_newest_first_with_their_audio(store: MailboxStore, tmp_path: Path) -> None:
    found = messages(tmp_path / "db")
    assert [each.id for each in found] == ["m3", "m2", "m1"]
    assert [each.path for each in found] == [None, None, tmp_path / "m1.wav"]
    assert messages(tmp_path / "db", "anna") == [message(3, "anna")]
    assert [each.id for each in messages(tmp_path / "db", limit=1)] == ["m3"]


def test_hearing_one_makes_it_old_once_and_new_again(store: MailboxStore, tmp_path: Path) -> None:
    assert store.counts() == {"support": Counts(2, 0), "anna": Counts(1, 0)}
    heard = store.mark("m1", heard=True)
    assert heard is not None
    assert heard.heard_at is not None
    assert store.mark("m1", heard=True) == heard
    assert store.counts()["support"] == Counts(1, 1)
    assert [each.id for each in messages(tmp_path / "db", "support", new=True)] == ["m2"]
    again = store.mark("m1", heard=False)
    assert again is not None
    assert again.is_new
    assert store.mark("none", heard=True) is None


def test_one_that_is_removed_is_gone(store: MailboxStore) -> None:
    assert store.remove("m3") == message(3, "anna")
    assert store.remove("m3") is None
    assert "anna" not in store.counts()


def test_the_same_message_lies_there_once(store: MailboxStore) -> None:
    store.mark("m1", heard=True)
    store.leave(message(1))
    assert store.counts()["support"] == Counts(1, 1)


def test_without_a_server_there_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(NoJournal):
        messages(tmp_path / "db")
    open_for_writing(tmp_path / "db").close()
    assert messages(tmp_path / "db") == []
