"""The spool file of a recording: RTP packets as they came in, with their arrival, in the order of arrival.

    file   = "CBSPOOL1", start of the recording in UTC (8-byte float, seconds since 1970), packets
    packet = arrival (8-byte float, seconds since start), channel (1), codec (1), size (2), size bytes of RTP

All big-endian. A worker only appends, so that a crash costs at most the last second and a truncated tail.

    SpoolWriter    fills one block after the other; a full block (or a second's worth) goes to `hand_over`
    read_spool     what recordings/ reads

No file is opened here on the worker's side: `telephony.media.spool_files` owns the disk and its thread.
"""

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from telephony.media.errors import MediaError, RemoteProtocolError
from telephony.media.messages import Codec
from telephony.media.rtp import RtpPacket
from telephony.media.stream import HEADER, HEADER_SIZE

MAGIC: Final = b"CBSPOOL1"
FILE_HEADER: Final = struct.Struct("!8sd")
PACKET_HEADER: Final = struct.Struct("!dBBH")
BLOCK_SIZE: Final = 20 * 1024  # holds a good second of two legs at 20 ms
CALLER, AGENT = 0, 1
_PLAIN: Final = 0x80
"""The first byte of RTP without padding, extension and contributing sources."""
_LONGEST: Final = PACKET_HEADER.size + 0xFFFF
_READ_SIZE: Final = 256 * 1024

CODEC_NUMBERS: Final[dict[Codec, int]] = {"PCMU": 0, "PCMA": 8, "G722": 9, "opus": 111}
_CODECS: Final[dict[int, Codec]] = {number: codec for codec, number in CODEC_NUMBERS.items()}


class SpoolError(MediaError):
    """The file is no spool file at all."""


class SpoolPacket(NamedTuple):
    """One packet of audio as it was received. There are a hundred of them in a second of talk."""

    channel: int
    """0 caller, 1 agent."""
    arrival_ns: int
    """Since the recording started, monotonic."""
    rtp_timestamp: int
    ssrc: int
    codec: Codec
    payload: bytes
    sequence: int = 0


class SpoolWriter:
    """Gathers the packets of one recording into blocks; drops and counts when no block can be had."""

    __slots__ = (
        "_block",
        "_hand_over",
        "_position",
        "_started_at",
        "_take_block",
        "_view",
        "dropped",
        "packets",
    )

    def __init__(
        self,
        started_at: float,
        take_block: Callable[[], bytearray | None],
        hand_over: Callable[[bytearray, int], None],
    ) -> None:
        self.packets = 0
        self.dropped = 0
        self._started_at = started_at
        self._take_block = take_block
        self._hand_over = hand_over
        self._block: bytearray | None = None
        self._view = memoryview(b"")
        self._position = 0

    def write(self, channel: int, codec: int, packet: memoryview, size: int, arrival: float) -> None:
        """Append one RTP packet of `size` bytes; called for every packet: one check, one pack, one copy."""
        start = self._position + PACKET_HEADER.size
        end = start + size
        if end > len(self._view):
            if not self._next_block():
                self.dropped += 1
                return
            start = PACKET_HEADER.size
            end = start + size
        PACKET_HEADER.pack_into(self._view, start - 12, arrival - self._started_at, channel, codec, size)
        self._view[start:end] = packet
        self._position = end
        self.packets += 1

    def flush(self) -> None:
        """Hand over what there is; called about once a second and at the end."""
        if self._block is not None:
            block, self._block, self._view = self._block, None, memoryview(b"")
            size, self._position = self._position, 0
            self._hand_over(block, size)

    def _next_block(self) -> bool:
        self.flush()
        self._block = self._take_block()
        if self._block is None:
            return False
        self._view = memoryview(self._block)
        return True


def file_header(started_at_utc_s: float) -> bytes:
    return FILE_HEADER.pack(MAGIC, started_at_utc_s)


def read_started_at(path: Path) -> float:
    """When the recording started, in seconds since 1970."""
    with path.open("rb") as file:
        return _read_header(file, path)


def read_spool(path: Path) -> Iterator[SpoolPacket]:
    """Every whole packet of a spool file; a truncated tail ends it quietly. SpoolError: not a spool file."""
    with path.open("rb") as file:
        _read_header(file, path)
        data, at = b"", 0
        while len(data) - at < _LONGEST and (more := file.read(_READ_SIZE)):
            data, at = data[at:] + more, 0
            while (found := _packet_in(data, at)) is not None:
                packet, at = found
                yield packet


def _packet_in(data: bytes, at: int) -> tuple[SpoolPacket, int] | None:
    """The packet that begins there and where it ends; None when no whole one does."""
    begin = at + PACKET_HEADER.size
    if begin > len(data):
        return None
    arrival, channel, codec_number, size = PACKET_HEADER.unpack_from(data, at)
    end, codec = begin + size, _CODECS.get(codec_number)
    if end > len(data) or codec is None:
        return None
    if size >= HEADER_SIZE and data[begin] == _PLAIN:
        _, sequence, timestamp, ssrc = HEADER.unpack_from(data, begin)
        payload = data[begin + HEADER_SIZE : end]
    else:
        try:
            packet = RtpPacket.parse(data[begin:end])
        except RemoteProtocolError:
            return None  # only a tail that was never written whole holds such bytes
        sequence, timestamp, ssrc, payload = packet.sequence, packet.timestamp, packet.ssrc, packet.payload
    return SpoolPacket(channel, round(arrival * 1e9), timestamp, ssrc, codec, payload, sequence), end


def _read_header(file: BinaryIO, path: Path) -> float:
    head = file.read(FILE_HEADER.size)
    if len(head) < FILE_HEADER.size or not head.startswith(MAGIC):
        raise SpoolError(f"{path}: not a spool file")
    started_at: float = FILE_HEADER.unpack(head)[1]
    return started_at
