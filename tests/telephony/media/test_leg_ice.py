"""A leg that is found by ICE: checks are answered, the nominated address is talked to, strangers learn nothing."""

import pytest

from telephony.media.hearing import hear, hear_stray
from telephony.media.ice_terms import IceTerms
from telephony.media.keying import SrtpKeys
from telephony.media.messages import RemoteMedia
from tests.telephony.media.stun_kit import attributes, binding_request

TERMS = IceTerms("ours", "a-password-of-22-chars", "theirs")
NAME = "ours:theirs"
SAID, REAL, OTHER = ("198.51.100.7", 4000), ("203.0.113.9", 5000), ("203.0.113.66", 6000)


class FakeRtp:
    def __init__(self) -> None:
        self.sent: list[tuple[bytes, tuple[str, int]]] = []

    def sendto(self, data: bytes, address: tuple[str, int]) -> None:
        if address == OTHER:
            raise ConnectionRefusedError
        self.sent.append((data, address))


def settle(one, host: str = SAID[0], **more: object) -> None:
    one.leg.set_remote(RemoteMedia(host, SAID[1], "PCMU", 0, 101, ice=TERMS, **more), 10.0)
    one.leg.sockets.rtp = FakeRtp()


def test_a_check_is_answered_and_moves_nothing_until_it_nominates(new_leg) -> None:
    a = new_leg("a")
    settle(a)
    hear_stray(a.leg, binding_request(NAME, TERMS.password), REAL, 10.0)
    ((answer, address),) = a.leg.sockets.rtp.sent
    assert address == REAL
    assert 0x0020 in attributes(answer)
    assert a.leg.talked_to == SAID
    a.says(10.0)
    hear_stray(a.leg, binding_request(NAME, TERMS.password, nominates=True), REAL, 10.1)
    assert a.leg.talked_to == REAL
    assert a.leg.locked is None, "the next packet locks anew"
    a.sockets.sent.clear()
    a.leg.keep_open(12.0)
    assert a.sent()


def test_a_reinvite_that_repeats_what_was_chosen_moves_nothing(new_leg) -> None:
    a = new_leg("a")
    settle(a)
    hear_stray(a.leg, binding_request(NAME, TERMS.password, nominates=True), REAL, 10.0)
    settle(a, "203.0.113.10")
    assert a.leg.talked_to == REAL


def test_the_null_address_waits_for_a_nomination(new_leg) -> None:
    a = new_leg("a")
    settle(a, "0.0.0.0")
    a.leg.keep_open(12.0)
    assert a.sockets.sent == []
    hear_stray(a.leg, binding_request(NAME, TERMS.password, nominates=True), REAL, 12.5)
    assert a.leg.talked_to == REAL
    assert a.sockets.connections == [REAL], "a frame of silence went there"


@pytest.mark.parametrize(("name", "password"), [("mine:theirs", TERMS.password), (NAME, "guessed")])
def test_who_does_not_know_the_password_is_refused(new_leg, name: str, password: str) -> None:
    a = new_leg("a")
    settle(a)
    hear_stray(a.leg, binding_request(name, password, nominates=True), REAL, 10.0)
    ((answer, _),) = a.leg.sockets.rtp.sent
    assert attributes(answer)[0x0009][2:4] == b"\x04\x01"
    assert (a.leg.talked_to, a.leg.refused) == (SAID, 1)
    hear_stray(a.leg, binding_request(name, password), OTHER, 10.0)
    assert a.leg.send_failures == 1


def test_consent_is_given_on_an_encrypted_leg_too(new_leg) -> None:
    a = new_leg("a")
    settle(a, srtp=SrtpKeys("AES_CM_128_HMAC_SHA1_80", bytes(30), bytes(30)))
    check = binding_request(NAME, TERMS.password)

    def receive(buffer: bytearray) -> int:
        buffer[: len(check)] = check
        return len(check)

    size = a.leg.srtp.opened(receive)(a.host.packet.data)
    hear(a.leg, bytes(a.host.packet.views[size]), 10.0)
    ((_, address),) = a.leg.sockets.rtp.sent
    assert address == SAID
    assert a.leg.srtp.unauthentic == 0


def test_what_is_no_request_is_counted_and_without_ice_nothing_is_answered(new_leg) -> None:
    a, b = new_leg("a"), new_leg("bb")
    settle(a)
    hear_stray(a.leg, binding_request(NAME, TERMS.password, kind=0x0101), REAL, 10.0)
    assert (a.leg.malformed, a.leg.sockets.rtp.sent) == (1, [])
    b.settle()
    hear_stray(b.leg, binding_request(NAME, TERMS.password), REAL, 10.0)
    assert b.leg.malformed == 1
