import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.media.dtmf import (
    DIGITS,
    DigitReceiver,
    DigitSender,
    EventPacket,
    KeyDown,
    KeyUp,
    TelephoneEvent,
)
from telephony.media.errors import LocalProtocolError, RemoteProtocolError


def sent(digits: str, *, ptime_ms: int = 20) -> list[EventPacket | None]:
    """All packet times until the sender is done."""
    sender, packets, clock = DigitSender(), [], 1000
    sender.queue(digits)
    while sender.active:
        packets.append(sender.next_packet(clock & 0xFFFFFFFF, ptime_ms))
        clock += ptime_ms * 8
    return packets


def heard(
    packets: list[EventPacket | None], *, receiver: DigitReceiver | None = None
) -> list[KeyDown | KeyUp]:
    """What a receiver makes of packets that come every 20 ms; None is a gap."""
    receiver = receiver or DigitReceiver()
    happened: list[KeyDown | KeyUp] = []
    for index, packet in enumerate([*packets, *[None] * 10]):
        now = 50 + 0.02 * index
        if packet is not None:
            happened += receiver.receive(packet.payload, packet.timestamp, now)
        happened += receiver.handle_timer(now)
    return happened


def ups(happened: list[KeyDown | KeyUp]) -> str:
    return "".join(one.digit for one in happened if isinstance(one, KeyUp))


def downs(happened: list[KeyDown | KeyUp]) -> str:
    return "".join(one.digit for one in happened if isinstance(one, KeyDown))


def test_payload() -> None:
    assert TelephoneEvent.parse(bytes.fromhex("0b8a0320")) == TelephoneEvent(11, True, 10, 800)
    assert bytes(TelephoneEvent(11, True, 10, 800)).hex() == "0b8a0320"
    with pytest.raises(RemoteProtocolError, match=r"^telephone-event is 3 bytes, not 4$"):
        TelephoneEvent.parse(b"abc")


def test_a_digit_as_it_is_sent() -> None:
    packets = [packet for packet in sent("5") if packet is not None]
    events = [TelephoneEvent.parse(packet.payload) for packet in packets]
    assert [event.duration for event in events] == [160, 320, 480, 640, 800, 960, 960, 960]
    assert [event.end for event in events] == [False] * 5 + [True] * 3
    assert [packet.marker for packet in packets] == [True] + [False] * 7
    assert {packet.timestamp for packet in packets} == {1000}
    assert [packet.last for packet in packets] == [False] * 7 + [True]
    assert {event.event for event in events} == {5}


def test_digits_are_parted_by_a_pause_and_have_their_own_timestamps() -> None:
    packets = sent("12")
    assert packets[8:12] == [None] * 4
    assert len({packet.timestamp for packet in packets if packet is not None}) == 2


def test_no_telephone_event_for_a_letter() -> None:
    with pytest.raises(
        LocalProtocolError, match=r"^no telephone-event for 'X'; digits are 0123456789\*#ABCD$"
    ):
        DigitSender().queue("1x")


def test_a_refused_string_sends_nothing_of_it() -> None:
    sender = DigitSender()
    with pytest.raises(LocalProtocolError):
        sender.queue("1x")
    assert not sender.active


def test_every_digit_arrives_once() -> None:
    happened = heard(sent(DIGITS))
    assert downs(happened) == ups(happened) == DIGITS
    assert {one.duration_ms for one in happened if isinstance(one, KeyUp)} == {120}


@pytest.mark.parametrize("ptime_ms", [10, 20, 30, 60])
def test_packet_times(ptime_ms: int) -> None:
    happened = heard(sent("19", ptime_ms=ptime_ms))
    assert ups(happened) == "19"


def test_key_down_is_told_with_the_first_packet() -> None:
    packets = sent("7")
    receiver = DigitReceiver()
    assert packets[0] is not None
    assert receiver.receive(packets[0].payload, packets[0].timestamp, 1.0) == [KeyDown("7")]
    assert receiver.key_is_down


def test_all_end_packets_lost() -> None:
    happened = heard(sent("7")[:5])
    assert happened == [KeyDown("7"), KeyUp("7", 100)]


