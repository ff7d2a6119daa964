import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.media.errors import RemoteProtocolError
from telephony.media.rtcp import (
    Goodbye,
    ReceiverReport,
    ReportBlock,
    SenderReport,
    SourceDescription,
    UnknownRtcp,
    compound,
    middle_bits,
    ntp_time,
    parse_compound,
    round_trip_s,
)

BLOCK = ReportBlock(0xAAAA, 12, -3, 70000, 160, 0x12345678, 65536)
SENDER = SenderReport(1, 0xE0000000_80000000, 4242, 100, 16000, (BLOCK,))
COMPOUND = (SENDER, SourceDescription(((1, "leg@cordboard"),)), Goodbye((1, 2)))


def test_compound_round_trip() -> None:
    assert parse_compound(compound(COMPOUND)) == COMPOUND


def test_bytes_of_a_receiver_report() -> None:
    report = ReceiverReport(1, (ReportBlock(2, 255, 5, 6, 7, 8, 9),))
    assert bytes(report).hex() == "81c900070000000100000002ff00000500000006000000070000000800000009"


def test_unknown_types_are_kept() -> None:
    data = bytes.fromhex("82cc0001 41424344")
    assert parse_compound(data) == (UnknownRtcp(204, 2, b"ABCD"),)
    assert bytes(parse_compound(data)[0]) == data


def test_padding_of_the_last_packet() -> None:
    assert parse_compound(bytes.fromhex("a1cb0002 00000007 00000004")) == (Goodbye((7,)),)


@pytest.mark.parametrize("length", range(6))
def test_description_is_padded_to_words(length: int) -> None:
    names = SourceDescription(((1, "n" * length), (2, "other")))
    assert len(bytes(names)) % 4 == 0
    assert parse_compound(bytes(names)) == (names,)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("80", "RTCP packet is 1 bytes, shorter than its header"),
        ("40c90000", "RTCP version is 1, not 2"),
        ("80c90004", "RTCP packet is truncated"),
        ("81c9000100000001", "RTCP receiver report is truncated"),
        ("80c8000100000001", "RTCP sender report is truncated"),
        ("81ca0000", "RTCP source description is truncated"),
        ("81ca00020000000101ff6162", "RTCP source description is truncated"),
        ("82cb000100000001", "RTCP goodbye is truncated"),
        ("80c9000100000001ff", "RTCP compound has trailing bytes"),
        ("a0c9000100000000", "RTCP padding does not fit the packet"),
    ],
)
def test_malformed(data: str, message: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        parse_compound(bytes.fromhex(data))
    assert str(caught.value) == message


@given(st.binary(max_size=120))
def test_any_bytes_parse_or_are_refused(data: bytes) -> None:
    try:
        parse_compound(data)
    except RemoteProtocolError:
        pass


def test_round_trip_time() -> None:
    sent = ntp_time(1_700_000_000.0)
    block = ReportBlock(1, 0, 0, 0, 0, middle_bits(sent), round(0.5 * 65536))
    assert round_trip_s(block, ntp_time(1_700_000_000.62)) == pytest.approx(0.12, abs=1e-4)


def test_round_trip_needs_a_report_of_ours_and_a_sane_clock() -> None:
    assert round_trip_s(ReportBlock(1, 0, 0, 0, 0, 0, 0), ntp_time(1.0)) is None
    ahead = middle_bits(ntp_time(100.0))
    assert round_trip_s(ReportBlock(1, 0, 0, 0, 0, ahead, 0), ntp_time(99.0)) is None
