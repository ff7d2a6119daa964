import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.media.stream import MARKER, Arrival, IncomingStream, OutgoingStream


def outgoing(sequence: int = 100, timestamp: int = 5000, now: float = 10.0) -> OutgoingStream:
    stream = OutgoingStream(0xABCD, sequence, timestamp, now)
    stream.configure(0, 20)
    return stream


def marked(words: tuple[int, int, int]) -> bool:
    return bool(words[0] & MARKER)


# ------------------------------------------------------------------------------------------ outgoing


def test_local_packets_follow_each_other() -> None:
    stream = outgoing()
    packets = [stream.next_local(10.0 + 0.02 * index) for index in range(3)]
    assert [words[1] for words in packets] == [101, 102, 103]
    assert [words[2] for words in packets] == [5000, 5160, 5320]
    assert [marked(words) for words in packets] == [True, False, False]


def test_media_time_goes_on_through_silence() -> None:
    stream = outgoing()
    stream.next_local(10.0)
    stream.switch()
    assert stream.next_local(13.0) == (0x8080, 102, 5000 + 3 * 8000)


def test_a_switch_never_overlaps_the_last_packet() -> None:
    stream = outgoing()
    stream.next_local(10.0)
    stream.switch()
    assert stream.next_local(10.005)[2] == 5160


def test_a_seam_goes_on_where_the_last_source_ended() -> None:
    stream = outgoing()
    stream.next_local(10.0)
    stream.switch(seam=True)
    assert stream.next_local(10.06)[2] == 5160
    stream.switch()
    assert stream.next_local(10.1)[2] == 5800


def test_a_seam_does_not_hide_a_pause() -> None:
    stream = outgoing()
    stream.next_local(10.0)
    stream.switch(seam=True)
    assert stream.next_local(11.0)[2] == 13_000


def test_many_quick_switches_do_not_drift_from_the_clock() -> None:
    stream = outgoing()
    for index in range(200):
        stream.switch()
        timestamp = stream.next_local(10.0 + 0.021 * index)[2]
    assert timestamp == pytest.approx(5000 + 0.021 * 199 * 8000, abs=160)


def test_from_prompt_to_bridge_and_back() -> None:
    stream = outgoing()
    stream.next_local(10.0)
    stream.next_local(10.02)
    stream.anchor(60000, 777, 10.04)
    first = stream.next_relayed(8, 60000, 777, 10.04, marker=True, octets=160)
    second = stream.next_relayed(8, 60001, 937, 10.06, marker=False, octets=160)
    assert first == (0x8088, 103, 5320)
    assert second == (0x8008, 104, 5480)
    stream.switch()
    assert stream.next_local(10.08) == (0x8080, 105, 5640)


def test_loss_and_reordering_of_the_peer_stay_visible() -> None:
    stream = outgoing()
    stream.anchor(10, 1600, 10.0)
    numbers = [
        stream.next_relayed(0, sequence, sequence * 160, 10.0, marker=False, octets=160)[1]
        for sequence in (10, 12, 11, 14)
    ]
    assert numbers == [101, 103, 102, 105]
    stream.switch()
    assert stream.next_local(10.2)[1] == 106  # after the highest, not after the late one


def test_a_packet_kept_back_leaves_no_gap() -> None:
    stream = outgoing()
    stream.anchor(10, 1600, 10.0)
    stream.next_relayed(0, 10, 1600, 10.0, marker=False, octets=160)
    stream.skip_relayed()
    assert stream.next_relayed(0, 12, 1920, 10.04, marker=False, octets=160)[1:] == (102, 5320)


def test_events_share_a_timestamp_and_audio_goes_on_behind_them() -> None:
    stream = outgoing()
    stream.next_local(10.0)
    start = stream.media_time(10.02)
    packets = [stream.next_event(101, index == 0, start, 10.02 + 0.02 * index) for index in range(8)]
    assert {words[2] for words in packets} == {5160}
    assert [words[1] for words in packets] == list(range(102, 110))
    assert [marked(words) for words in packets] == [True] + [False] * 7
    assert stream.next_local(10.18) == (0x8080, 110, 5000 + round(0.18 * 8000))


def test_sequence_and_timestamp_wrap() -> None:
    stream = outgoing(sequence=0xFFFE, timestamp=0xFFFFFF9C)
    assert [stream.next_local(10.0 + 0.02 * index)[1:] for index in range(3)] == [
        (0xFFFF, 0xFFFFFF9C),
        (0, 60),
        (1, 220),
    ]
    stream.switch()
    assert stream.next_local(11.0)[2] == (0xFFFFFF9C + 8000) & 0xFFFFFFFF
    stream.anchor(0xFFFF, 0xFFFFFFFF, 11.02)
    first = stream.next_relayed(0, 0xFFFF, 0xFFFFFFFF, 11.02, marker=False, octets=160)
    second = stream.next_relayed(0, 0, 159, 11.04, marker=False, octets=160)
    assert (second[1] - first[1], second[2] - first[2]) == (1, 160)


# ------------------------------------------------------------------------------------------ incoming


def feed(stream: IncomingStream, sequences: list[int], *, start: float = 1.0) -> list[Arrival]:
    return [
        stream.update(sequence & 0xFFFF, sequence * 160 & 0xFFFFFFFF, 7, 160, start + 0.02 * index)
        for index, sequence in enumerate(sequences)
    ]