def test_only_the_last_end_packet_arrives() -> None:
    packet = sent("7")[7]
    assert heard([packet]) == [KeyDown("7"), KeyUp("7", 120)]


def test_a_late_start_packet_after_the_end_is_no_new_key() -> None:
    packets = sent("7")
    assert heard([*packets[1:8], packets[0]]) == [KeyDown("7"), KeyUp("7", 120)]


def test_a_packet_of_the_key_before_comes_late() -> None:
    packets = sent("12")
    late = packets.pop(7)
    packets.insert(13, late)
    assert ups(heard(packets)) == "12"


def test_the_same_key_twice_with_all_ends_lost() -> None:
    packets = [
        None if packet is None or TelephoneEvent.parse(packet.payload).end else packet
        for packet in sent("77")
    ]
    assert ups(heard(packets)) == "77"


def test_a_key_held_for_longer_than_a_segment() -> None:
    # RFC 4733 2.5.1.3: the next segment's timestamp is the first's plus 65535, its duration starts anew.
    def packet(timestamp: int, duration: int, *, end: bool = False) -> EventPacket:
        return EventPacket(bytes(TelephoneEvent(3, end, 10, duration)), timestamp, False, "3", False)

    packets: list[EventPacket | None] = [packet(1000, 160), packet(1000, 0xFFFF), packet(1000 + 0xFFFF, 160)]
    packets.append(packet(1000 + 0xFFFF, 320, end=True))
    assert heard(packets) == [KeyDown("3"), KeyUp("3", round((0xFFFF + 320) / 8))]


def test_timestamps_wrap() -> None:
    receiver = DigitReceiver()
    for index, timestamp in enumerate((0xFFFFFF00, 0x00000500)):
        happened = receiver.receive(bytes(TelephoneEvent(index, True, 10, 960)), timestamp, 1.0 + index * 0.3)
        assert ups(happened) == str(index)


def test_a_new_stream_may_start_at_an_earlier_timestamp() -> None:
    receiver = DigitReceiver()
    assert ups(receiver.receive(bytes(TelephoneEvent(1, True, 10, 960)), 50_000, 1.0)) == "1"
    receiver.reset()
    assert ups(receiver.receive(bytes(TelephoneEvent(2, True, 10, 960)), 40_000, 1.5)) == "2"


def test_events_that_are_no_keys() -> None:
    assert heard([EventPacket(bytes(TelephoneEvent(36, False, 10, 160)), 1, True, "", False)]) == []


@given(st.text(DIGITS, min_size=1, max_size=12), st.integers(0, 2**32))
def test_a_fifth_of_the_packets_lost_and_some_doubled_or_swapped(digits: str, seed: int) -> None:
    """Nothing is doubled or misread; a key goes missing only if each of its packets was lost."""
    source = random.Random(seed)
    packets = sent(digits)
    arriving: list[EventPacket | None] = [None if source.random() < 0.2 else packet for packet in packets]
    whole = {packet.timestamp for packet in arriving if packet is not None}
    expected, seen = "", set()
    for packet in packets:
        if packet is not None and packet.timestamp in whole and packet.timestamp not in seen:
            seen.add(packet.timestamp)
            expected += packet.digit
    for index in range(len(arriving) - 1):
        if source.random() < 0.1:
            arriving[index], arriving[index + 1] = arriving[index + 1], arriving[index]
    doubled = [copy for packet in arriving for copy in ([packet] * (2 if source.random() < 0.1 else 1))]
    happened = heard(doubled)
    assert ups(happened) == downs(happened) == expected


@given(st.lists(st.tuples(st.binary(max_size=6), st.integers(0, 2**32 - 1)), max_size=20))
def test_any_payload_is_read_or_refused(payloads: list[tuple[bytes, int]]) -> None:
    receiver = DigitReceiver()
    for index, (payload, timestamp) in enumerate(payloads):
        try:
            receiver.receive(payload, timestamp, index * 0.02)
        except RemoteProtocolError:
            assert len(payload) < 4
