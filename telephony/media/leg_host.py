"""What a leg needs from the worker it lives in; the room is one, tests have theirs."""

from typing import TYPE_CHECKING, Protocol

from telephony.media.messages import MediaEvent
from telephony.media.packet_buffer import PacketBuffer

if TYPE_CHECKING:
    from telephony.media.leg import Leg
    from telephony.media.leg_dtls import DtlsLegs


class LegHost(Protocol):
    """What a leg needs from the worker it lives in."""

    packet: PacketBuffer
    dtls: "DtlsLegs"

    def emit(self, event: MediaEvent) -> None: ...
    def watch(self, leg: "Leg") -> None:
        """The leg has a new connected socket."""

    def pace(self, leg: "Leg", now: float) -> None:
        """Call `tick` once a packet time."""

    def unpace(self, leg: "Leg") -> None: ...
    def watch_key(self, leg: "Leg") -> None:
        """A key is down: call `check_key` until it is up."""

    def utc_s(self) -> float: ...
