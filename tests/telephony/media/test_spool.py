from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.media.rtp import RtpPacket
from telephony.media.spool import (
    AGENT,
    BLOCK_SIZE,
    CALLER,
    SpoolError,
    SpoolPacket,
    SpoolWriter,
    file_header,
    read_spool,
    read_started_at,
)


class Disk:
    """Takes blocks as the writer thread would; `free` blocks are to be had."""

    def __init__(self, free: int = 1000) -> None:
        self.free = free
        self.data = file_header(1_700_000_000.5)

    def take(self) -> bytearray | None:
        if self.free == 0:
            return None
        self.free -= 1
        return bytearray(BLOCK_SIZE)

    def hand_over(self, block: bytearray, size: int) -> None:
        self.data += block[:size]


def write(
    writer: SpoolWriter, sequence: int, *, channel: int = CALLER, codec: int = 0, at: float = 0.0
) -> None:
    data = bytes(RtpPacket(codec, sequence, sequence * 160, 9, bytes([sequence & 0xFF]) * 160))
    writer.write(channel, codec, memoryview(data), len(data), at)


def spool_file(folder: Path, data: bytes) -> Path:
    path = folder / "call.spool"
    path.write_bytes(data)
    return path


def test_what_is_written_is_read(tmp_path: Path) -> None:
    disk = Disk()
    writer = SpoolWriter(100.0, disk.take, disk.hand_over)
    write(writer, 1, at=100.25)
    write(writer, 2, channel=AGENT, codec=8, at=100.5)
    writer.flush()
    path = spool_file(tmp_path, disk.data)
    assert list(read_spool(path)) == [
        SpoolPacket(0, 250_000_000, 160, 9, "PCMU", b"\x01" * 160, 1),
        SpoolPacket(1, 500_000_000, 320, 9, "PCMA", b"\x02" * 160, 2),
    ]
    assert read_started_at(path) == 1_700_000_000.5


def test_blocks_follow_each_other(tmp_path: Path) -> None:
    disk = Disk()
    writer = SpoolWriter(0.0, disk.take, disk.hand_over)
    for sequence in range(1000):
        write(writer, sequence, at=sequence * 0.02)
    writer.flush()
    writer.flush()
    assert [packet.sequence for packet in read_spool(spool_file(tmp_path, disk.data))] == list(range(1000))
    assert 1000 - disk.free < 12
    assert writer.packets == 1000


def test_a_disk_that_does_not_keep_up_costs_packets_that_are_counted(tmp_path: Path) -> None:
    disk = Disk(free=1)
    writer = SpoolWriter(0.0, disk.take, disk.hand_over)
    for sequence in range(500):
        write(writer, sequence)
    assert writer.dropped == 500 - writer.packets > 0
    disk.free = 1
    write(writer, 999)
    writer.flush()
    assert [packet.sequence for packet in read_spool(spool_file(tmp_path, disk.data))][-1] == 999


@given(cut=st.integers(1, 3 * 184))
def test_a_truncated_tail_is_no_error(cut: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    disk = Disk()
    writer = SpoolWriter(0.0, disk.take, disk.hand_over)
    for sequence in range(3):
        write(writer, sequence)
    writer.flush()
    path = spool_file(tmp_path_factory.mktemp("spool"), disk.data[:-cut])
    assert len(list(read_spool(path))) == (3 * 184 - cut) // 184


def test_a_tail_of_zeros_after_a_power_cut(tmp_path: Path) -> None:
    disk = Disk()
    writer = SpoolWriter(0.0, disk.take, disk.hand_over)
    write(writer, 1)
    writer.flush()
    assert len(list(read_spool(spool_file(tmp_path, disk.data + bytes(4096))))) == 1


@pytest.mark.parametrize("data", [b"", b"RIFF....WAVEfmt ", b"CBSPOOL1"])
def test_no_spool_file(tmp_path: Path, data: bytes) -> None:
    path = spool_file(tmp_path, data)
    with pytest.raises(SpoolError) as caught:
        list(read_spool(path))
    assert str(caught.value) == f"{path}: not a spool file"
