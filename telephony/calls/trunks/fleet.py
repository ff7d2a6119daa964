"""All trunks: which one a packet belongs to, which ones carry a call out, what is to be checked when.

Sans-IO: time comes in, `orders` are drained by the desk. A trunk is used for calls out while it answers and, if it
registers, while its registration stands; calls that come in are taken from a trunk in any state, for one that calls
is alive whatever the checks say.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from telephony.calls.trunks.capacity import Capacity, Full
from telephony.calls.trunks.health import Health, Input, State, is_life
from telephony.calls.trunks.model import Trunk


@dataclass(frozen=True, slots=True)
class Register:
    """Begin a trunk's registration; it keeps itself alive from then on."""

    trunk: Trunk


@dataclass(frozen=True, slots=True)
class Check:
    """Send OPTIONS; its outcome comes back by `answered`."""

    trunk: Trunk


Order = Register | Check


@dataclass(slots=True)
class Line:
    """A trunk as it is now. `registration_status` is the last refusal's; `addresses` are its host's, resolved."""

    trunk: Trunk
    health: Health
    capacity: Capacity
    next_check: float
    is_registered: bool = False
    registration_status: int | None = None
    addresses: frozenset[str] = frozenset()
    calls_in: int = 0
    calls_out: int = 0
    failed_out: int = 0

    @property
    def is_usable(self) -> bool:
        """Whether calls are sent out on it."""
        return self.health.state is State.UP and (self.is_registered or not self.trunk.register)


class Fleet:
    """Every trunk by name."""

    def __init__(self, trunks: Iterable[Trunk], now: float) -> None:
        self.lines = {
            trunk.name: Line(
                trunk,
                Health(trunk.health, now),
                Capacity(trunk.max_calls, trunk.calls_rate, trunk.calls_burst, now),
                next_check=now,
            )
            for trunk in trunks
        }
        self.orders: deque[Order] = deque(Register(t.trunk) for t in self.lines.values() if t.trunk.register)

    # -- time

    def next_timer(self) -> float | None:
        """When `handle_timer` is due; None: never."""
        return min(
            (each.next_check for each in self.lines.values() if each.trunk.health.every_s), default=None
        )

    def handle_timer(self, now: float) -> None:
        """Order the checks that are due. An unanswered one costs 64*T1, so they may overlap; each counts."""
        for line in self.lines.values():
            every_s = line.trunk.health.every_s
            if every_s and line.next_check <= now:
                line.next_check = now + every_s
                self.orders.append(Check(line.trunk))

    # -- what was learned

    def answered(self, name: str, status: int, now: float) -> bool:
        """A check came to a final status (408 for silence); True if the trunk went out or came back."""
        return self.lines[name].health.feed(Input.ANSWER if is_life(status) else Input.SILENCE, now)

    def registered(self, name: str) -> None:
        """Its registration stands."""
        line = self.lines[name]
        line.is_registered, line.registration_status = True, None

    def registration_failed(self, name: str, status: int) -> None:
        """Its registration was refused or not answered; the user agent tries again."""
        line = self.lines[name]
        line.is_registered, line.registration_status = False, status

    def resolved(self, name: str, addresses: Iterable[str]) -> None:
        """The addresses of its host now."""
        self.lines[name].addresses = frozenset(addresses)

    # -- calls in

    def line_at(self, host: str) -> Line | None:
        """The trunk that packets from a host belong to: by its networks, by its host's own addresses."""
        for line in self.lines.values():
            if host == line.trunk.destination.host or host in line.addresses or host in line.trunk.networks:
                return line
        return None

    def take_in(self, line: Line, now: float) -> Full | None:
        """A call comes in on a trunk: it takes a place, or is told why not."""
        full = line.capacity.take(now)
        line.calls_in += full is None
        return full

    # -- calls out

    def candidates(self, number: str) -> list[Line]:
        """The trunks that may carry a call, the best first: longest prefix, priority, then the emptiest."""
        fitting = [
            (-length, line.trunk.priority, line.capacity.calls, name, line)
            for name, line in self.lines.items()
            if line.is_usable and not line.capacity.is_full
            if (length := line.trunk.outgoing.longest_prefix(number)) is not None
        ]
        return [each[-1] for each in sorted(fitting, key=lambda each: each[:-1])]

    def named(self, name: str) -> list[Line]:
        """The trunk of that name, if it can carry a call now."""
        line = self.lines.get(name)
        return [line] if line is not None and line.is_usable and not line.capacity.is_full else []

    def take_out(self, name: str, now: float) -> bool:
        """A call goes out on a trunk; False if it has no room after all."""
        line = self.lines[name]
        if line.capacity.take(now) is not None:
            return False
        line.calls_out += 1
        return True

    def take_up(self, name: str) -> bool:
        """A call of a process before this one is on a trunk; False if there is no such trunk any more."""
        line = self.lines.get(name)
        if line is not None:
            line.capacity.take_up()
        return line is not None

    def release(self, name: str) -> None:
        """A call in or out is over."""
        self.lines[name].capacity.release()

    def failed(self, name: str, status: int, now: float) -> bool:
        """An INVITE came to nothing: silence counts as a failed check. True if the trunk went out."""
        line = self.lines[name]
        line.failed_out += 1
        return line.health.feed(Input.SILENCE, now) if status == 408 else False
