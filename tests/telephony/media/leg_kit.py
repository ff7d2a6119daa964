"""A leg without a network: its sockets keep what is sent, its host keeps what is told."""

from pathlib import Path

from telephony.media.dtmf import TelephoneEvent
from telephony.media.hearing import hear
from telephony.media.leg import Leg
from telephony.media.leg_dtls import DtlsLegs
from telephony.media.messages import (
    MediaEvent,
    RemoteMedia,
)
from telephony.media.packet_buffer import PacketBuffer
from telephony.media.rtp import RtpPacket
from telephony.media.stream import OutgoingStream

CALLER = ("198.51.100.7", 4000)


def event(digit: int, duration: int, *, end: bool = False) -> bytes:
    return bytes(TelephoneEvent(digit, end, 10, duration))


class FakeConnected:
    def __init__(self, sent: list[bytes]) -> None:
        self._sent = sent

    def send(self, data: memoryview) -> int:
        self._sent.append(bytes(data))
        return len(data)

    def recv_into(self, buffer: bytearray) -> int:
        raise BlockingIOError


class FakeSockets:
    """Stands for `LegSockets`."""

    port = 12000

    def __init__(self) -> None:
        self.connected: FakeConnected | None = None
        self.connections: list[tuple[str, int]] = []
        self.sent: list[bytes] = []

    def connect(self, source: tuple[str, int]) -> FakeConnected:
        self.connections.append(source)
        self.connected = FakeConnected(self.sent)
        return self.connected

    def disconnect(self) -> None:
        self.connected = None


class FakeHost:
    """Stands for the room."""

    def __init__(self) -> None:
        self.packet = PacketBuffer()
        self.dtls = DtlsLegs(Path("nowhere"), lambda: None)
        self.events: list[MediaEvent] = []
        self.paced: set[Leg] = set()
        self.keys: set[Leg] = set()

    def emit(self, event: MediaEvent) -> None:
        self.events.append(event)

    def watch(self, leg: Leg) -> None:
        pass

    def pace(self, leg: Leg, now: float) -> None:
        self.paced.add(leg)

    def unpace(self, leg: Leg) -> None:
        self.paced.discard(leg)

    def watch_key(self, leg: Leg) -> None:
        self.keys.add(leg)

    def utc_s(self) -> float:
        return 1_700_000_000.0


class LegUnderTest:
    """A leg, the packets it sent and a remote that speaks to it."""

    def __init__(self, name: str, host: FakeHost, ssrc: int) -> None:
        self.sockets = FakeSockets()
        self.host = host
        stream = OutgoingStream(ssrc, 1000, 50_000, 10.0)
        self.leg = Leg(name, self.sockets, stream, host, 10.0)  # type: ignore[arg-type]
        self.sequence = 300
        self.timestamp = 90_000

    def settle(
        self, now: float = 10.0, *, codec: str = "PCMU", dtmf: int | None = 101, **more: object
    ) -> None:
        """Offer and answer are done; what the leg sends by itself at that moment is forgotten."""
        payload_type = {"PCMU": 0, "PCMA": 8}[codec]
        remote = RemoteMedia(CALLER[0], CALLER[1], codec, payload_type, dtmf, **more)  # type: ignore[arg-type]
        self.leg.set_remote(remote, now)
        self.sockets.sent.clear()

    def says(
        self, now: float, payload: bytes = b"\x55" * 160, *, kind: int | None = None, **more: object
    ) -> None:
        """The remote's next packet, from where we talk to."""
        hear(self.leg, self.packet(payload, kind=kind, **more), now)

    def packet(self, payload: bytes = b"\x55" * 160, *, kind: int | None = None, **more: object) -> bytes:
        assert self.leg.remote is not None
        self.sequence = self.sequence + 1 & 0xFFFF
        self.timestamp += 160
        fields: dict[str, object] = {"sequence": self.sequence, "timestamp": self.timestamp, "ssrc": 0x5151}
        fields |= more
        number = self.leg.remote.payload_type if kind is None else kind
        return bytes(RtpPacket(payload_type=number, payload=payload, **fields))  # type: ignore[arg-type]

    def sent(self) -> list[RtpPacket]:
        packets = [RtpPacket.parse(data) for data in self.sockets.sent]
        self.sockets.sent.clear()
        return packets
