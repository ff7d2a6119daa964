"""An encrypted leg against libsrtp on the other side: nothing but its packets is heard, and nothing twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pylibsrtp import Policy, Session

from telephony.media.hearing import hear, hear_stray
from telephony.media.keying import SrtpKeys
from telephony.media.leg import Leg
from telephony.media.leg_views import leg_info, leg_statistics
from telephony.media.rtp import RtpPacket
from telephony.media.srtp import LegSrtp

OURS, THEIRS = bytes(range(30)), bytes(range(100, 130))
KEYS = SrtpKeys("AES_CM_128_HMAC_SHA1_80", OURS, THEIRS)
PROFILES = {
    "AES_CM_128_HMAC_SHA1_80": (Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 10),
    "AES_CM_128_HMAC_SHA1_32": (Policy.SRTP_PROFILE_AES128_CM_SHA1_32, 4),
}
AUDIO = b"\x55" * 160


def session(key: bytes, kind: int, suite: str = KEYS.suite) -> Session:
    return Session(Policy(key=key, ssrc_type=kind, srtp_profile=PROFILES[suite][0]))


class Far:
    """The other side's libsrtp."""

    def __init__(self, suite: str = KEYS.suite) -> None:
        self.out = session(THEIRS, Policy.SSRC_ANY_OUTBOUND, suite)
        self.into = session(OURS, Policy.SSRC_ANY_INBOUND, suite)


def audio(sequence: int) -> bytes:
    packet = RtpPacket(payload_type=0, payload=AUDIO, sequence=sequence, timestamp=160 * sequence, ssrc=7)
    return bytes(packet)


def arrive(leg: Leg, data: bytes) -> None:
    """Through the way that the packet loop takes."""

    def receive(buffer: bytearray) -> int:
        buffer[: len(data)] = data
        return len(data)

    assert leg.srtp is not None
    try:
        size = leg.srtp.opened(receive)(leg.host.packet.data)
    except BlockingIOError:
        return
    hear(leg, bytes(leg.host.packet.views[size]), 10.1)


@pytest.mark.parametrize("suite", sorted(PROFILES))
def test_what_is_sent_is_encrypted_under_our_key(new_leg, suite: str) -> None:
    a, far = new_leg("a"), Far(suite)
    a.settle(srtp=SrtpKeys(suite, OURS, THEIRS))
    a.leg.keep_open(12.0)
    (sealed,) = a.sockets.sent
    assert len(sealed) == 12 + 160 + PROFILES[suite][1]
    assert RtpPacket.parse(far.into.unprotect(sealed)).payload == b"\xff" * 160


def test_what_is_heard_is_decrypted_and_counted(new_leg) -> None:
    a, far = new_leg("a"), Far()
    a.settle(srtp=KEYS)
    for sequence in range(1, 4):
        arrive(a.leg, far.out.protect(audio(sequence)))
    statistics = leg_statistics(a.leg)
    assert (statistics.packets_received, statistics.bytes_received, statistics.unauthentic) == (3, 480, 0)


def test_replayed_changed_and_plain_packets_are_counted_and_dropped(new_leg) -> None:
    a, far = new_leg("a"), Far()
    a.settle(srtp=KEYS)
    sealed = far.out.protect(audio(1))
    for data in (sealed, sealed, sealed[:-1] + bytes((sealed[-1] ^ 1,)), audio(2)):
        arrive(a.leg, data)
    statistics = leg_statistics(a.leg)
    assert (statistics.packets_received, statistics.unauthentic) == (1, 3)


def test_a_stranger_without_the_key_is_not_locked_on_to(new_leg) -> None:
    a, far = new_leg("a"), Far()
    a.settle(srtp=KEYS)
    hear_stray(a.leg, audio(1), ("203.0.113.9", 7777), 10.1)
    assert (a.leg.locked, a.leg.srtp.unauthentic) == (None, 1)
    hear_stray(a.leg, far.out.protect(audio(1)), ("203.0.113.9", 7777), 10.2)
    assert a.leg.locked == ("203.0.113.9", 7777)


def test_an_encrypted_leg_and_a_plain_one_hear_each_other(new_leg) -> None:
    a, b, far = new_leg("a"), new_leg("bb"), Far()
    a.settle(srtp=KEYS)
    b.settle()
    a.leg.bridge(b.leg)
    arrive(a.leg, far.out.protect(audio(1)))
    b.says(10.2, b"\x66" * 160)
    assert b.sent()[-1].payload == AUDIO
    assert RtpPacket.parse(far.into.unprotect(a.sockets.sent[-1])).payload == b"\x66" * 160


def test_keys_that_stand_go_on_across_a_later_agreement(new_leg) -> None:
    """A new session would begin with rollover counter 0: neither side would understand the other."""
    a, far = new_leg("a"), Far()
    a.settle(srtp=KEYS)
    for sequence in (65535, 65536, 65537):
        arrive(a.leg, far.out.protect(audio(sequence & 0xFFFF)))
    a.settle(srtp=KEYS, sending=False)
    arrive(a.leg, far.out.protect(audio(2)))
    assert leg_statistics(a.leg).packets_received == 4
    fresh = SrtpKeys(KEYS.suite, OURS, bytes(30))
    a.settle(srtp=fresh)
    arrive(a.leg, far.out.protect(audio(3)))
    assert a.leg.srtp.unauthentic == 1
    a.settle(srtp=None)
    assert a.leg.srtp is None


def test_reports_are_encrypted_too(new_leg) -> None:
    a, far = new_leg("a"), Far()
    a.settle(srtp=KEYS, rtcp_mux=True)
    arrive(a.leg, far.out.protect(audio(1)))
    report = a.leg.reports.build(a.leg.outgoing, a.leg.incoming, 10.0, 0.0, goodbye=False)
    assert far.into.unprotect_rtcp(a.leg.srtp.seal_report(report)) == report
    sealed = far.out.protect_rtcp(report)
    arrive(a.leg, sealed)
    assert (a.leg.malformed, a.leg.srtp.unauthentic) == (0, 0)
    arrive(a.leg, report)
    assert a.leg.srtp.unauthentic == 1


def test_a_leg_is_listed_without_its_keys(new_leg) -> None:
    a = new_leg("a")
    a.settle(srtp=KEYS)
    listed = leg_info(a.leg, 0).remote
    assert listed is not None
    assert listed.srtp is None


@given(st.binary(max_size=1600))
def test_any_bytes_are_counted_and_dropped(data: bytes) -> None:
    srtp = LegSrtp(KEYS)
    assert srtp.open(data) is None
    assert srtp.open_report(data) is None
    assert srtp.unauthentic == 2
