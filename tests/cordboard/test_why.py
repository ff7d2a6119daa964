"""`cordboard why`: the router's own reasons, through the journal, in words and as data."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path

import pytest
from typer.testing import CliRunner

from acd.effects import OfferAgent
from acd.events import AgentLoggedIn, AgentPaused, ContactQueued
from acd.model import Agent, Queue
from acd.router import Router
from acd.why import Why
from cordboard.cli import app
from cordboard.folders import Folders
from journal.journal import Journal

runner = CliRunner()


def real_why() -> Why:
    """A decision of the router itself: one agent able, another who lacks the skill, one who pauses."""
    ids = count()
    agents = [
        Agent("ann", "", {"french": 7}, ("sales",)),
        Agent("bob", "", {}, ("sales",)),
        Agent("cem", "", {"french": 9}, ("sales",)),
    ]
    router = Router([Queue("sales", skills={"french": 5})], agents, lambda: str(next(ids)))
    for agent in agents:
        router.handle(AgentLoggedIn(agent.id), 1.0)
    router.handle(AgentPaused("cem", "lunch"), 2.0)
    [offer] = [e for e in router.handle(ContactQueued("c1", "sales"), 3.0) if isinstance(e, OfferAgent)]
    return offer.offer.why


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folders = Folders(tmp_path / "data")
    folders.make()
    journal = Journal(folders.database)
    journal.append("call.arrived", call="c1", caller="1", called="2", flow="main")
    journal.append("queue.joined", call="c1", queue="sales", skills={"french": 5})
    journal.append("offer.made", call="c1", agent="ann", offer="o1", why=real_why().as_data())
    journal.append("offer.refused", call="c1", agent="ann", offer="o1", reason="declined")
    journal.append("queue.kept", call="c1", queue="sales", reason="declined")
    overflow = {"waited_s": 60.0, "estimate_s": None}
    journal.append(
        "queue.overflowed", call="c1", queue="sales", rule="long", target="voicemail box", why=overflow
    )
    journal.append("call.arrived", call="c2", caller="1", called="2", flow="main")
    journal.close()
    return folders.data


def test_every_decision_is_said_with_its_reason(data: Path) -> None:
    text = runner.invoke(app, ["why", "c1", "--data", str(data)]).stdout
    for expected in (
        "waits in sales",
        "asks for french at least 5",
        "offered to ann",
        "because: contact waits; longest idle of sales",
        "free and able: ann (score ",
        "held back: 1 paused, 1 lack skills",
        "left out: cem: paused: lunch",
        "ann did not take it",
        "because: declined",
        "waits on in sales, in its old place",
        "sent to voicemail box",
        "rule long of sales",
        "waited_s = 60",
        "estimate_s = unknown",
    ):
        assert expected in text, text


def test_programs_get_all_of_it(data: Path) -> None:
    lines = runner.invoke(app, ["why", "c1", "--data", str(data), "--json"]).stdout.splitlines()
    found = [json.loads(line) for line in lines]
    assert [each["kind"] for each in found] == [
        *("queue.joined", "offer.made", "offer.refused", "queue.kept", "queue.overflowed"),
    ]
    assert found[1]["data"]["why"] == json.loads(json.dumps(real_why().as_data()))


def test_a_call_without_a_queue_and_one_that_is_not_there(data: Path) -> None:
    assert "no queue was asked" in runner.invoke(app, ["why", "c2", "--data", str(data)]).stdout
    missing = runner.invoke(app, ["why", "c3", "--data", str(data)])
    assert missing.exit_code == 1
    assert "calls list" in missing.stderr


def test_whom_a_flow_called_and_what_came_of_it(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.make()
    journal = Journal(folders.database)
    journal.append("call.arrived", call="c1", caller="+442079460000", called="1000", flow="main")
    journal.append("party.called", call="c1", to="agent anna", how="dial")
    journal.append("party.left", call="c1", to="agent anna", outcome="busy", reason="they are ringing")
    journal.close()
    text = runner.invoke(app, ["why", "c1", "--data", str(tmp_path)]).stdout
    for expected in (
        "the flow called agent anna (dial)",
        "agent anna: busy",
        "because: they are ringing",
    ):
        assert expected in text, text
