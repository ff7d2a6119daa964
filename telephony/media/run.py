"""A run of frames: all that pacing needs to send one more frame of a prompt, for as long as nothing is to decide.

What the settled way (`telephony.media.way`) is to a relayed packet, the run is to a played one: one small flat
object that the loop below reads and writes, one slice of the memory-mapped prompt, one pack, one send. The run
ends before the last whole frame of a file, and is closed by any command about the leg; then the leg itself
makes the next packet (`Leg.tick`), books what was sent, and opens the run again.
"""

from collections.abc import Iterable
from struct import Struct
from typing import TYPE_CHECKING, Final

from telephony.media.packet_buffer import PacketBuffer
from telephony.media.playback import Prompt
from telephony.media.stream import HEADER_SIZE
from telephony.media.way import Send

if TYPE_CHECKING:
    from telephony.media.leg import Leg

CLOSED: Final = -1
_PACKETS: Final = {units: Struct(f"!HHII{units}s") for units in (80, 160, 240, 320, 400, 480)}
"""The fixed header in four words and a payload of so many bytes, written in one call."""


class Run:
    """Flat and mutable, one a leg; `Leg` opens and closes it, `send_frames` runs it."""

    __slots__ = (
        "begun",
        "end",
        "failures",
        "kind",
        "packet",
        "position",
        "send",
        "sent_at",
        "sequence",
        "source",
        "ssrc",
        "timestamp",
        "translate",
        "units",
        "view",
    )

    def __init__(self) -> None:
        self.source: Prompt = b""
        self.position = 0
        self.begun = 0
        """`position` when this was last booked."""
        self.end = CLOSED
        self.units = 160
        self.kind = self.ssrc = self.sequence = self.timestamp = 0
        self.translate: bytes | None = None
        self.packet = _PACKETS[160]
        self.view = memoryview(b"")
        self.send: Send | None = None
        self.sent_at = 0.0
        self.failures = 0


def open_run(leg: "Leg") -> None:
    """After a packet of the playlist: the frames behind it simply follow, up to the end of the file."""
    run, playlist, outgoing = leg.run, leg.playlist, leg.outgoing
    packet = _PACKETS.get(outgoing.units)
    if playlist is None or leg.send is None or packet is None or playlist.is_wide:
        return
    run.source, run.position, run.end = playlist.rest()
    run.begun, run.units, run.packet = run.position, outgoing.units, packet
    run.kind, run.ssrc = outgoing.kind, outgoing.ssrc
    run.sequence, run.timestamp = outgoing.sequence, outgoing.timestamp
    run.translate, run.send = leg.playback_table, leg.send
    run.view = leg.host.packet.views[HEADER_SIZE + outgoing.units]


def book_run(leg: "Leg") -> None:
    """Tell playlist and stream what was sent on the run."""
    run = leg.run
    octets = run.position - run.begun
    if octets == 0:
        return
    run.begun = run.position
    if leg.playlist is not None:
        leg.playlist.move_to(run.position)
    leg.outgoing.book_played(octets, run.sequence, run.timestamp, run.sent_at)
    leg.send_failures += run.failures
    run.failures = 0


def close_run(leg: "Leg") -> None:
    """Let `Leg.tick` make the next packet."""
    book_run(leg)
    leg.run.end = CLOSED


def send_frames(legs: Iterable["Leg"], packet: PacketBuffer, now: float) -> None:
    """One packet time has passed for these legs."""
    buffer = packet.data
    for leg in legs:
        run = leg.run
        position = run.position
        units = run.units
        end = position + units
        send = run.send
        if end > run.end or send is None:
            leg.tick(now)
            continue
        run.position = end
        run.sent_at = now
        run.sequence = sequence = run.sequence + 1 & 0xFFFF
        run.timestamp = timestamp = run.timestamp + units & 0xFFFFFFFF
        frame = run.source[position:end]
        table = run.translate
        if table is not None:
            frame = frame.translate(table)
        run.packet.pack_into(buffer, 0, run.kind, sequence, timestamp, run.ssrc, frame)
        try:
            send(run.view)
        except OSError:
            run.failures += 1
