"""Our 2xx to an INVITE until its ACK comes (RFC 3261 section 13.3.1.4).

The transaction is done with the 2xx at once, so its user sends it again: first after T1, then at doubled
intervals up to T2, on every transport, for 64*T1 in all.
"""

from __future__ import annotations

from collections.abc import Callable

from telephony.sip.address import Address
from telephony.sip.transactions.layer import TransactionLayer

_RETRANSMIT = 0


class UnacknowledgedAnswer:
    """One 2xx on its way. `acknowledge` stops it; `on_timeout` is called when nobody did."""

    __slots__ = ("_deadline", "_destination", "_interval", "_layer", "_on_timeout", "_wire", "number")

    def __init__(
        self,
        layer: TransactionLayer,
        wire: bytes,
        destination: Address,
        number: int,
        on_timeout: Callable[[float], None],
        now: float,
    ) -> None:
        self._layer = layer
        self._wire: bytes | None = wire
        self._destination = destination
        self._interval = layer.timers.t1
        self._deadline = now + layer.timers.sixty_four_t1
        self._on_timeout: Callable[[float], None] | None = on_timeout
        self.number = number  # the CSeq number that its ACK must have
        layer.queue.start(now + self._interval, self, _RETRANSMIT)

    @property
    def wire(self) -> bytes | None:
        """What is repeated; None once it is not needed any more."""
        return self._wire

    @property
    def destination(self) -> Address:
        """Where to."""
        return self._destination

    def acknowledge(self) -> None:
        """The ACK came, or nobody needs it any more."""
        self._wire = None
        self._on_timeout = None

    def timer_fired(self, timer: int, now: float) -> None:
        """Send again, or give up."""
        del timer  # there is only one
        if self._wire is None:
            return
        if now >= self._deadline:
            on_timeout = self._on_timeout
            self.acknowledge()
            if on_timeout is not None:
                on_timeout(now)
            return
        self._layer.retransmit(self._wire, self._destination)
        self._interval = min(self._interval * 2, self._layer.timers.t2)
        self._layer.queue.start(min(now + self._interval, self._deadline), self, _RETRANSMIT)
