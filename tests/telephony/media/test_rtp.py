import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.media.errors import LocalProtocolError, RemoteProtocolError
from telephony.media.rtp import HeaderExtension, RtpPacket, is_rtcp

PLAIN = bytes.fromhex("8000 1234 00000140 deadbeef") + b"\xff" * 160
FULL = bytes.fromhex(
    "b2 85 ffff ffffffff 00000001 0000000a 0000000b bede0001 51020000 aabb 00 02".replace(" ", "")
)


def test_plain_packet() -> None:
    packet = RtpPacket.parse(PLAIN)
    assert packet == RtpPacket(0, 0x1234, 320, 0xDEADBEEF, b"\xff" * 160)
    assert bytes(packet) == PLAIN


def test_marker_contributors_extension_and_padding() -> None:
    packet = RtpPacket.parse(FULL)
    assert packet.marker
    assert packet.payload_type == 5
    assert packet.contributors == (10, 11)
    assert packet.extension == HeaderExtension(0xBEDE, bytes.fromhex("51020000"))
    assert packet.payload == b"\xaa\xbb"
    assert bytes(packet) == bytes([FULL[0] & ~0x20]) + FULL[1:-2]  # the same without padding


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "RTP packet is 0 bytes, shorter than its header"),
        (PLAIN[:11], "RTP packet is 11 bytes, shorter than its header"),
        (b"\x40" + PLAIN[1:], "RTP version is 1, not 2"),
        (b"\x8f" + PLAIN[1:20], "RTP contributing sources are truncated"),
        (b"\x90" + PLAIN[1:14], "RTP header extension is truncated"),
        (b"\x90" + PLAIN[1:12] + b"\xbe\xde\x00\x02" + b"1234", "RTP header extension is truncated"),
        (b"\xa0" + PLAIN[1:12] + b"\x00", "RTP padding of 0 bytes does not fit the packet"),
        (b"\xa0" + PLAIN[1:12] + b"ab\x04", "RTP padding of 4 bytes does not fit the packet"),
        (b"\xa0" + PLAIN[1:12], "RTP padding of 239 bytes does not fit the packet"),
    ],
)
def test_malformed(data: bytes, message: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        RtpPacket.parse(data)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("packet", "message"),
    [
        (RtpPacket(128, 0, 0, 0, b""), "RTP payload type 128 does not fit seven bits"),
        (RtpPacket(0, 0, 0, 0, b"", contributors=(1,) * 16), "RTP allows 15 contributing sources, not 16"),
        (
            RtpPacket(0, 0, 0, 0, b"", extension=HeaderExtension(1, b"abc")),
            "RTP header extension is not a whole number of 32-bit words",
        ),
    ],
)
def test_what_we_cannot_send(packet: RtpPacket, message: str) -> None:
    with pytest.raises(LocalProtocolError) as caught:
        bytes(packet)
    assert str(caught.value) == message


@given(st.binary(max_size=80))
def test_any_bytes_parse_or_are_refused(data: bytes) -> None:
    try:
        packet = RtpPacket.parse(data)
    except RemoteProtocolError:
        return
    assert RtpPacket.parse(bytes(packet)) == packet


def test_rtcp_on_a_shared_port() -> None:
    assert is_rtcp(b"\x80\xc8")
    assert is_rtcp(b"\x81\xc9rest")
    assert not is_rtcp(b"\x80\x00")
    assert not is_rtcp(b"\x80\xe0")  # marker and payload type 96
    assert not is_rtcp(b"\x80")