def test_nothing_heard() -> None:
    stream = IncomingStream()
    assert (stream.lost, stream.expected_packets, stream.highest, stream.fraction_lost()) == (0, 0, 0, 0)


def test_in_order() -> None:
    stream = IncomingStream()
    assert feed(stream, [5, 6, 7]) == [Arrival.RESTART, Arrival.NEXT, Arrival.NEXT]
    assert (stream.received, stream.lost, stream.out_of_order, stream.duplicates) == (3, 0, 0, 0)
    assert stream.octets == 480
    assert stream.restarts == 0


def test_loss_late_and_duplicate() -> None:
    stream = IncomingStream()
    kinds = feed(stream, [5, 8, 6, 6, 8, 9])
    assert kinds == [
        Arrival.RESTART,
        Arrival.AFTER_LOSS,
        Arrival.LATE,
        Arrival.DUPLICATE,
        Arrival.DUPLICATE,
        Arrival.NEXT,
    ]
    assert (stream.received, stream.lost, stream.out_of_order, stream.duplicates) == (4, 1, 1, 2)
    assert stream.missing() == {7}


def test_wrap_around() -> None:
    stream = IncomingStream()
    kinds = feed(stream, list(range(65530, 65545)))
    assert kinds[1:] == [Arrival.NEXT] * 14
    assert stream.highest == 65544
    assert stream.lost == 0


def test_wrap_around_over_a_gap_with_a_late_packet() -> None:
    stream = IncomingStream()
    assert feed(stream, [65534, 65537, 65535, 65536])[1:] == [Arrival.AFTER_LOSS, Arrival.LATE, Arrival.LATE]
    assert stream.highest == 65537
    assert (stream.lost, stream.out_of_order) == (0, 2)


def test_the_fast_path_leaves_the_wrap_to_update() -> None:
    """The packet loop sets `expected` by itself; at the wrap no packet equals it."""
    stream = IncomingStream()
    feed(stream, [65534])
    stream.expected = 65535 + 1  # as the loop does for 65535
    stream.received += 1
    assert stream.update(0, 320, 7, 160, 1.04) is Arrival.NEXT
    assert stream.highest == 65536
    assert stream.lost == 0


def test_a_restarted_sender_is_no_loss() -> None:
    stream = IncomingStream()
    feed(stream, [5, 6, 8])
    assert feed(stream, [30000, 30001, 30002], start=2.0) == [Arrival.FAR, Arrival.RESTART, Arrival.NEXT]
    assert stream.update(40, 0, 99, 160, 3.0) is Arrival.RESTART
    assert (stream.received, stream.lost, stream.restarts) == (6, 1, 2)


def test_one_stray_number_does_not_restart_the_stream() -> None:
    stream = IncomingStream()
    assert feed(stream, [500, 501, 20000, 502])[2:] == [Arrival.FAR, Arrival.NEXT]
    assert (stream.received, stream.lost, stream.restarts, stream.out_of_order) == (3, 0, 0, 1)


def test_jitter_of_a_steady_stream_is_zero_and_of_an_unsteady_one_is_not() -> None:
    steady, unsteady = IncomingStream(), IncomingStream()
    source = random.Random(1)
    for index in range(500):
        steady.update(index, index * 160, 7, 160, 1.0 + 0.02 * index)
        unsteady.update(index, index * 160, 7, 160, 1.0 + 0.02 * index + source.choice((0.0, 0.01)))
    assert steady.jitter == pytest.approx(0, abs=1e-3)
    assert unsteady.jitter == pytest.approx(
        40, rel=0.5
    )  # two arrivals differ by 10 ms (80 units) half the time


def test_timestamp_wrap_is_no_jitter() -> None:
    stream = IncomingStream()
    for index in range(10):
        stream.update(index, 0xFFFFFE00 + index * 160 & 0xFFFFFFFF, 7, 160, 1.0 + 0.02 * index)
    assert stream.jitter < 1


def test_fraction_lost_is_since_the_last_report() -> None:
    stream = IncomingStream()
    feed(stream, [0, 1, 2, 5])
    assert stream.fraction_lost() == 256 * 2 // 6
    feed(stream, [6, 7], start=2.0)
    assert stream.fraction_lost() == 0


@given(st.integers(0, 65535), st.integers(0, 2**32), st.floats(0, 0.3))
def test_whatever_the_network_does_the_sums_are_right(first: int, seed: int, loss: float) -> None:
    source = random.Random(seed)
    sequences = [first] + [number for number in range(first + 1, first + 300) if source.random() >= loss]
    sequences.append(first + 300)
    for _ in range(20):
        place = source.randrange(2, len(sequences) - 2)  # the first and last stay, so that all is expected
        sequences[place], sequences[place - 1] = sequences[place - 1], sequences[place]
    doubles = [source.choice(sequences[-40:]) for _ in range(5)]
    stream = IncomingStream()
    feed(stream, sequences)
    feed(stream, doubles)
    assert stream.expected_packets == 301 or sequences[0] != first
    assert stream.duplicates == len(doubles)
    assert stream.received == len(sequences)
