"""A made-up contact centre on a busy morning: for the picture in the documentation and for tests.

Owns: one snapshot that shows every state once at least, and a stream source that says it. Everything is fixed;
two pictures of it are the same.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from pydantic import JsonValue

from api.client import Connecting, Received, StreamEvent
from api.schema import (
    PRESENCES,
    AgentView,
    CallHistory,
    CallState,
    CallView,
    HistoryEvent,
    Presence,
    QueueView,
    ServerView,
    Snapshot,
    SnapshotMessage,
    SupervisorView,
)

AT = datetime(2030, 5, 6, 11, 42, 8, tzinfo=UTC)
STARTED_AT = AT - timedelta(hours=3, minutes=27)

# id, name, skills, queues, presence, seconds, reason, call, handled
_AGENTS: Sequence[tuple[str, str, dict[str, int], tuple[str, ...], Presence, float, str | None, str | None, int]] = (
    ("ada", "Ada Osei", {"billing": 9, "french": 4}, ("support", "billing"), "on_contact", 312, None, "c-7f31", 14),
    ("bela", "Béla Novák", {"sales": 7}, ("sales",), "available", 95, None, None, 11),
    ("chen", "Chen Wei", {"billing": 5, "technical": 8}, ("support", "billing"), "on_contact", 48, None, "c-7f3a", 17),
    ("dina", "Dina Haddad", {"french": 10, "sales": 4}, ("sales", "french"), "available", 21, None, None, 9),
    ("emil", "Emil Sørensen", {"technical": 6}, ("support",), "ringing", 6, None, "c-7f42", 12),
    ("fatou", "Fatou Diallo", {"french": 9}, ("french", "support"), "on_contact", 733, None, "c-7f18", 6),
    ("goran", "Goran Ilić", {"technical": 9}, ("support",), "wrap_up", 18, None, None, 15),
    ("hana", "Hana Sato", {"sales": 8}, ("sales",), "on_contact", 127, None, "c-7f35", 13),
    ("ines", "Inês Duarte", {"billing": 7}, ("billing",), "paused", 412, "lunch", None, 8),
    ("jonas", "Jonas Weber", {"technical": 3}, ("support",), "offline", 9180, None, None, 0),
    ("kaya", "Kaya Yıldız", {"billing": 6, "sales": 5}, ("billing", "sales"), "on_contact", 201, None, "c-7f2c", 10),
    ("mira", "Mira Kowalska", {"billing": 8}, ("billing",), "on_contact", 96, None, "c-7f37", 12),
    ("nuno", "Nuno Alves", {"technical": 7}, ("support",), "on_contact", 521, None, "c-7f24", 8),
    ("olga", "Olga Petrova", {"sales": 9}, ("sales",), "on_contact", 15, None, "c-7f3f", 16),
    ("priya", "Priya Nair", {"technical": 8, "billing": 3}, ("support", "billing"), "on_contact", 266, None,
     "c-7f2e", 13),
    ("quinn", "Quinn Murphy", {"sales": 5}, ("sales",), "wrap_up", 7, None, None, 10),
    ("rosa", "Rosa Blanco", {"french": 6, "sales": 6}, ("sales", "french"), "available", 240, None, None, 7),
    ("liam", "Liam Byrne", {"sales": 3}, ("sales",), "paused", 64, "no answer", None, 4),
)  # fmt: skip

# id, caller, called, state, seconds, queue, agent, step, recording
_CALLS: Sequence[tuple[str, str, str, CallState, float, str | None, str | None, str | None, bool]] = (
    ("c-7f18", "+33 1 40 20 51 66", "1000", "talking", 733, "french", "fatou", None, True),
    ("c-7f2c", "+44 20 7946 0018", "1000", "talking", 201, "billing", "kaya", None, True),
    ("c-7f31", "+49 30 901820", "1000", "talking", 312, "billing", "ada", None, True),
    ("c-7f35", "+1 202 555 0147", "1001", "talking", 127, "sales", "hana", None, True),
    ("c-7f24", "+39 06 6982 0441", "1000", "talking", 521, "support", "nuno", None, True),
    ("c-7f2e", "+49 40 42838 0", "1000", "talking", 266, "support", "priya", None, True),
    ("c-7f37", "+34 91 555 01 70", "1000", "talking", 96, "billing", "mira", None, True),
    ("c-7f3f", "+44 131 496 0810", "1001", "talking", 15, "sales", "olga", None, True),
    ("c-7f41", "+48 22 555 01 21", "1000", "in flow", 9, None, None, "main[0]:say", False),
    ("c-7f39", "+44 161 496 0339", "1000", "waiting", 83, "billing", None, "support[1]:queue", False),
    ("c-7f3a", "+46 8 5250 1234", "1000", "talking", 48, "support", "chen", None, True),
    ("c-7f3d", "+353 1 555 0199", "1000", "waiting", 31, "support", None, "support[1]:queue", False),
    ("c-7f3e", "+49 89 2180 77", "1000", "waiting", 12, "support", None, "support[1]:queue", False),
    ("c-7f40", "anonymous", "1000", "in flow", 14, None, None, "main[1]:menu", False),
    ("c-7f42", "+45 33 12 34 56", "1000", "ringing", 6, "support", "emil", "support[1]:queue", False),
    ("c-7f43", "+351 21 000 1199", "1001", "in flow", 4, None, None, "support[0]:collect", False),
    ("c-7f45", "+1 415 555 0132", "1001", "ended", 2, "sales", "bela", None, False),
)  # fmt: skip

_SUPERVISED: Mapping[str, tuple[SupervisorView, ...]] = {
    "c-7f31": (SupervisorView(phone="sue", mode="listen", state="on"),),
    "c-7f24": (SupervisorView(phone="tom", mode="whisper", state="on"),),
}
_HELD = ("c-7f2c",)

# id, name, longest wait, service level, threshold, offered, answered, abandoned
_QUEUES: Sequence[tuple[str, str, float, float | None, float, int, int, int]] = (
    ("sales", "Sales", 0, 94.1, 20, 88, 86, 2),
    ("support", "Support", 31, 81.3, 40, 124, 112, 8),
    ("billing", "Billing", 83, 57.9, 30, 61, 47, 13),
    ("french", "Service en français", 0, 72.0, 30, 26, 24, 1),
    ("night", "Night desk", 0, None, 60, 0, 0, 0),
)

_HISTORY: Sequence[tuple[float, str, dict[str, JsonValue]]] = (
    (0.0, "call.arrived", {"caller": "+49 30 901820", "called": "1000", "flow": "acme-support"}),
    (0.24, "flow.step", {"step": "main:4", "what": "say", "data": {"text": "Thank you for calling Acme."}}),
    (6.9, "flow.step", {"step": "main:5", "what": "menu", "data": {"digit": "2", "to": "support"}}),
    (12.4, "flow.step", {"step": "support:12", "what": "collect", "data": {"customer": "448120"}}),
    (12.5, "queue.joined", {"queue": "billing", "skills": {"billing": 3}}),
    (31.02, "offer.made", {"agent": "ada", "why": {"trigger": "agent free", "group": "billing 3 or better"}}),
    (37.66, "call.connected", {"queue": "billing", "agent": "ada", "waited_s": 25.16}),
    (37.71, "recording.started", {"recording": "r-7f31"}),
)


def made_snapshot() -> Snapshot:
    """The whole state of the made-up centre."""
    calls = tuple(
        CallView(
            id=id_, caller=caller, called=called, state=state, since_s=since_s, queue=queue, agent=agent,
            step=step, recording=recording, held=id_ in _HELD, supervisors=_SUPERVISED.get(id_, ()),
        )
        for id_, caller, called, state, since_s, queue, agent, step, recording in _CALLS
    )  # fmt: skip
    agents = tuple(
        AgentView(
            id=id_, name=name, skills=skills, queues=queues, presence=presence, since_s=since_s,
            reason=reason, call=call, handled=handled,
            address=None if presence == "offline" else f"10.0.0.{20 + number}:5060",
        )
        for number, (id_, name, skills, queues, presence, since_s, reason, call, handled) in enumerate(_AGENTS)
    )  # fmt: skip
    server = ServerView(
        name="Acme", version="0.1.0", started_at=STARTED_AT, sip="10.0.0.5:5060",
        calls_now=sum(call.state != "ended" for call in calls), calls_total=331,
    )  # fmt: skip
    return Snapshot(
        at=AT,
        server=server,
        queues=tuple(_queue(row, calls, agents) for row in _QUEUES),
        calls=calls,
        agents=agents,
    )


def _queue(
    row: tuple[str, str, float, float | None, float, int, int, int],
    calls: tuple[CallView, ...],
    agents: tuple[AgentView, ...],
) -> QueueView:
    id_, name, longest_wait_s, percent, threshold_s, offered, answered, abandoned = row
    estimated = longest_wait_s + 10.0 if answered else None
    mine = [agent.presence for agent in agents if id_ in agent.queues]
    return QueueView(
        id=id_, name=name, longest_wait_s=longest_wait_s, service_level_percent=percent,
        service_level_s=threshold_s, offered=offered, answered=answered, abandoned=abandoned,
        estimated_wait_s=estimated, estimate_error_s=None if estimated is None else round(estimated / 4),
        waiting=sum(call.queue == id_ and call.state in ("waiting", "ringing") for call in calls),
        agents={presence: mine.count(presence) for presence in PRESENCES if presence in mine},
    )  # fmt: skip


def made_history(call_id: str) -> CallHistory:
    """What happened to a made-up call."""
    began = AT - timedelta(seconds=350)
    events = tuple(
        HistoryEvent(at=began + timedelta(seconds=offset_s), kind=kind, data=data)
        for offset_s, kind, data in _HISTORY
    )
    return CallHistory(id=call_id, events=events)


class MadeSource:
    """A stream that says the made-up snapshot, and then nothing more."""

    url = "http://10.0.0.5:8080"

    def __init__(self, snapshot: Snapshot | None = None) -> None:
        self._snapshot = snapshot or made_snapshot()

    async def stream(self) -> AsyncGenerator[StreamEvent, None]:
        """Once, and for ever."""
        yield Connecting(1)
        yield Received(SnapshotMessage(sequence=1, snapshot=self._snapshot))
        await asyncio.Event().wait()

    async def history(self, call_id: str) -> CallHistory | None:
        """The same for every call that there is."""
        known = any(call.id == call_id for call in self._snapshot.calls)
        return made_history(call_id) if known else None
