"""Handshakes: keys that fit, promises that are broken, what is lost, and what is no DTLS at all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telephony.media.dtls import DATAGRAM, DtlsHandshake, datagrams
from tests.telephony.media.dtls_kit import End, exchange


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> tuple[End, End]:
    folder = tmp_path_factory.mktemp("dtls")
    return End(folder / "a.pem"), End(folder / "b.pem")


def pair(ends: tuple[End, End]) -> tuple[DtlsHandshake, DtlsHandshake]:
    return ends[0].handshake("active", ends[1], "sha-384"), ends[1].handshake("passive", ends[0])


def test_both_sides_come_to_the_same_keys_crosswise(ends: tuple[End, End]) -> None:
    active, passive = pair(ends)
    passive.start()
    assert passive.to_send() == [], "who is passive waits"
    active.start()
    exchange(active, passive)
    assert active.keys is not None
    assert passive.keys is not None
    assert active.keys.suite == passive.keys.suite == "AES_CM_128_HMAC_SHA1_80"
    assert active.keys.send_key == passive.keys.receive_key
    assert active.keys.receive_key == passive.keys.send_key
    assert len(active.keys.send_key) == 30
    assert active.keys.send_key != active.keys.receive_key
    assert active.next_timer_s() is passive.next_timer_s() is None


def test_another_certificate_than_the_promised_one_is_a_failure(ends: tuple[End, End]) -> None:
    active, passive = ends[0].handshake("active", ends[0]), ends[1].handshake("passive", ends[0])
    active.start()
    exchange(active, passive)
    assert active.keys is None
    assert active.failure == "the certificate is not the one that SDP promised"


def test_datagrams_that_come_twice_change_nothing(ends: tuple[End, End]) -> None:
    active, passive = pair(ends)
    active.start()
    for datagram in active.to_send():
        passive.receive(datagram)
    for datagram in passive.to_send():
        active.receive(datagram)
    finishing = active.to_send()
    for datagram in finishing:
        passive.receive(datagram)
    keys = passive.keys
    assert keys is not None
    last = passive.to_send()
    for datagram in (*finishing, b""):
        passive.receive(datagram)
    assert passive.to_send() == []
    assert passive.keys is keys
    for datagram in last * 2:
        active.receive(datagram)
    assert active.keys is not None


def test_there_is_a_timer_while_an_answer_is_awaited(ends: tuple[End, End]) -> None:
    active, _ = pair(ends)
    active.start()
    timer_s = active.next_timer_s()
    assert timer_s is not None
    assert 0 < timer_s <= 1
    active.handle_timer()
    assert active.failure is None, "too early: nothing happens"


def test_records_leave_in_datagrams_that_fit() -> None:
    def record(size: int) -> bytes:
        return b"\x16\xfe\xfd" + bytes(8) + size.to_bytes(2, "big") + bytes(size)

    small, large = record(100), record(1000)
    assert datagrams(small + small + large + large + small) == [small + small, large, large + small]
    assert all(len(each) <= DATAGRAM for each in datagrams(small * 30))
    assert datagrams(b"\x16\xfe") == []


@settings(max_examples=50)
@given(st.lists(st.binary(max_size=100), max_size=3), st.binary(max_size=80))
def test_hostile_datagrams_never_raise_and_never_make_keys(
    ends: tuple[End, End], strangers: list[bytes], body: bytes
) -> None:
    active, passive = pair(ends)
    active.start()
    shaped = b"\x16\xfe\xfd" + bytes(8) + len(body).to_bytes(2, "big") + body
    for each in (active, passive):
        for datagram in (*strangers, shaped):
            each.receive(datagram)
        each.to_send()
        each.handle_timer()
        assert each.keys is None
