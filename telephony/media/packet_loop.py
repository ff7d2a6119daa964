"""The worker's one loop: epoll over plain sockets. This is the packet path; everything here is about its cost.

A packet on a settled way (`telephony.media.way`) costs one recv, one unpack, four attribute stores, one pack
and one send. It makes no call into Python code unless it is recorded, and allocates nothing but a few numbers.
Any other packet goes to its leg (`hearing.hear`). No disk, no database and no logging here.

Events are taken 64 at a time, so that pacing is never more than about a millisecond behind a burst. When packets
come faster than GATHER_S apart, the loop lets them gather for that long before it looks again: waking up costs
more than a packet does. An arrival time is therefore exact to GATHER_S only, and so is the jitter measured.
"""

import gc
import select
import time
from collections.abc import Callable

from telephony.media.hearing import hear, hear_fresh, hear_report, hear_stray
from telephony.media.leg import Leg
from telephony.media.room import Room, Sockets
from telephony.media.sockets import Address, drain
from telephony.media.stream import CLOCK_RATE_HZ, HEADER, HEADER_SIZE
from telephony.media.way import Way

BATCH = 64
GATHER_S = 0.001
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
        self._ways: dict[int, Way] = {}  # by connected socket
        self._legs: dict[int, Leg] = {}  # likewise
        self._handlers: dict[int, Handler] = {}  # everything else
        room.sockets = self

    def add(self, descriptor: int, handler: Handler) -> None:
        """Call the handler whenever the descriptor is readable."""
        self._ways.pop(descriptor, None)  # a number that a closed socket had
        self._legs.pop(descriptor, None)
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
        """They are closed next, which takes them out of the epoll set: no need to ask for it."""
        for sock in (leg.sockets.rtp, leg.sockets.rtcp, leg.sockets.connected):
            if sock is not None:
                self._handlers.pop(sock.fileno(), None)
                self._ways.pop(sock.fileno(), None)
                self._legs.pop(sock.fileno(), None)

    # ------------------------------------------------------------------------------- the slower sockets

    def _strays(self, leg: Leg) -> None:
        now = time.monotonic()
        drain(
            leg.sockets.rtp,
            self._room.packet.data,
            lambda data, source: hear_stray(leg, data, source, now),
            64,
        )

    def _reports(self, leg: Leg) -> None:
        now = time.monotonic()
        drain(
            leg.sockets.rtcp,
            self._room.packet.data,
            lambda data, source: hear_report(leg, data, source, now),
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
                hear_fresh(leg, data, now)
            else:
                hear_stray(leg, data, source, now)

        drain(sock, self._room.packet.data, sort, 64)
        if leg.sockets.connected is sock:
            del self._handlers[sock.fileno()]
            self._legs[sock.fileno()] = leg
            self._ways[sock.fileno()] = leg.way

    # --------------------------------------------------------------------------------- the packet path

    def run(self) -> None:
        """Until the room is stopping."""
        room, between, poll, serve = self._room, self._between, self._epoll.poll, self._serve
        clock, sleep = time.monotonic, time.sleep
        timer_at = 0.0
        served_at = 0.0
        gather = False
        _freeze_garbage_collector()
        while not room.stopping:
            wait = timer_at - clock()
            if gather and wait > 0.0:
                sleep(GATHER_S if wait > GATHER_S else wait)
                wait = 0.0
            events = poll(wait if wait > 0.0 else 0.0, BATCH)
            settled = serve(events)
            now = clock()
            gather = len(events) < BATCH and (len(events) > 1 or now - served_at < GATHER_S)
            served_at = now
            if settled and now < timer_at:
                continue  # packets of settled streams move no timer and concern nobody else
            due_at = room.next_timer()
            if now >= due_at:
                room.handle_timers(now)
                due_at = room.next_timer()
            between(now)
            timer_at = min(due_at, now + LONGEST_WAIT_S)

    def _serve(self, events: list[tuple[int, int]]) -> bool:
        """Take the events of one batch; whether all were packets on settled ways."""
        ways, buffer = self._ways, self._room.packet.data
        unpack, pack_into = HEADER.unpack_from, HEADER.pack_into
        settled = True
        now = time.monotonic()
        now_units = now * CLOCK_RATE_HZ
        for descriptor, _ in events:
            way = ways.get(descriptor)
            if way is None:
                settled = False
                self._other(descriptor)
                continue
            receive = way.receive
            if receive is None:
                continue  # closed by a handler in this same batch
            try:
                size = receive(buffer)
            except OSError:
                continue  # an ICMP answer to something we sent, or another handler took the packet
            kind, sequence, timestamp, ssrc = unpack(buffer)
            if size != way.size or kind != way.kind or sequence != way.expected or ssrc != way.ssrc:
                settled = False
                self._unsettled(descriptor, size, now)
                continue
            way.expected = sequence + 1
            way.heard_at = now
            transit = now_units - timestamp
            change = transit - way.transit
            way.transit = transit
            if -JITTER_JUMP < change < JITTER_JUMP:
                jitter = way.jitter
                way.jitter = jitter + ((change if change > 0.0 else -change) - jitter) * 0.0625
            sink = way.sink
            if sink is not None:
                sink.write(way.channel, way.codec, way.view, size, now)
            send = way.send
            if send is None:
                continue
            table = way.translate
            if table is not None:
                buffer[HEADER_SIZE:size] = buffer[HEADER_SIZE:size].translate(table)
            pack_into(
                buffer,
                0,
                way.out_kind,
                sequence + way.sequence_offset & 0xFFFF,
                timestamp + way.timestamp_offset & 0xFFFFFFFF,
                way.out_ssrc,
            )
            try:
                send(way.view)
            except OSError:
                way.failures += 1
        return settled

    def _other(self, descriptor: int) -> None:
        handler = self._handlers.get(descriptor)
        if handler is not None:
            handler()

    def _unsettled(self, descriptor: int, size: int, now: float) -> None:
        hear(self._legs[descriptor], bytes(self._room.packet.views[size]), now)


def _freeze_garbage_collector() -> None:
    """Nothing in the packet path makes cycles; what start-up made is never looked at again."""
    gc.collect()
    gc.freeze()
    gc.disable()
