"""Keeps flows open and notices when one is dead (RFC 5626 section 4.4, 5.5).

Two kinds: phones behind NAT on UDP get a CRLF now and then, so that their NAT remembers them; streams of our own
registrations are pinged, and one that does not answer within ten seconds has failed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from telephony.sip.address import Address

if TYPE_CHECKING:
    from telephony.sip.core import Core

PING, PONG = b"\r\n\r\n", b"\r\n"
_PONG_WITHIN_S = 10.0  # section 4.4.1
_SHORTEST_PING_S = 15.0  # a pong must fit in, whatever a Flow-Timer asks for
_PING_EVERY_S = 120.0  # section 4.4.1, unless the registrar's Flow-Timer says another time
_TRANSLATED, _PINGS, _PONGS_DUE = 0, 1, 2


class KeepAlives:
    """`translated` gives the UDP flows of phones behind NAT, `ours` the far ends of our registrations, `flow_timer_s`
    how often their registrars want to hear of them."""

    def __init__(
        self,
        core: Core,
        *,
        every_s: float,
        translated: Callable[[], set[Address]],
        ours: Callable[[], set[Address]],
        flow_timer_s: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._core = core
        self._every_s = every_s
        self._translated = translated
        self._ours = ours
        self._flow_timer_s = flow_timer_s
        self._running: set[int] = set()
        self._waiting: dict[Address, float] = {}
        self.failed: list[Address] = []

    def start(self, now: float) -> None:
        """Something was registered: have the timers run while there is anything to keep alive."""
        if self._every_s and _TRANSLATED not in self._running and self._translated():
            self._run(_TRANSLATED, now + self._every_s)
        if _PINGS not in self._running and self._pinged():
            self._run(_PINGS, now + self._ping_interval())

    def _run(self, timer: int, at: float) -> None:
        self._running.add(timer)
        self._core.layer.queue.start(at, self, timer)

    def _pinged(self) -> set[Address]:
        return {each for each in self._ours() if each.transport in ("tcp", "tls")}

    def _ping_interval(self) -> float:
        """80 to 100 % of the time, so that flows that began together do not stay together."""
        spread = sum(self._core.new_id().encode()) % 21
        return max(_SHORTEST_PING_S, (self._flow_timer_s() or _PING_EVERY_S) * (80 + spread) / 100)

    def timer_fired(self, timer: int, now: float) -> None:
        """Time to send, or to judge those that did not answer."""
        self._running.discard(timer)
        if timer == _TRANSLATED:
            for flow in sorted(self._translated()):
                self._core.layer.send(PING, flow)
        elif timer == _PONGS_DUE:
            self.failed += [flow for flow, asked in self._waiting.items() if now - asked >= _PONG_WITHIN_S]
            self._waiting.clear()
        else:
            for flow in sorted(self._pinged()):
                self._core.layer.send(PING, flow)
                self._waiting[flow] = now
            if self._waiting:
                self._run(_PONGS_DUE, now + _PONG_WITHIN_S)
        self.start(now)

    def heard(self, flow: Address) -> None:
        """A pong, or anything else: the flow lives."""
        self._waiting.pop(flow, None)

    def take_failed(self) -> list[Address]:
        """The flows found dead since last asked."""
        failed, self.failed = self.failed, []
        return failed
