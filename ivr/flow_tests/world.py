"""The world outside a flow, made up for a test: web services, tables, memory, queues, recordings.

Every question gets its answer after a time of its own, in virtual seconds. What is not given is answered as
if it were not there: no web service, no row, no facts; tables that are not given are read from their real
files.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from callflows.values import Value
from ivr.drivers.tables import find_in_sqlite, read_csv
from ivr.effects import (
    AskStanding,
    DialOut,
    Effect,
    HttpRequest,
    JoinQueue,
    LookUp,
    RecallFacts,
    RememberFacts,
    RequestCallback,
    StartRecording,
    StopRecording,
    TransferCaller,
)
from ivr.events import PartyLeft, QueueLeft, RecordingFinished, Reply, TalkBegan
from ivr.flow_tests.cases import Given, HttpStub, PartyStub, QueueStub
from ivr.simulated_caller import Coming

AT_ONCE_S = 0.001
NO_STUB = "no answer is given for this address"


@dataclass(slots=True)
class World:
    """What is so in one case; `remembered` changes as the flow remembers, `unknown` are requests nobody
    foresaw.
    """

    given: Given
    remembered: dict[str, Value] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    _used: dict[int, int] = field(default_factory=dict)
    _in_queue: QueueStub = field(default_factory=QueueStub)

    def __post_init__(self) -> None:
        self.remembered = dict(self.given.remembered)

    def answer(self, effect: Effect) -> tuple[Coming, ...]:
        """What comes of an effect, and after how many seconds; nothing, often."""
        match effect:
            case HttpRequest():
                return (self._http(effect),)
            case LookUp():
                return (self._look_up(effect),)
            case RecallFacts(request_id, _, names):
                facts: Value = {name: self.remembered[name] for name in names if name in self.remembered}
                return ((AT_ONCE_S, Reply(request_id, facts)),)
            case RememberFacts(_, facts):
                self.remembered.update(facts)
            case JoinQueue(queue):
                self._in_queue = self.given.queues.get(queue, QueueStub())
                return self._queue(self._in_queue)
            case AskStanding(request_id):
                stands: Value = {"position": self._in_queue.position, "wait_s": self._in_queue.wait}
                return ((AT_ONCE_S, Reply(request_id, stands)),)
            case StartRecording(request_id, _, longest_s, silence_s):
                seconds = min(self.given.recording, longest_s)
                ends = min(seconds + silence_s, longest_s)
                return ((ends, RecordingFinished(request_id, f"recording-{request_id}", seconds)),)
            case StopRecording(request_id):
                seconds = self.given.recording
                return ((AT_ONCE_S, RecordingFinished(request_id, f"recording-{request_id}", seconds)),)
            case DialOut(request_id, party) | TransferCaller(request_id, party):
                stub = self.given.parties.get(str(party), PartyStub())
                return self._party(request_id, stub, transfer=isinstance(effect, TransferCaller))
            case RequestCallback(request_id):
                promise = self.given.callback
                return ((promise.after, Reply(request_id, None, promise.error)),)
        return ()

    @staticmethod
    def _queue(stub: QueueStub) -> tuple[Coming, ...]:
        if stub.outcome != "answered":
            return ((stub.after, QueueLeft(stub.outcome)),)
        return (stub.after, TalkBegan()), (stub.after + stub.talk, QueueLeft(stub.outcome))

    @staticmethod
    def _party(request_id: str, stub: PartyStub, *, transfer: bool) -> tuple[Coming, ...]:
        if stub.outcome != "answered":
            return ((stub.after, PartyLeft(request_id, stub.outcome)),)
        if transfer:
            return ((stub.after, PartyLeft(request_id, "transferred")),)
        over = PartyLeft(request_id, stub.outcome)
        return (stub.after, TalkBegan()), (stub.after + stub.talk, over)

    def _http(self, request: HttpRequest) -> Coming:
        for number, stub in enumerate(self.given.http):
            if self._fits(number, stub, request):
                self._used[number] = self._used.get(number, 0) + 1
                error = stub.error
                if error is None and not 200 <= stub.status <= 299:
                    error = f"status {stub.status}"
                value = stub.answer if error is None else None
                status = None if stub.error is not None else stub.status
                return stub.after, Reply(request.request_id, value, error, status)
        self.unknown.append(f"{request.method} {request.address}")
        return AT_ONCE_S, Reply(request.request_id, None, NO_STUB)

    def _fits(self, number: int, stub: HttpStub, request: HttpRequest) -> bool:
        if stub.url not in request.address or stub.method not in (None, request.method):
            return False
        return stub.times is None or self._used.get(number, 0) < stub.times

    def _look_up(self, request: LookUp) -> Coming:
        table = self.given.lookup.get(request.file.name)
        if table is not None:
            return AT_ONCE_S, Reply(request.request_id, table.get(request.key))
        try:
            row = _row(request)
        except (OSError, ValueError, sqlite3.Error) as error:
            return AT_ONCE_S, Reply(request.request_id, None, str(error))
        return AT_ONCE_S, Reply(request.request_id, None if row is None else dict(row))


_csv = lru_cache(maxsize=64)(read_csv)


def _row(order: LookUp) -> Mapping[str, Value] | None:
    """As the server's own driver finds it; raises OSError, ValueError or sqlite3.Error."""
    if order.file.suffix.lower() == ".csv":
        return _csv(order.file, order.column).get(order.key)
    return find_in_sqlite(order.file, order.rows, order.column, order.key)
