"""All DTLS handshakes of a worker, in a thread beside the packet loop: a signature takes longer than a packet may wait.

    begin, receive, end     from the loop: put into a queue, never waiting
    results                 for the loop, which `notify` wakes: what to send, keys, or why there are none

OpenSSL lets go of the interpreter's lock while it calculates, so that the loop goes on meanwhile. What fails is begun
anew a few times within the deadline: anybody who finds the port can spoil a handshake, but not be taken for the remote.
"""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from OpenSSL import SSL

from telephony.media.dtls import DtlsHandshake, new_context
from telephony.media.dtls_identity import load
from telephony.media.keying import DtlsTerms, SrtpKeys

DEADLINE_S: Final = 15.0
"""A handshake takes a few round trips; OpenSSL repeats a lost flight after 1, 2 and 4 s."""
ATTEMPTS: Final = 5
LINGER_S: Final = 30.0
"""So long a finished handshake still answers a remote that missed its last flight; then its 100 KB are given back."""
MOST_WAITING: Final = 2000
"""Inputs in the queue; more are dropped, as a network drops them."""


@dataclass(frozen=True, slots=True)
class Failure:
    """There will be no keys."""

    why: str


Result = list[bytes] | SrtpKeys | Failure
"""Datagrams for the remote come first, if a step gives several results."""


@dataclass(slots=True)
class _Association:
    terms: DtlsTerms
    handshake: DtlsHandshake
    deadline: float
    attempts: int = 1
    told: bool = False
    timer_at: float | None = None


class DtlsDesk:
    """Numbered associations; the thread starts with the first."""

    def __init__(
        self, certificate: Path, notify: Callable[[], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.results: deque[tuple[int, Result]] = deque()
        self.dropped = 0
        self._certificate = certificate
        self._notify = notify
        self._clock = clock
        self._inputs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._context: SSL.Context | None = None
        self._associations: dict[int, _Association] = {}
        self._last_number = 0

    # ------------------------------------------------------------------------------------- from the loop

    def begin(self, terms: DtlsTerms) -> int:
        """Its number; results follow under it."""
        self._last_number += 1
        number = self._last_number
        self._put(lambda: self._begin(number, terms))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="dtls", daemon=True)
            self._thread.start()
        return number

    def receive(self, number: int, datagram: bytes) -> None:
        if self._inputs.qsize() >= MOST_WAITING:
            self.dropped += 1
            return
        self._put(lambda: self._receive(number, datagram))

    def end(self, number: int) -> None:
        """Its leg is gone."""
        self._put(lambda: self._end(number))

    def stop(self) -> None:
        """The thread ends; nothing more is told."""
        if self._thread is not None:
            self._inputs.put(None)
            self._thread.join()
            self._thread = None

    def _put(self, step: Callable[[], None]) -> None:
        self._inputs.put(step)

    # ------------------------------------------------------------------------------------- in the thread

    def _run(self) -> None:
        while True:
            try:
                step = self._inputs.get(timeout=self._wait_s())
            except queue.Empty:
                self._handle_timers()
                continue
            if step is None:
                return
            step()
            self._handle_timers()

    def _wait_s(self) -> float | None:
        pending = [
            each.deadline if each.timer_at is None else min(each.deadline, each.timer_at)
            for each in self._associations.values()
        ]
        return max(0.0, min(pending) - self._clock()) if pending else None

    def _begin(self, number: int, terms: DtlsTerms) -> None:
        try:
            handshake = DtlsHandshake(self._shared_context(), terms)
        except (OSError, ValueError, SSL.Error) as error:
            self._tell(number, Failure(f"our certificate cannot be used: {error}"))
            return
        association = _Association(terms, handshake, self._clock() + DEADLINE_S)
        self._associations[number] = association
        handshake.start()
        self._look(number, association)

    def _receive(self, number: int, datagram: bytes) -> None:
        association = self._associations.get(number)
        if association is not None:
            association.handshake.receive(datagram)
            self._look(number, association)

    def _end(self, number: int) -> None:
        self._associations.pop(number, None)

    def _handle_timers(self) -> None:
        now = self._clock()
        for number, each in tuple(self._associations.items()):
            if now >= each.deadline:
                if not each.told:
                    self._tell(number, Failure("no handshake in time"))
                del self._associations[number]
            elif each.timer_at is not None and now >= each.timer_at:
                each.handshake.handle_timer()
                self._look(number, each)

    def _look(self, number: int, association: _Association) -> None:
        """What came of a step."""
        handshake = association.handshake
        datagrams = handshake.to_send()
        if datagrams:
            self._tell(number, datagrams)
        if handshake.keys is not None and not association.told:
            association.told, association.deadline = True, self._clock() + LINGER_S
            self._tell(number, handshake.keys)
        if handshake.failure is not None and not association.told:
            self._again(number, association, handshake.failure)
            return
        timer_s = handshake.next_timer_s()
        association.timer_at = None if timer_s is None else self._clock() + timer_s

    def _again(self, number: int, association: _Association, why: str) -> None:
        if association.attempts >= ATTEMPTS:
            del self._associations[number]
            self._tell(number, Failure(why))
            return
        association.attempts += 1
        association.handshake = DtlsHandshake(self._shared_context(), association.terms)
        association.handshake.start()
        self._look(number, association)

    def _shared_context(self) -> SSL.Context:
        if self._context is None:
            self._context = new_context(*load(self._certificate))
        return self._context

    def _tell(self, number: int, result: Result) -> None:
        self.results.append((number, result))
        self._notify()
