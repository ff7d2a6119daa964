"""Who is heard, and what is counted and dropped."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.media.hearing import hear, hear_report, hear_stray
from telephony.media.messages import (
    RemoteMedia,
    SourceLocked,
)
from telephony.media.rtcp import ReceiverReport, ReportBlock

CALLER = ("198.51.100.7", 4000)
OTHER = ("203.0.113.9", 7777)


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
    from telephony.media.leg_dtls import DtlsLegs
    from telephony.media.packet_buffer import PacketBuffer
    from telephony.media.stream import OutgoingStream

    class Host:
        packet = PacketBuffer()
        dtls = DtlsLegs(Path("nowhere"), lambda: None)

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
