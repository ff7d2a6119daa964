"""A process that is left, and the next one: switchboards over fakes, real routers, real flows, one ledger on a disk."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cordboard import wiring
from cordboard.config import load_configuration
from cordboard.directory import Directory
from cordboard.flow_versions import FlowText, FlowVersions
from cordboard.live_call import LiveCall
from cordboard.restart.kept_calls import KeptCalls
from cordboard.restart.kept_guests import guest_records
from cordboard.restart.kept_router import KeptRouter
from cordboard.restart.ledger import Ledger, states_of
from cordboard.restart.left import Left, read_left
from cordboard.restart.revival import Revival, Revived, Rooms
from cordboard.switchboard import Switchboard
from recordings.store import RecordingFacts
from telephony.calls.dialling import Dial
from telephony.calls.leg import Leg, LegState
from telephony.media.messages import LegInfo, LegStatistics
from telephony.sip.address import Address
from telephony.sip.events import Binding, SessionId
from tests.cordboard.switchboard_room import (
    LINE,
    MAIN,
    PATIENT,
    SETTINGS,
    FakeDrivers,
    FakeExchange,
    FakeJournal,
    FakePrompts,
    settle,
)

NUMBERS = itertools.count(1)
"""Ids go on from one process to the next."""


def new_id() -> str:
    return f"id-{next(NUMBERS)}"


class Exchange(FakeExchange):
    """One whose legs have sessions, and which takes legs up."""

    def __init__(self) -> None:
        super().__init__()
        self.taken_up: list[Leg] = []

    @property
    def legs(self) -> tuple[Leg, ...]:
        return tuple(leg for leg in (*self.taken_up, *self.dialled) if not leg.is_over)

    def dial(self, order: Dial) -> Leg:
        leg = super().dial(order)
        leg.id = f"leg-{new_id()}"
        leg.session, leg.has_media = SessionId(f"session of {leg.id}"), True
        return leg

    def take_up(self, leg: Leg) -> None:
        self.taken_up.append(leg)

    def answer_at_once(self, leg: Leg) -> bool:
        leg.has_media = True
        return super().answer_at_once(leg)


class UserAgent:
    """Knows the sessions that the test says, and what it is told to end."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.hung_up: list[str] = []
        self.bound: dict[str, tuple[Binding, ...]] = {}
        self.pieces = SimpleNamespace(streams=set, sessions=lambda: tuple(self.known))
        self.registrar = SimpleNamespace(bindings=lambda aor, _now: self.bound.get(aor, ()))

    def knows(self, session: str) -> bool:
        return session in self.known

    def hang_up(self, session: str, _now: float, *, reason: str) -> None:
        self.hung_up.append(session)


class Recorder:
    """Begins and takes up."""

    def __init__(self) -> None:
        self.running: dict[str, tuple[Path, RecordingFacts]] = {}

    def start(self, call: LiveCall, agent: Leg) -> None:
        del agent
        call.recording_id = new_id()
        facts = RecordingFacts(call.id, call.queue, call.agent, datetime.now(UTC))
        self.running[call.recording_id] = (Path("spool"), facts)

    def take_up(self, call: LiveCall, recording_id: str, spool: Path, facts: RecordingFacts) -> None:
        self.running[recording_id] = (spool, facts)
        call.recording_id = recording_id

    def stop(self, call: LiveCall) -> None:
        call.recording_id = None


class Process:
    """One server process, as far as calls go."""

    def __init__(self, folder: Path, settings: str = SETTINGS, line: str = LINE) -> None:
        self.folder = folder
        for name, text in (("cordboard", settings), ("main", MAIN), ("line", line), ("patient", PATIENT)):
            (folder / f"{name}.yaml").write_text(text)
        self.configuration = load_configuration(folder, {})
        self.directory = Directory(self.configuration.settings, {})
        self.router = KeptRouter(
            wiring.queues(self.configuration.settings),
            list(self.directory.agents.values()),
            new_id,
            random=lambda: 0.5,
            policy=wiring.policy(self.configuration.settings),
            now=time.monotonic(),
        )
        self.states = states_of(folder / "db", folder / "key")
        self.ledger = Ledger(self.states)
        self.kept = KeptCalls(self.ledger.stir)
        self.exchange, self.journal, self.recorder = Exchange(), FakeJournal(), Recorder()
        self.user_agent = UserAgent()
        fakes: Any = (self.recorder, FakePrompts(), FakeDrivers(), self.journal)
        self.board = Switchboard(
            self.configuration, self.router, self.directory, *fakes, keeper=self.kept, new_id=new_id
        )
        exchange: Any = self.exchange
        self.board.attach(exchange)
        self.board.music |= dict.fromkeys(self.configuration.settings.queues, Path("music.ulaw"))
        guests = partial(guest_records, self.board.supervision, self.board.third_parties)
        self.kept.attach(self.board.calls, self.board.desk.offers, self.recorder.running, guests)
        self.router.watch(self.ledger.stir, self.kept.changed_call)
        self.ledger.begin((self.router, self.kept))

    async def ring_in(self, number: str) -> Leg:
        leg = Leg(f"leg-{new_id()}", LegState.INVITED, 0.0, "+442079460000", "127.0.0.1")
        leg.dialled, leg.session = number, SessionId(f"session of {leg.id}")
        self.board.on_incoming(leg)
        await settle()
        return leg

    def call_of(self, leg: Leg) -> LiveCall:
        return next(call for call in self.board.calls.values() if call.leg is leg)

    def die(self) -> None:
        """What is on the disk is all that is left."""
        self.ledger.gather()
        self.ledger.gather()
        self.board.pause()
        self.ledger.stop()
        self.ledger.close()

    def left(self) -> Left:
        """What a process before this one left."""
        versions = FlowVersions(self.folder / "db")
        flows = self.configuration.flows.values()
        texts = [FlowText(flow.name, flow.version, flow.path.read_text()) for flow in flows]
        versions.switched(texts, [], "test")
        try:
            return read_left(self.states, versions, self.folder)
        finally:
            versions.close()

    def revive(self, left: Left, media: Mapping[str, LegInfo]) -> Revived:
        """Take it up."""
        rooms: Any = Rooms(
            SimpleNamespace(user_agent=self.user_agent, flush=lambda: None),  # type: ignore[arg-type]
            self.exchange,  # type: ignore[arg-type]
            self.router,
            self.board,
            self.directory,
            self.recorder,  # type: ignore[arg-type]
            self.journal,  # type: ignore[arg-type]
            self.configuration.flows,
            lambda _queue: True,
        )
        return Revival(left, media, rooms).revive()

    def close(self) -> None:
        self.board.pause()
        self.ledger.stop()
        self.ledger.close()


def media_of(
    legs: Sequence[Leg], bridged: bool = False, recording: str | None = None, playing: str | None = None
) -> dict[str, LegInfo]:
    """What a worker has of these legs."""
    source: Any = "bridge" if bridged else "playback" if playing else "silence"
    return {
        leg.id: LegInfo(
            leg_id=leg.id,
            port=20000,
            worker=0,
            remote=None,
            source=source,
            locked=None,
            play_id=playing,
            bridged_with=None,
            recording_id=recording,
            statistics=LegStatistics(),
        )
        for leg in legs
    }


def binding(aor: str) -> Binding:
    from telephony.sip.uri import SipUri

    uri = SipUri.parse(f"sip:{aor}@127.0.0.1:5070")
    return Binding(aor, uri, Address("udp", "127.0.0.1", 5070), time.monotonic() + 300, None)
