import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.media.dtmf import TelephoneEvent
from telephony.media.g711 import ULAW_TO_ALAW
from telephony.media.hearing import hear, hear_report, hear_stray
from telephony.media.messages import (
    DigitReceived,
    DigitStarted,
    PlaybackFinished,
    RemoteMedia,
    SourceLocked,
)
from telephony.media.playback import Playlist
from telephony.media.rtcp import ReceiverReport, ReportBlock
from telephony.media.way import CLOSED

CALLER = ("198.51.100.7", 4000)
OTHER = ("203.0.113.9", 7777)


def event(digit: int, duration: int, *, end: bool = False) -> bytes:
    return bytes(TelephoneEvent(digit, end, 10, duration))


# ------------------------------------------------------------------------------------- who is heard


def test_the_path_is_opened_as_soon_as_the_remote_is_known(new_leg) -> None:
    a = new_leg("a")
    a.leg.set_remote(RemoteMedia("198.51.100.7", 4000, "PCMA", 8, 101), 10.0 + 1.0)
    (packet,) = a.sent()
    assert (packet.payload_type, packet.payload, packet.marker) == (8, b"\xd5" * 160, True)
    assert a.sockets.connections == [("198.51.100.7", 4000)]


def test_locks_on_to_the_address_of_the_answer(new_leg, host) -> None:
    a = new_leg("a")
    a.settle()
    assert a.leg.locked is None
    a.says(10.1)
    a.says(10.12)
    assert a.leg.locked == ("198.51.100.7", 4000)
    assert host.events == [SourceLocked("a", "198.51.100.7", 4000)]


def test_locks_on_to_the_first_source_and_refuses_others(new_leg, host) -> None:
    a = new_leg("a")
    a.settle()
    hear_stray(a.leg, a.packet(), OTHER, 10.1)
    assert a.leg.locked == OTHER
    assert a.sockets.connections[-1] == OTHER
    hear_stray(a.leg, a.packet(), ("192.0.2.1", 1), 10.2)
    hear_stray(a.leg, b"garbage", ("192.0.2.1", 1), 10.2)
    assert (a.leg.refused, a.leg.locked, a.leg.incoming.received) == (2, OTHER, 1)


