"""The worker's one loop: epoll over plain sockets. This is the packet path; everything here is about its cost.

A packet of a settled stream costs one recv, one unpack, a dozen attribute stores, one pack and one send. It
makes no call into Python code unless it is recorded, and allocates nothing but a few integers. Any other packet
goes to its leg (`Leg.hear`). No disk, no database and no logging here.

Events are taken 64 at a time, so that pacing is never more than about a millisecond behind a burst.
"""

import gc
import select
import time
from collections.abc import Callable

from telephony.media.leg import Leg
from telephony.media.packet_buffer import LONGEST_PACKET
from telephony.media.room import Room, Sockets
from telephony.media.sockets import Address, drain
from telephony.media.stream import CLOCK_RATE_HZ, HEADER, HEADER_SIZE

BATCH = 64
STRAY_LIMIT = 64
LONGEST_WAIT_S = 0.5
JITTER_JUMP = 10 * CLOCK_RATE_HZ
Handler = Callable[[], None]


class PacketLoop(Sockets):
    """Owns the epoll object and knows which socket belongs to whom."""

    def __init__(self, room: Room, between: Callable[[float], None]) -> None:
        """`between` is called after every batch of events: control's turn."""
        self._room = room
        self._between = between
        self._epoll = select.epoll()
        self._legs: dict[int, Leg] = {}  # by connected socket
        self._handlers: dict[int, Handler] = {}  # everything else
        room.sockets = self

    def add(self, descriptor: int, handler: Handler) -> None:
        """Call the handler whenever the descriptor is readable."""
        self._legs.pop(descriptor, None)  # a number that a closed socket had
        self._handlers[descriptor] = handler
        self._epoll.register(descriptor, select.EPOLLIN)

    def watch_writable(self, descriptor: int, *, wanted: bool) -> None:
        self._epoll.modify(descriptor, select.EPOLLIN | (select.EPOLLOUT if wanted else 0))

    def remove(self, descriptor: int) -> None:
        if self._handlers.pop(descriptor, None) is not None:
            self._epoll.unregister(descriptor)

    # ------------------------------------------------------------------------------ what the room tells

    def opened(self, leg: Leg) -> None:
        self.add(leg.sockets.rtp.fileno(), lambda: self._strays(leg))
        self.add(leg.sockets.rtcp.fileno(), lambda: self._reports(leg))

    def connected(self, leg: Leg) -> None:
        """A new connected socket. An earlier one is closed by now, and so out of the epoll set."""
        sock = leg.sockets.connected
        assert sock is not None
        self.add(sock.fileno(), lambda: self._fresh(leg))

    def closing(self, leg: Leg) -> None:
        for sock in (leg.sockets.rtp, leg.sockets.rtcp, leg.sockets.connected):
            if sock is not None:
                self.remove(sock.fileno())
                self._legs.pop(sock.fileno(), None)

    # ------------------------------------------------------------------------------- the slower sockets

    def _strays(self, leg: Leg) -> None:
        now = time.monotonic()
        drain(
            leg.sockets.rtp,
            self._room.packet.data,
            lambda data, source: leg.hear_stray(data, source, now),
            64,
        )

    def _reports(self, leg: Leg) -> None:
        now = time.monotonic()
        drain(
            leg.sockets.rtcp,
            self._room.packet.data,
            lambda data, source: leg.hear_report(data, source, now),
            64,
        )

    def _fresh(self, leg: Leg) -> None:
        """First packets of a connected socket: some may be a stranger's, from before it was connected."""
        sock = leg.sockets.connected
        if sock is None:
            return
        now = time.monotonic()

        def sort(data: bytes, source: Address) -> None:
            if source == leg.talked_to:
                leg.hear(data, now)
            else:
                leg.hear_stray(data, source, now)

        drain(sock, self._room.packet.data, sort, 64)
        if leg.sockets.connected is sock:
            del self._handlers[sock.fileno()]
            self._legs[sock.fileno()] = leg

    # --------------------------------------------------------------------------------- the packet path

    def run(self) -> None:
        """Until the room is stopping."""
        room, between, poll, serve = self._room, self._between, self._epoll.poll, self._serve
        clock = time.monotonic
        timer_at = 0.0
        _freeze_garbage_collector()
        while not room.stopping:
            wait = timer_at - clock()
            events = poll(wait if wait > 0.0 else 0.0, BATCH)
            settled = serve(events)
            now = clock()
            if settled and now < timer_at:
                continue  # packets of settled streams move no timer and concern nobody else
            if now >= room.next_timer():
                room.handle_timers(now)
            between(now)
            timer_at = min(room.next_timer(), now + LONGEST_WAIT_S)

    def _serve(self, events: list[tuple[int, int]]) -> bool:  # noqa: PLR0915 - one body: a call costs
        """Take the events of one batch; whether all were packets of settled streams."""
        legs, handlers = self._legs, self._handlers
        settled = True
        packet = self._room.packet
        buffer, views = packet.data, packet.views
        unpack, pack_into, clock = HEADER.unpack_from, HEADER.pack_into, time.monotonic
        for descriptor, _ in events:
            leg = legs.get(descriptor)
            if leg is None:
                settled = False
                handler = handlers.get(descriptor)
                if handler is not None:
                    handler()
                continue
            receive = leg.receive
            if receive is None:
                continue  # closed by a handler in this same batch
            try:
                size = receive(buffer)
            except OSError:
                continue  # an ICMP answer to something we sent, or another handler took the packet
            now = clock()
            kind, sequence, timestamp, ssrc = unpack(buffer)
            incoming = leg.incoming
            if not (
                kind == leg.fast_kind
                and sequence == incoming.expected
                and ssrc == incoming.ssrc
                and HEADER_SIZE < size <= LONGEST_PACKET
            ):
                leg.hear(bytes(views[size]), now)
                settled = False
                continue
            incoming.expected = sequence + 1
            incoming.received += 1
            incoming.octets += size - HEADER_SIZE
            incoming.heard_at = now
            transit = now * CLOCK_RATE_HZ - timestamp
            change = transit - incoming.transit
            incoming.transit = transit
            if change < 0.0:
                change = -change
            if change < JITTER_JUMP:
                incoming.jitter += (change - incoming.jitter) * 0.0625
            if leg.spool is not None:
                leg.spool.write(leg.channel, leg.codec_number, views[size], size, now)
            peer = leg.forward
            if peer is None:
                continue
            send = peer.send  # `peer.send(...)` would look for a method first
            if send is None:
                continue
            if leg.translate is not None:
                buffer[HEADER_SIZE:size] = buffer[HEADER_SIZE:size].translate(leg.translate)
            outgoing = peer.outgoing
            outgoing.sequence = sequence = sequence + outgoing.sequence_offset & 0xFFFF
            outgoing.timestamp = timestamp = timestamp + outgoing.timestamp_offset & 0xFFFFFFFF
            outgoing.sent_at = now
            outgoing.packets += 1
            outgoing.octets += size - HEADER_SIZE
            pack_into(buffer, 0, outgoing.kind, sequence, timestamp, outgoing.ssrc)
            try:
                send(views[size])
            except OSError:
                peer.send_failures += 1
        return settled


def _freeze_garbage_collector() -> None:
    """Nothing in the packet path makes cycles; what start-up made is never looked at again."""
    gc.collect()
    gc.freeze()
    gc.disable()
