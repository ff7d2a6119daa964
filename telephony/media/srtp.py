"""Encryption of one leg: SRTP and SRTCP (RFC 3711) around the calls that send and receive, through libsrtp.

    sealed(send)       sends what it is given, encrypted
    opened(receive)    receives like the socket, but only what is authentic and new, decrypted in the buffer
    open, open_report  the same for a datagram that somebody else has received; None: it is not the remote's

A leg whose `send` and `receive` are these is like any other to the packet path: the settled way, playback and
recording see plain RTP, and legs without keys pay nothing. libsrtp keeps the list against replay (RFC 3711 3.3.2).
Each direction lives as long as its key does: its rollover counter (3.2.1) must run on across a re-INVITE.
"""

from pylibsrtp import Error, Policy, Session

from telephony.media.keying import SrtpKeys, SrtpSuite
from telephony.media.rtp import is_dtls, is_rtcp
from telephony.media.stun import is_stun
from telephony.media.way import Receive, Send

_PROFILES: dict[SrtpSuite, int] = {
    "AES_CM_128_HMAC_SHA1_80": Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    "AES_CM_128_HMAC_SHA1_32": Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
}
REPLAY_WINDOW = 1024
"""Packets that may come late: 20 s at 20 ms."""


class LegSrtp:
    """Both directions of a leg, and how many packets were not the remote's."""

    __slots__ = ("_inbound", "_keys", "_outbound", "unauthentic")

    def __init__(self, keys: SrtpKeys) -> None:
        self._keys = keys
        self._outbound = _session(keys.suite, keys.send_key, Policy.SSRC_ANY_OUTBOUND)
        self._inbound = _session(keys.suite, keys.receive_key, Policy.SSRC_ANY_INBOUND)
        self.unauthentic = 0

    def rekey(self, keys: SrtpKeys) -> None:
        """Another agreement; a direction whose key stands goes on as it is."""
        before, self._keys = self._keys, keys
        if (keys.suite, keys.send_key) != (before.suite, before.send_key):
            self._outbound = _session(keys.suite, keys.send_key, Policy.SSRC_ANY_OUTBOUND)
        if (keys.suite, keys.receive_key) != (before.suite, before.receive_key):
            self._inbound = _session(keys.suite, keys.receive_key, Policy.SSRC_ANY_INBOUND)

    def sealed(self, send: Send) -> Send:
        """OSError where the packet cannot be encrypted, as a socket raises it."""
        protect = self._outbound.protect

        def seal(packet: memoryview) -> int:
            try:
                return send(memoryview(protect(bytes(packet))))
            except (Error, ValueError) as error:
                raise OSError(str(error)) from error

        return seal

    def opened(self, receive: Receive) -> Receive:
        """RTCP, DTLS and STUN on the same port pass as they came: others look at them."""

        def open_into(buffer: bytearray) -> int:
            size = receive(buffer)
            data = bytes(memoryview(buffer)[:size])
            if is_rtcp(data) or is_dtls(data) or is_stun(data):
                return size
            plain = self.open(data)
            if plain is None:
                raise BlockingIOError("no packet of the remote's")
            size = len(plain)
            buffer[:size] = plain
            return size

        return open_into

    def open(self, data: bytes) -> bytes | None:
        """One RTP packet."""
        try:
            return self._inbound.unprotect(data)
        except (Error, ValueError):
            self.unauthentic += 1
            return None

    def open_report(self, data: bytes) -> bytes | None:
        """One RTCP packet."""
        try:
            return self._inbound.unprotect_rtcp(data)
        except (Error, ValueError):
            self.unauthentic += 1
            return None

    def seal_report(self, data: bytes) -> bytes:
        """One RTCP packet of ours."""
        return self._outbound.protect_rtcp(data)


def _session(suite: SrtpSuite, key: bytes, kind: int) -> Session:
    policy = Policy(key=key, ssrc_type=kind, srtp_profile=_PROFILES[suite])
    policy.window_size = REPLAY_WINDOW
    return Session(policy)
