import msgspec
import pytest

from telephony.media.errors import RemoteProtocolError
from telephony.media.framing import FrameReader, frame
from telephony.media.messages import (
    AnyRequest,
    DigitReceived,
    FromWorker,
    LegOpened,
    LocalMedia,
    OpenLeg,
    RemoteMedia,
    SetRemote,
)


def reader(kind: object) -> "FrameReader[msgspec.Struct]":
    return FrameReader(msgspec.msgpack.Decoder(kind))


MESSAGES = [
    OpenLeg(number=3, leg_id="a"),
    SetRemote(leg_id="a", remote=RemoteMedia("127.0.0.1", 4000, "PCMA", 8, None)),
]


def test_messages_arrive_whole_in_order_and_byte_by_byte() -> None:
    data = b"".join(frame(message) for message in MESSAGES)
    assert list(reader(AnyRequest).receive(data)) == MESSAGES
    slow = reader(AnyRequest)
    assert [message for byte in data for message in slow.receive(bytes([byte]))] == MESSAGES


def test_replies_and_events_share_a_channel() -> None:
    messages = [LegOpened(number=1, local=LocalMedia(10000)), DigitReceived("a", "5", 120)]
    assert list(reader(FromWorker).receive(b"".join(frame(message) for message in messages))) == messages


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff\xff\xff\xff", "control message of 4294967295 bytes"),
        (b"\x00\x00\x00\x01\xc1", "control message cannot be read: MessagePack data is malformed"),
        (b"\x00\x00\x00\x01\x05", "control message cannot be read: Expected `object`, got `int`"),
    ],
)
def test_what_is_no_message(data: bytes, message: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        list(reader(AnyRequest).receive(data))
    assert str(caught.value).startswith(message)