def test_garbage_and_unknown_payload_types_lock_nothing(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    hear_stray(a.leg, b"\x00" * 40, OTHER, 10.1)
    hear_stray(a.leg, a.packet(kind=97), OTHER, 10.1)
    assert (a.leg.locked, a.leg.malformed, a.leg.unexpected) == (None, 1, 1)


def test_nothing_counts_before_the_remote_is_known(new_leg) -> None:
    a = new_leg("a")
    hear_stray(a.leg, bytes.fromhex("80000001000000010000000100"), OTHER, 10.1)
    assert (a.leg.locked, a.leg.unexpected) == (None, 1)


def test_packets_of_the_locked_source_on_the_other_socket_count(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    hear_stray(a.leg, a.packet(), OTHER, 10.1)
    hear_stray(a.leg, a.packet(), OTHER, 10.1)
    assert a.leg.incoming.received == 2


def test_a_new_address_in_a_reinvite_is_followed(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    a.says(10.1)
    a.leg.set_remote(RemoteMedia("203.0.113.9", 7777, "PCMU", 0, 101), 11.0)
    assert (a.leg.locked, a.leg.talked_to) == (None, OTHER)
    hear_stray(a.leg, a.packet(), ("198.51.100.7", 4000), 11.1)
    assert a.leg.locked == ("198.51.100.7", 4000)  # whoever speaks first: the offer may be ahead of the move


def test_the_source_moves_only_after_a_reinvite_and_when_silent(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    a.says(10.1)
    hear_stray(a.leg, a.packet(), OTHER, 20.0)
    assert a.leg.refused == 1
    a.settle(now=21.0)  # a re-INVITE with the same address, as from behind a NAT
    a.says(21.1)
    hear_stray(a.leg, a.packet(), OTHER, 21.2)
    assert a.leg.refused == 2  # the old source still speaks
    hear_stray(a.leg, a.packet(), OTHER, 22.0)
    assert a.leg.locked == OTHER


@pytest.mark.parametrize("address", [("0.0.0.0", 4000), ("198.51.100.7", 0)])
def test_an_address_that_is_nowhere_is_not_sent_to(new_leg, address) -> None:
    a = new_leg("a")
    a.leg.set_remote(RemoteMedia(*address, "PCMU", 0, 101), 12.0)
    assert a.sent() == []
    assert a.sockets.connections == []


def test_the_connected_socket_waits_for_the_first_packet_heard(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    assert a.sockets.connections == []
    hear_stray(a.leg, a.packet(), CALLER, 10.1)
    assert (a.sockets.connections, a.leg.locked, a.leg.incoming.received) == ([CALLER], CALLER, 1)


def test_the_connected_socket_waits_for_the_first_packet_sent(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    a.leg.keep_open(11.0)
    a.leg.keep_open(12.0)
    assert a.sockets.connections == [CALLER]
    assert len(a.sent()) == 2
    assert a.leg.send == a.sockets.connected.send


def test_a_first_packet_that_cannot_be_sent_leaves_the_leg_mute(
    new_leg, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_source: object) -> None:
        raise OSError

    a = new_leg("a")
    a.settle()
    monkeypatch.setattr(a.sockets, "connect", refuse)
    a.leg.keep_open(11.0)
    assert (a.leg.send, a.leg.talked_to, a.leg.send_failures) == (None, None, 1)


def test_reports_on_the_port_of_audio_are_heard_before_any_audio(new_leg) -> None:
    a, b = new_leg("a"), new_leg("b")
    a.settle(rtcp_mux=True)
    report = b.leg.reports.build(b.leg.outgoing, b.leg.incoming, 10.0, 1_700_000_000.0)
    hear_stray(a.leg, report, CALLER, 10.5)
    assert (a.leg.reports.heard_at, a.leg.malformed, a.leg.locked) == (10.5, 0, None)


@given(st.binary(max_size=60))
def test_any_bytes_are_counted_and_dropped(data: bytes) -> None:
    from telephony.media.packet_buffer import PacketBuffer
    from telephony.media.stream import OutgoingStream

    class Host:
        packet = PacketBuffer()

        def __getattr__(self, name: str):
            return lambda *_: 0.0

    class Sockets:
        connected = None

        def connect(self, _source: object) -> None:
            raise OSError

        def disconnect(self) -> None:
            pass

    from telephony.media.leg import Leg

    leg = Leg("a", Sockets(), OutgoingStream(1, 2, 3, 0.0), Host(), 0.0)  # type: ignore[arg-type]
    leg.set_remote(RemoteMedia("198.51.100.7", 4000, "PCMU", 0, 101, rtcp_mux=True), 1.0)
    hear(leg, data, 2.0)
    hear_stray(leg, data, OTHER, 2.0)
    counted = leg.malformed + leg.unexpected + leg.refused + leg.incoming.received + leg.incoming.out_of_order
    assert counted + leg.incoming.duplicates == 2


def test_rtcp_on_the_shared_port_only_if_agreed(new_leg) -> None:
    report = bytes(ReceiverReport(7, (ReportBlock(0xA1, 0, 5, 0, 80, 0, 0),)))
    a = new_leg("a")
    a.settle()
    hear(a.leg, report, 10.5)
    assert (a.leg.unexpected, a.leg.reports.remote_lost) == (1, 0)
    a.settle(rtcp_mux=True)
    hear(a.leg, report, 10.6)
    assert (a.leg.unexpected, a.leg.reports.remote_lost, a.leg.reports.remote_jitter_ms) == (1, 5, 10.0)


def test_rtcp_from_another_host_is_refused(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    hear_report(a.leg, bytes(ReceiverReport(7, ())), ("192.0.2.1", 4001), 10.5)
    assert (a.leg.refused, a.leg.rtcp_source) == (1, None)


# ----------------------------------------------------------------------------------------- playback


def test_prompt_packets(new_leg, host) -> None:
    a = new_leg("a")
    a.settle()
    a.leg.play(Playlist("p1", [b"\x11" * 400]), 10.5)
    assert a.leg in host.paced
    for index in range(4):
        a.leg.tick(10.5 + 0.02 * index)
    packets = a.sent()
    assert [len(packet.payload) for packet in packets] == [160] * 3
    assert [packet.marker for packet in packets] == [True, False, False]
    assert [packet.timestamp - packets[0].timestamp for packet in packets] == [0, 160, 320]
    assert host.events == [PlaybackFinished("a", "p1")]
    assert a.leg not in host.paced


def test_prompt_for_a_law(new_leg) -> None:
    a = new_leg("a")
    a.settle(codec="PCMA")
    a.leg.play(Playlist("p1", [bytes(range(160))]), 10.5)
    a.leg.tick(10.5)
    assert a.sent()[0].payload == bytes(range(160)).translate(ULAW_TO_ALAW)


@pytest.mark.parametrize("ptime_ms", [10, 20, 30, 40, 60])
def test_packet_times(new_leg, ptime_ms) -> None:
    a = new_leg("a")
    a.settle(ptime_ms=ptime_ms)
    a.leg.play(Playlist("p1", [b"\x11" * 4000]), 10.5)
    a.leg.tick(10.5)
    a.leg.tick(10.5 + ptime_ms / 1000)
    first, second = a.sent()
    assert len(first.payload) == second.timestamp - first.timestamp == ptime_ms * 8


def test_a_play_that_is_replaced_or_stopped_says_nothing(new_leg, host) -> None:
    a = new_leg("a")
    a.settle()
    a.leg.play(Playlist("p1", [b"\x11" * 320]), 10.5)
    a.leg.tick(10.5)
    a.leg.play(Playlist("p2", [b"\x22" * 320]), 10.6)
    a.leg.tick(10.6)
    a.leg.stop_playback()
    a.leg.tick(10.62)
    one, two = a.sent()
    assert (one.payload[0], two.payload[0], two.marker) == (0x11, 0x22, True)
    assert host.events == []


def test_time_runs_on_while_we_may_not_send(new_leg, host) -> None:
    a = new_leg("a")
    a.settle(sending=False)
    a.leg.play(Playlist("p1", [b"\x11" * 320]), 10.5)
    for index in range(3):
        a.leg.tick(10.5 + 0.02 * index)
    a.leg.keep_open(15.0)
    assert a.sent() == []
    assert host.events == [PlaybackFinished("a", "p1")]


def test_a_digit_stops_the_prompt_as_soon_as_its_key_goes_down(new_leg, host) -> None:
    a = new_leg("a")
    a.settle()
    a.leg.play(Playlist("p1", [b"\x11" * 8000], stop_at="5#"), 10.5)
    a.says(10.6, event(4, 160), kind=101, timestamp=7000)
    a.says(10.7, event(4, 320, end=True), kind=101, timestamp=7000)
    assert a.leg.playlist is not None
    a.says(10.8, event(5, 160), kind=101, timestamp=9000)
    assert a.leg.playlist is None
    assert host.events[1:] == [
        DigitStarted("a", "4"),
        DigitReceived("a", "4", 40),
        DigitStarted("a", "5"),
        PlaybackFinished("a", "p1", stopped_by="5"),
    ]


def test_silence_keeps_the_path_open_once_a_second(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    a.leg.keep_open(10.5)
    a.leg.keep_open(11.5)
    (packet,) = a.sent()
    assert packet.payload == b"\xff" * 160
    assert packet.timestamp == 50_000 + 1.5 * 8000


# ------------------------------------------------------------------------------------------- digits


def test_digits_out_replace_audio_and_audio_goes_on_behind(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    a.leg.play(Playlist("p1", [b"\x11" * 8000]), 10.5)
    a.leg.tick(10.5)
    a.leg.send_digits("1", 10.51)
    for index in range(1, 15):
        a.leg.tick(10.5 + 0.02 * index)
    packets = a.sent()
    assert [packet.payload_type for packet in packets] == [0] + [101] * 8 + [0, 0]
    assert [packet.sequence for packet in packets] == list(
        range(packets[0].sequence, packets[0].sequence + 11)
    )
    assert len({packet.timestamp for packet in packets[1:9]}) == 1
    assert packets[9].marker
    assert packets[9].timestamp - packets[0].timestamp == 13 * 160
    assert a.leg.digits.sent == 1


def test_digits_to_a_remote_that_takes_none(new_leg, host) -> None:
    a = new_leg("a")
    a.settle(dtmf=None)
    a.leg.send_digits("1", 10.5)
    assert a.leg not in host.paced


def test_a_lost_end_is_noticed(new_leg, host) -> None:
    a = new_leg("a")
    a.settle()
    a.says(10.5, event(7, 160), kind=101)
    assert a.leg in host.keys
    assert a.leg.digits.check_key(a.leg, 10.55)
    assert not a.leg.digits.check_key(a.leg, 10.61)
    assert host.events[-1] == DigitReceived("a", "7", 20)


def test_a_malformed_event_is_counted(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    a.says(10.5, b"\x01", kind=101)
    assert a.leg.malformed == 1


# ------------------------------------------------------------------------------------------- bridge


@pytest.fixture
def pair(new_leg):
    a, bb = new_leg("a"), new_leg("bb")
    a.settle()
    bb.settle()
    a.leg.bridge(bb.leg)
    return a, bb


def test_who_speaks_is_heard_at_the_other_end(pair) -> None:
    a, bb = pair
    a.says(10.5, b"\x01" * 160)
    a.says(10.52, b"\x02" * 160)
    bb.says(10.53, b"\x03" * 160)
    first, second = bb.sent()
    assert (first.payload[0], second.payload[0]) == (1, 2)
    assert (first.ssrc, first.marker, second.marker) == (0xA2, True, False)
    assert (second.sequence - first.sequence, second.timestamp - first.timestamp) == (1, 160)
    assert a.sent()[0].payload[0] == 3
    assert a.leg.way.kind == 0x8000


def test_the_stream_runs_on_from_prompt_to_bridge_to_silence(pair) -> None:
    a, bb = pair
    bb.leg.unbridge()
    bb.leg.play(Playlist("p", [b"\x11" * 8000]), 11.0)
    bb.leg.tick(11.0)
    bb.leg.tick(11.02)
    a.leg.bridge(bb.leg)
    a.says(11.04)
    a.says(11.06)
    bb.leg.unbridge()
    bb.leg.keep_open(13.06)
    packets = bb.sent()
    assert [packet.sequence - packets[0].sequence for packet in packets] == [0, 1, 2, 3, 4]
    assert [packet.timestamp - packets[0].timestamp for packet in packets] == [0, 160, 320, 480, 2.06 * 8000]
    assert [packet.marker for packet in packets] == [True, False, True, False, True]
    assert len({packet.ssrc for packet in packets}) == 1


def test_bridging_ends_playback_without_an_event(pair, host) -> None:
    a, bb = pair
    a.leg.unbridge()
    assert bb.leg.bridged is None
    a.leg.play(Playlist("p", [b"\x11" * 8000]), 11.0)
    a.leg.bridge(bb.leg)
    assert a.leg.playlist is None
    a.leg.play(Playlist("q", [b"\x11" * 8000]), 11.0)
    assert a.leg.playlist is None
    assert not [one for one in host.events if isinstance(one, PlaybackFinished)]


def test_a_third_leg_takes_over(pair, new_leg) -> None:
    a, bb = pair
    c = new_leg("ccc")
    c.settle()
    a.says(10.5)
    a.leg.bridge(c.leg)
    assert (bb.leg.bridged, c.leg.bridged) == (None, a.leg)
    bb.sent()
    a.says(10.52)
    assert (len(bb.sent()), len(c.sent())) == (0, 1)


def test_two_laws_are_translated(new_leg) -> None:
    a, bb = new_leg("a"), new_leg("bb")
    a.settle(codec="PCMU")
    bb.settle(codec="PCMA")
    a.leg.bridge(bb.leg)
    a.says(10.5, bytes(range(160)))
    bb.says(10.5, b"\xd5" * 160)
    assert (bb.sent()[0].payload, a.sent()[0].payload) == (
        bytes(range(160)).translate(ULAW_TO_ALAW),
        b"\xfe" * 160,  # A-law has no zero; its smallest value is mu-law's second
    )


def test_events_pass_with_their_payload_type_mapped(new_leg, host) -> None:
    a, bb = new_leg("a"), new_leg("bb")
    a.settle(dtmf=101)
    bb.settle(dtmf=96)
    a.leg.bridge(bb.leg)
    a.says(10.5)
    a.says(10.52, event(1, 160), kind=101, timestamp=500, marker=True)
    a.says(10.54, event(1, 320, end=True), kind=101, timestamp=500)
    _, first, second = bb.sent()
    assert (first.payload_type, first.marker, first.timestamp) == (96, True, second.timestamp)
    assert DigitReceived("a", "1", 40) in host.events


def test_events_for_an_end_that_takes_none_leave_no_gap(new_leg) -> None:
    a, bb = new_leg("a"), new_leg("bb")
    a.settle(dtmf=101)
    bb.settle(dtmf=None)
    a.leg.bridge(bb.leg)
    a.says(10.5)
    a.says(10.52, event(1, 160), kind=101)
    a.says(10.54)
    first, second = bb.sent()
    assert second.sequence - first.sequence == 1


def test_comfort_noise_is_tolerated(pair) -> None:
    a, bb = pair
    a.says(10.5)
    a.says(10.52, b"\x40", kind=13)
    a.says(10.9)
    first, second = bb.sent()
    assert second.sequence - first.sequence == 1


def test_duplicates_are_not_passed_on_and_late_packets_are(pair) -> None:
    a, bb = pair
    packets = [a.packet() for _ in range(4)]
    for index in (0, 2, 2, 1, 3):
        hear(a.leg, packets[index], 10.5)
    sequences = [packet.sequence for packet in bb.sent()]
    assert [number - sequences[0] for number in sequences] == [0, 2, 1, 3]


def test_a_packet_from_before_the_bridge_does_not_follow_it(pair) -> None:
    a, bb = pair
    a.leg.unbridge()
    packets = [a.packet() for _ in range(3)]
    hear(a.leg, packets[0], 10.5)
    a.leg.bridge(bb.leg)
    hear(a.leg, packets[2], 10.54)
    hear(a.leg, packets[1], 10.55)
    assert len(bb.sent()) == 1


def test_a_remote_that_restarts_is_anchored_anew(pair) -> None:
    a, bb = pair
    a.says(10.5)
    a.says(10.52, ssrc=0x7777, sequence=9, timestamp=1)
    first, second = bb.sent()
    assert second.sequence - first.sequence == 1
    assert second.timestamp - first.timestamp == 160
    assert second.marker


def test_a_padded_packet_is_passed_on_plain(pair) -> None:
    a, bb = pair
    data = a.packet()
    hear(a.leg, bytes([data[0] | 0x20]) + data[1:] + b"\x00\x00\x03", 10.5)
    assert bb.sockets.sent[0][0] == 0x80
    assert len(bb.sent()[0].payload) == 160


def test_hold_and_resume(pair) -> None:
    a, bb = pair
    a.says(10.5)
    bb.settle(now=11.0, sending=False, receiving=False)
    bb.sent()
    a.says(11.1)
    bb.says(11.1)
    assert (a.sent(), bb.sent()) == ([], [])
    assert bb.leg.incoming.received == 1  # heard, counted, not passed on
    bb.settle(now=14.0)
    a.says(14.1)
    a.says(14.12)
    resumed = bb.sent()
    assert [packet.marker for packet in resumed] == [True, False]
    assert resumed[0].timestamp == 50_000 + round(4.1 * 8000)


def test_digits_to_a_bridged_leg_interrupt_its_audio_only(pair) -> None:
    a, bb = pair
    a.says(10.5)
    bb.leg.send_digits("1", 10.51)
    assert a.leg.way.kind == CLOSED
    for index in range(1, 15):
        a.says(10.5 + 0.02 * index)
        bb.leg.tick(10.5 + 0.02 * index)
    packets = bb.sent()
    assert [packet.payload_type for packet in packets][:10] == [0] + [101] * 8 + [0]
    sequences = [packet.sequence for packet in packets]
    assert sequences == list(range(sequences[0], sequences[0] + len(packets)))
    assert packets[9].marker


def test_a_silent_peer_lets_the_path_be_kept_open(pair) -> None:
    a, bb = pair
    a.says(10.5)
    bb.leg.keep_open(12.0)
    a.says(12.5)
    sequences = [packet.sequence for packet in bb.sent()]
    assert [number - sequences[0] for number in sequences] == [0, 1, 2]


def test_a_failed_send_is_counted(pair) -> None:
    a, bb = pair

    def refuse(_data: memoryview) -> int:
        raise ConnectionRefusedError

    bb.leg.send = refuse
    a.says(10.5)
    assert bb.leg.send_failures == 1


# ------------------------------------------------------------------------------------- announcements


def test_an_announcement_is_heard_by_one_side_of_a_bridge_only(new_leg, host) -> None:
    a, b = new_leg("a"), new_leg("b")
    a.settle()
    b.settle()
    a.leg.bridge(b.leg)
    a.says(10.02)
    b.says(10.02)
    a.sent(), b.sent()
    a.leg.play(Playlist("p1", [b"\x11" * 320]), 10.03, announce=True)
    a.leg.tick(10.04)
    a.says(10.04, b"\x21" * 160)
    b.says(10.04, b"\x22" * 160)
    assert [packet.payload[0] for packet in a.sent()] == [0x11]
    assert [packet.payload[0] for packet in b.sent()] == [0x21]
    a.leg.tick(10.06)
    a.leg.tick(10.08)
    b.says(10.09, b"\x22" * 160)
    prompt, talk = a.sent()
    assert (prompt.payload[0], talk.payload[0], talk.marker) == (0x11, 0x22, True)
    assert talk.sequence == prompt.sequence + 1
    assert host.events[-1] == PlaybackFinished("a", "p1")
    assert a.leg.bridged is b.leg


def test_an_ordinary_play_does_not_break_a_bridge(new_leg) -> None:
    a, b = new_leg("a"), new_leg("b")
    a.settle()
    b.settle()
    a.leg.bridge(b.leg)
    a.leg.play(Playlist("p1", [b"\x11" * 320]), 10.03)
    assert a.leg.playlist is None


# --------------------------------------------------------------------------------- pause, seek, resume


def test_pause_and_resume_lose_nothing(new_leg, host) -> None:
    a = new_leg("a")
    a.settle()
    prompt = bytes(range(200)) * 8
    a.leg.play(Playlist("p1", [prompt]), 10.0)
    for index in range(3):
        a.leg.tick(10.0 + 0.02 * index)
    a.leg.pause()
    a.leg.tick(10.06)
    assert a.leg not in host.paced
    a.leg.keep_open(11.5)
    a.leg.resume(12.0)
    assert a.leg in host.paced
    a.leg.tick(12.0)
    packets = a.sent()
    assert packets[3].payload == b"\xff" * 160  # a pause keeps the path open like any silence
    heard = packets[:3] + packets[4:]
    assert b"".join(packet.payload for packet in heard) == prompt[:640]
    assert packets[4].marker
    assert packets[4].timestamp - packets[2].timestamp == 8000 * 1.96


def test_seek_forward_and_back(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    one, two = bytes(range(200)) * 4, bytes(range(100, 200)) * 8
    a.leg.play(Playlist("p1", [one, two]), 10.0)
    a.leg.tick(10.0)
    a.leg.seek(125)
    a.leg.tick(10.02)
    a.leg.seek(0)
    a.leg.tick(10.04)
    whole = one + two
    assert [packet.payload for packet in a.sent()] == [whole[:160], whole[1000:1160], whole[:160]]


def test_seek_behind_the_end(new_leg, host) -> None:
    a = new_leg("a")
    a.settle()
    a.leg.play(Playlist("p1", [b"\x11" * 800]), 10.0)
    a.leg.seek(5000)
    a.leg.tick(10.02)
    assert host.events == [PlaybackFinished("a", "p1")]


def test_nothing_plays_and_nothing_is_controlled(new_leg, host) -> None:
    a = new_leg("a")
    a.settle()
    a.leg.pause()
    a.leg.seek(5)
    a.leg.resume(10.0)
    assert a.leg not in host.paced
