"""Whom a leg talks to, and by what socket: presumed from SDP, then locked on to the first source of valid audio.

    talk_to      the address that SDP or the first packet told
    connect      the connected socket, made with the first packet either way
    set_ways     how packets come and go now: through which socket, encrypted or not, transcoded or not
    lock         nobody else is heard any more, until a re-INVITE lets the source move (`may_relatch`)

Functions over a leg. Serves RFC 4961 (symmetric RTP) and RFC 3264 (the old hold).
"""

from functools import partial
from typing import TYPE_CHECKING, Final

from telephony.media.messages import RemoteMedia, SourceLocked
from telephony.media.sockets import Address, is_nowhere
from telephony.media.way import Receive, Send

if TYPE_CHECKING:
    from telephony.media.leg import Leg

RELATCH_SILENCE_S: Final = 0.5
RELATCH_WINDOW_S: Final = 30.0


def talk_to(leg: "Leg", address: Address) -> None:
    """The address from now on; an unusable one (0.0.0.0, port 0: RFC 3264's old hold) leaves us mute."""
    if leg.talked_to != address:
        leg.sockets.disconnect()
        leg.talked_to = None if is_nowhere(address) else address
    set_ways(leg)


def has_moved(earlier: RemoteMedia, now: RemoteMedia) -> bool:
    """Whether SDP sends us elsewhere; what ICE has chosen it only repeats (RFC 8839 section 4.4.1.2.2)."""
    return now.ice is None and (earlier.host, earlier.port) != (now.host, now.port)


def set_ways(leg: "Leg") -> None:
    """How packets come and go, for what is connected and agreed now."""
    remote, connected = leg.remote, leg.sockets.connected
    leg.send = leg.send_native = leg.way.receive = None
    if leg.bridged is not None:
        leg.bridged.close_way()
    if leg.talked_to is None or remote is None:
        return
    receive: Receive | None = connected.recv_into if connected is not None else None
    send: Send = connected.send if connected is not None else partial(_send_first, leg)
    if leg.dtls is not None and leg.srtp is None:
        leg.way.receive = receive  # the handshake
        return
    if leg.srtp is not None:
        receive, send = receive and leg.srtp.opened(receive), leg.srtp.sealed(send)
    native = send
    if leg.wide is not None:
        native = leg.wide.rescaled(send)
        receive, send = receive and leg.wide.opened(receive), leg.wide.sealed(send)
    leg.way.receive = receive
    leg.send, leg.send_native = (send, native) if remote.sending else (None, None)


def connect(leg: "Leg") -> None:
    """Open the connected socket if that is not done. It waits for the first packet, because a call without any
    (unanswered, refused, silent) would pay seven system calls for nothing."""
    if leg.sockets.connected is not None or leg.talked_to is None:
        return
    try:
        leg.sockets.connect(leg.talked_to)
    except OSError:
        leg.sockets.disconnect()
        leg.send_failures += 1
        leg.talked_to = None
    else:
        leg.host.watch(leg)
    set_ways(leg)


def _send_first(leg: "Leg", packet: memoryview) -> int:
    """What takes packets, sealed already, until one is sent."""
    connect(leg)
    connected = leg.sockets.connected
    return connected.send(packet) if connected is not None else 0


def lock(leg: "Leg", source: Address) -> None:
    leg.locked = source
    leg.relatch_since = None
    leg.host.emit(SourceLocked(leg.leg_id, *source))


def may_relatch(leg: "Leg", now: float) -> bool:
    """After a re-INVITE the remote may send from elsewhere, if it is silent where it was."""
    since = leg.relatch_since
    if since is None or now - since > RELATCH_WINDOW_S:
        return False
    return now - max(leg.incoming.heard_at, since) > RELATCH_SILENCE_S
