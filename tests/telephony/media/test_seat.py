from telephony.media.rtp import HeaderExtension, RtpPacket
from telephony.media.seat import FRAME, LONGEST, MARGIN, Seat


def said(seat: Seat, timestamp: int, byte: int = 0x11, *, octets: int = 160, **more) -> None:
    fields = {"payload_type": 0, "sequence": 1, "ssrc": 7} | more
    data = bytes(RtpPacket(timestamp=timestamp, payload=bytes([byte]) * octets, **fields))
    seat.write(0, fields["payload_type"], memoryview(data), len(data), 0.0)


def frames(seat: Seat) -> list[bytes]:
    found = []
    while (frame := seat.take()) is not None:
        found.append(frame)
    return found


def new_seat() -> Seat:
    return Seat(None, "c", "caller")  # type: ignore[arg-type]


def test_begins_with_a_margin() -> None:
    seat = new_seat()
    said(seat, 0)
    assert seat.take() is None
    said(seat, 160)
    assert frames(seat) == [b"\x11" * 160] * 2
    assert seat.underruns == 1


def test_a_gap_is_silent_and_in_its_place() -> None:
    seat = new_seat()
    for at, byte in ((0, 1), (160, 2), (480, 4)):
        said(seat, at, byte)
    assert [frame[0] for frame in frames(seat)] == [1, 2, 0xFF, 4]


def test_late_and_doubled_packets_are_left_out() -> None:
    seat = new_seat()
    for at, byte in ((0, 1), (320, 3), (160, 2), (320, 3)):
        said(seat, at, byte)
    assert [frame[0] for frame in frames(seat)] == [1, 0xFF, 3]


def test_a_pause_of_the_speaker_is_not_made_up_for() -> None:
    seat = new_seat()
    said(seat, 0)
    said(seat, 160)
    frames(seat)
    said(seat, 80_000, 9)
    said(seat, 80_160, 9)
    assert frames(seat) == [b"\x09" * 160] * 2


def test_a_new_stream_begins_at_its_own_timestamp() -> None:
    seat = new_seat()
    said(seat, 5000)
    said(seat, 100, 2, ssrc=8)
    said(seat, 90, 3, marker=True, ssrc=8)
    assert [frame[0] for frame in frames(seat)] == [0x11, 2, 3]


def test_too_much_is_cut_down_to_the_newest() -> None:
    seat = new_seat()
    for index in range(LONGEST // FRAME + 1):
        said(seat, 160 * index, index)
    found = frames(seat)
    assert sum(len(frame) for frame in found) == 2 * FRAME  # a frame and the margin, filled up
    assert found[-1][MARGIN - 1] == LONGEST // FRAME
    assert seat.dropped == LONGEST + FRAME - FRAME - MARGIN


def test_a_law_and_header_extensions() -> None:
    seat = new_seat()
    said(seat, 0, 0xD5, payload_type=8)
    said(seat, 160, 0xD5, payload_type=8, extension=HeaderExtension(0xBEDE, b"\0" * 4))
    assert frames(seat) == [b"\xfe" * 160] * 2  # A-law has no zero: its silence is mu-law's smallest step


def test_a_broken_header_says_nothing() -> None:
    seat = new_seat()
    seat.write(0, 0, memoryview(b"\xbf" + b"\0" * 20), 21, 0.0)
    assert frames(seat) == []


def test_short_packets_are_put_together() -> None:
    seat = new_seat()
    for index in range(8):
        said(seat, 80 * index, index, octets=80)
    assert [(frame[0], frame[80]) for frame in frames(seat)] == [(0, 1), (2, 3), (4, 5), (6, 7)]


def test_the_rest_is_all_that_was_not_mixed() -> None:
    seat = new_seat()
    for index in range(3):
        said(seat, 160 * index, index)
    assert [frame[0] for frame in seat.rest()] == [0, 1, 2]
    assert seat.rest() == []
