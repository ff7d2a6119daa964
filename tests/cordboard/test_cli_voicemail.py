"""`cordboard voicemail`, against a database and against an API that only answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from cordboard.cli import app
from cordboard.folders import Folders
from recordings.catalogue import CatalogueWriter, Recording
from recordings.mailboxes import MailboxMessage, MailboxStore

runner = CliRunner()
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folders = Folders(tmp_path / "data")
    folders.make()
    recordings = CatalogueWriter(folders.database)
    path = folders.recordings / "m1.wav"
    recordings.add(Recording("m1", path, "c1", None, None, AT, 3.5, -20.0, None, "0" * 64, kind="voicemail"))
    recordings.close()
    store = MailboxStore(folders.database)
    store.leave(MailboxMessage("m1", "support", "c1", "+15550100", AT, 3.5, None))
    store.leave(MailboxMessage("m2", "anna", "c2", "+15550101", AT, 2.0, AT))
    store.close()
    return folders.data


def test_messages_are_listed_for_people_and_for_programs(data: Path) -> None:
    listed = runner.invoke(app, ["voicemail", "list", "--data", str(data)])
    assert listed.exit_code == 0
    assert str(data / "recordings" / "m1.wav") in listed.stdout
    assert [line.split()[1:3] for line in listed.stdout.splitlines()[1:]] == [
        ["support", "new"],
        ["anna", "old"],
    ]
    [line] = runner.invoke(
        app, ["voicemail", "list", "support", "--new", "--json", "--data", str(data)]
    ).stdout.splitlines()
    assert (json.loads(line)["id"], json.loads(line)["heard_at"]) == ("m1", None)
    empty = runner.invoke(app, ["voicemail", "list", "anna", "--new", "--data", str(data)])
    assert empty.stdout == "no messages\n"


@pytest.mark.parametrize(
    ("command", "asked", "says"),
    [
        (["mark", "m1"], "POST /v1/voicemail/m1/heard", "m1 is heard"),
        (["mark", "m1", "--new"], "POST /v1/voicemail/m1/new", "m1 is new again"),
        (["remove", "m1"], "DELETE /v1/voicemail/m1", "m1 is removed"),
    ],
)
def test_the_server_is_asked(
    monkeypatch: pytest.MonkeyPatch, command: list[str], asked: str, says: str
) -> None:
    seen: list[str] = []

    def answer(self: httpx.Client, method: str, path: str, **_: object) -> httpx.Response:
        seen.append(f"{method} {path}")
        return httpx.Response(200)

    monkeypatch.setattr(httpx.Client, "request", answer)
    done = runner.invoke(app, ["voicemail", *command])
    assert (done.exit_code, seen, done.stdout.strip()) == (0, [asked], says)


def test_what_is_not_there_or_does_not_answer_is_said_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(httpx.Client, "request", lambda *_, **__: httpx.Response(404))
    none = runner.invoke(app, ["voicemail", "mark", "m9"])
    assert (none.exit_code, none.stderr) == (1, "cordboard: there is no such message\n")
    monkeypatch.setattr(httpx.Client, "request", lambda *_, **__: httpx.Response(500))
    broken = runner.invoke(app, ["voicemail", "mark", "m9", "--url", "http://127.0.0.1:1"])
    assert broken.exit_code == 1
    monkeypatch.undo()
    nobody = runner.invoke(app, ["voicemail", "remove", "m9", "--url", "http://127.0.0.1:1"])
    assert nobody.exit_code == 1
    assert nobody.stderr.startswith("cordboard: http://127.0.0.1:1: ")
