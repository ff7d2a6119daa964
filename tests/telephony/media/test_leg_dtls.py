"""A leg that waits for its keys: nothing but the handshake comes or goes; then it is an SRTP leg like any other."""

from pathlib import Path

import pytest

from telephony.media.dtls_desk import Failure, Result
from telephony.media.hearing import hear, hear_fresh, hear_report, hear_stray
from telephony.media.keying import DtlsTerms, SrtpKeys
from telephony.media.leg_care import LegCare
from telephony.media.leg_dtls import DtlsLegs
from telephony.media.messages import EncryptionFailed, MediaConfig, RemoteMedia
from telephony.media.playback import Playlist
from telephony.media.srtp import LegSrtp

TERMS = DtlsTerms("passive", ("sha-256 AA",))
KEYS = SrtpKeys("AES_CM_128_HMAC_SHA1_80", bytes(range(30)), bytes(range(60, 90)))
FAR = SrtpKeys("AES_CM_128_HMAC_SHA1_80", bytes(range(60, 90)), bytes(range(30)))
HELLO = b"\x16\xfe\xffhello"
CALLER, OTHER = ("198.51.100.7", 4000), ("203.0.113.9", 5000)


class FakeDesk:
    """Notes what it is given; the test says what comes of it."""

    def __init__(self) -> None:
        self.begun: list[DtlsTerms] = []
        self.received: list[tuple[int, bytes]] = []
        self.ended: list[int] = []
        self.results: list[tuple[int, Result]] = []

    def begin(self, terms: DtlsTerms) -> int:
        self.begun.append(terms)
        return len(self.begun)

    def receive(self, number: int, datagram: bytes) -> None:
        self.received.append((number, datagram))

    def end(self, number: int) -> None:
        self.ended.append(number)


class Results(list):
    def popleft(self):
        return self.pop(0)


class FakeRtp:
    def __init__(self) -> None:
        self.sent: list[tuple[bytes, tuple[str, int]]] = []

    def sendto(self, data: bytes, address: tuple[str, int]) -> None:
        if address == OTHER:
            raise ConnectionRefusedError
        self.sent.append((data, address))


@pytest.fixture
def desk(host) -> FakeDesk:
    desk = FakeDesk()
    desk.results = Results()
    host.dtls = DtlsLegs(Path("nowhere"), lambda: None)
    host.dtls._desk = desk
    return desk


def settle(one, terms: DtlsTerms | None = TERMS, *, host: str = CALLER[0], mux: bool = True) -> None:
    remote = RemoteMedia(host, 4000, "PCMU", 0, 101, dtls=terms, rtcp_mux=mux)
    one.leg.set_remote(remote, 10.0)
    one.leg.sockets.rtp = FakeRtp()


def established(one, host, desk: FakeDesk) -> LegSrtp:
    """The far end's SRTP."""
    desk.results.append((len(desk.begun), KEYS))
    host.dtls.collect(10.0)
    return LegSrtp(FAR)


def test_until_there_are_keys_nothing_is_sent_and_no_prompt_is_lost(new_leg, host, desk: FakeDesk) -> None:
    a = new_leg("a")
    settle(a)
    a.leg.play(Playlist("p", [b"\x11" * 160 + b"\x22" * 160]), 10.0)
    a.leg.tick(10.0)
    a.leg.keep_open(12.0)
    hear(a.leg, a.packet(), 10.0)
    hear_report(a.leg, bytes(8), CALLER, 10.0)
    assert a.sockets.sent == []
    assert (a.leg.incoming.received, a.leg.unexpected) == (0, 2)
    far = established(a, host, desk)
    a.leg.tick(10.0)
    plain = [far.open(data) for data in a.sockets.sent]
    assert plain[-1] is not None
    assert plain[-1].endswith(b"\x11" * 160), "from its beginning"


def test_the_handshake_comes_and_goes_and_then_audio_does(new_leg, host, desk: FakeDesk) -> None:
    a = new_leg("a")
    settle(a)
    assert desk.begun == [TERMS]
    hear_stray(a.leg, HELLO, OTHER, 10.0)
    hear_stray(a.leg, HELLO, CALLER, 10.0)
    assert desk.received == [(1, HELLO)] * 2
    desk.results.append((1, [b"ours"]))
    host.dtls.collect(10.0)
    assert a.leg.sockets.rtp.sent == [(b"ours", CALLER)]
    far, sealed = established(a, host, desk), []
    far.sealed(lambda packet: sealed.append(bytes(packet)) or 0)(memoryview(a.packet()))
    hear_fresh(a.leg, sealed[0], 10.1)
    assert a.leg.incoming.received == 1
    hear(a.leg, HELLO, 10.2)
    assert len(desk.received) == 3, "a last flight that is asked for again"
    hear_stray(a.leg, HELLO, OTHER, 10.2)
    assert (len(desk.received), a.leg.refused) == (3, 1)


def test_audio_goes_where_the_handshake_came_from(new_leg, host, desk: FakeDesk) -> None:
    a = new_leg("a")
    settle(a, host="192.0.2.200")
    hear_stray(a.leg, HELLO, CALLER, 10.0)
    established(a, host, desk)
    assert a.leg.talked_to == CALLER


def test_an_association_outlives_a_reinvite_but_not_another_certificate_or_address(
    new_leg, host, desk: FakeDesk
) -> None:
    a = new_leg("a")
    settle(a)
    established(a, host, desk)
    settle(a)
    assert a.leg.srtp is not None
    assert len(desk.begun) == 1
    settle(a, DtlsTerms("passive", ("sha-256 BB",)))
    assert a.leg.srtp is None
    assert (len(desk.begun), desk.ended) == (2, [1])
    settle(a, DtlsTerms("passive", ("sha-256 BB",)), host="198.51.100.8")
    assert (len(desk.begun), desk.ended) == (3, [1, 2])
    settle(a, None)
    assert (a.leg.dtls, a.leg.srtp, desk.ended) == (None, None, [1, 2, 3])
    a.sockets.sent.clear()
    a.leg.keep_open(20.0)
    assert a.sent(), "plain from now on"


def test_failures_are_told_and_what_concerns_nobody_is_passed_over(new_leg, host, desk: FakeDesk) -> None:
    a = new_leg("a")
    settle(a)
    desk.results += [(99, KEYS), (1, Failure("why not"))]
    host.dtls.collect(10.0)
    assert host.events == [EncryptionFailed("a", "why not")]
    hear_stray(a.leg, HELLO, OTHER, 10.0)
    desk.results.append((1, [b"ours"]))
    host.dtls.collect(10.0)
    assert a.leg.send_failures == 1


@pytest.mark.parametrize("mux", [True, False])
def test_rtcp_is_sent_on_the_encrypted_port_alone(new_leg, host, desk: FakeDesk, mux: bool) -> None:
    a = new_leg("a")
    settle(a, mux=mux)
    far = established(a, host, desk)
    a.leg.keep_open(12.0)
    a.sockets.sent.clear()
    care = LegCare(MediaConfig(Path("nowhere")), lambda: 0.0)
    care.say_goodbye(a.leg, 12.0)
    reports = [far.open_report(data) for data in a.sockets.sent]
    assert len(reports) == mux
    assert None not in reports
