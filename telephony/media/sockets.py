"""The sockets of a leg, and the range of ports they come from.

A leg always keeps two unconnected sockets, RTP on an even port and RTCP on the next. With the first
packet either way, a third socket on the same RTP port is connected to whom it talks to: the kernel then gives that
source's packets to the connected socket and everybody else's to the unconnected one, where they are counted
as refused. A connected socket also spares the packet path the address of every packet, in and out.

    PortRange.open_pair()   ->  LegSockets
    LegSockets.connect(to)      (again) talk to this source
"""

import errno
import socket
import struct
from collections import deque
from collections.abc import Callable
from typing import Final

from telephony.media.errors import NoPortAvailable

Address = tuple[str, int]

EXPEDITED_FORWARDING: Final = 46 << 2  # RFC 5865 and RFC 4594: telephony's DSCP, in the TOS byte
SO_MEMINFO: Final = 55
_MEMINFO_DROPS: Final = 8
TRY_LATER: Final = (errno.EAGAIN, errno.EWOULDBLOCK)


class LegSockets:
    """RTP, RTCP, and the RTP socket that is connected once a source is known."""

    __slots__ = ("_host", "connected", "port", "rtcp", "rtp")

    def __init__(self, host: str, port: int, rtp: socket.socket, rtcp: socket.socket) -> None:
        self._host = host
        self.port = port
        self.rtp = rtp
        self.rtcp = rtcp
        self.connected: socket.socket | None = None

    def connect(self, source: Address) -> socket.socket:
        """A socket on our RTP port that hears and speaks to this source alone; replaces an earlier one."""
        self.disconnect()
        # Two sockets may share a port only while both allow it; between these lines nobody else can slip in
        # unless he asks for the same, and afterwards the port is exclusive again.
        self.rtp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self.connected = _bound(self._host, self.port, reuse=True)
        finally:
            self.rtp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        self.connected.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        self.connected.connect(source)
        return self.connected

    def disconnect(self) -> None:
        """Talk to nobody in particular again; the port stays ours."""
        if self.connected is not None:
            self.connected.close()
            self.connected = None

    def close(self) -> None:
        self.disconnect()
        self.rtp.close()
        self.rtcp.close()


class PortRange:
    """Hands out RTP/RTCP port pairs; a port given back is used again as late as possible."""

    def __init__(self, host: str, port_min: int, port_max: int) -> None:
        self._host = host
        first = port_min + port_min % 2
        # Those that are not ours at the moment, the one that was given back longest ago first.
        self._free = deque(range(first, port_max, 2))
        self._range = f"{len(self._free)} from {first}"

    def open_pair(self) -> LegSockets:
        """The next free pair. NoPortAvailable if somebody holds a port of every pair."""
        for _ in range(len(self._free)):
            sockets = self._try(self._free[0])
            if sockets is not None:
                self._free.popleft()
                return sockets
            self._free.rotate(-1)  # somebody else's: as late as possible too
        raise NoPortAvailable(f"no free RTP port pair on {self._host} among {self._range}")

    def give_back(self, port: int) -> None:
        """The pair is closed: it may be used again."""
        self._free.append(port)

    def _try(self, port: int) -> LegSockets | None:
        try:
            rtp = _bound(self._host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return None
        try:
            return LegSockets(self._host, port, rtp, _bound(self._host, port + 1))
        except OSError as error:
            rtp.close()
            if error.errno != errno.EADDRINUSE:
                raise
            return None


def family_of(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def is_address(host: str) -> bool:
    """Whether the text is a numeric address: a worker never waits for a name server."""
    try:
        socket.inet_pton(family_of(host), host)
    except OSError:
        return False
    return True


def is_nowhere(address: Address) -> bool:
    """Whether nothing can be sent there: port 0, or the address that RFC 2543 put a call on hold with."""
    return address[1] == 0 or address[0] in {"0.0.0.0", "::"}


def dropped_by_kernel(sock: socket.socket) -> int:
    """Packets that this socket lost because its receive buffer was full."""
    figures = sock.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 36)
    drops: int = struct.unpack("=9I", figures)[_MEMINFO_DROPS]
    return drops


def drain(sock: socket.socket, buffer: bytearray, each: Callable[[bytes, Address], None], limit: int) -> None:
    """Give up to `limit` waiting datagrams and their sources to `each`."""
    for _ in range(limit):
        try:
            size, source = sock.recvfrom_into(buffer)
        except BlockingIOError:
            return
        except ConnectionError:
            continue  # an ICMP answer to something we sent; the next call reads the next packet
        each(bytes(memoryview(buffer)[:size]), (source[0], source[1]))


def _bound(host: str, port: int, *, reuse: bool = False) -> socket.socket:
    family = family_of(host)
    sock = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    try:
        if reuse:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family is socket.AF_INET:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, EXPEDITED_FORWARDING)
        else:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, EXPEDITED_FORWARDING)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock
