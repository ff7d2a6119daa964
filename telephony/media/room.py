"""The legs of one worker and what control asks of them. No epoll here: `packet_loop` drives this.

    open, leg, close          by id
    handle_timers(now)        pacing, keys, once-a-second work, spool flushes; next_timer() says when
    emit(event)            >  `send_event`, which control gets or a bounded backlog keeps

What control asks is understood in `commands`.
"""

import time
from collections.abc import Callable
from math import inf
from random import SystemRandom

from telephony.media import messages as m
from telephony.media.census import Census
from telephony.media.ear import Ear
from telephony.media.errors import LocalProtocolError, NoPortAvailable
from telephony.media.leg import Leg
from telephony.media.leg_care import LegCare
from telephony.media.leg_dtls import DtlsLegs
from telephony.media.leg_views import leg_statistics
from telephony.media.mixing import Mixer
from telephony.media.packet_buffer import PacketBuffer
from telephony.media.playback import PromptCache
from telephony.media.recording import Recorder
from telephony.media.run import send_frames
from telephony.media.sockets import LegSockets, PortRange
from telephony.media.spool_files import SpoolFiles
from telephony.media.stream import OutgoingStream
from telephony.media.totals import Counts, Totals
from telephony.media.wheel import Wheel

KEY_CHECK_S = 0.02


class Sockets:
    """What the room tells the loop about sockets; the loop replaces these."""

    def opened(self, leg: Leg) -> None: ...
    def connected(self, leg: Leg) -> None: ...
    def closing(self, leg: Leg) -> None: ...


class Room:
    """Everything a worker knows; it is the `LegHost` of its legs."""

    def __init__(
        self,
        worker: int,
        config: m.MediaConfig,
        *,
        send_event: Callable[[m.MediaEvent], None],
        send_reply: Callable[[m.AnyReply], None],
        notify: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`notify` is called from the spool's thread and must wake the loop."""
        self.worker = worker
        self.config = config
        self.packet = PacketBuffer()
        self.legs: dict[str, Leg] = {}
        self.sockets = Sockets()
        self.stopping = False
        self.totals = Totals()
        self._send_event = send_event
        self._send_reply = send_reply
        self._clock = clock
        self._ports = PortRange(config.host, config.port_min, config.port_max)
        self._reserved: dict[int, LegSockets] = {}
        self._random = SystemRandom()
        self.prompts = PromptCache()
        self.mixer = Mixer()
        self._ears: Wheel[Leg] = Wheel(0.06, 12)
        self._pacers: dict[int, Wheel[Leg]] = {}
        self._keys_down: set[Leg] = set()
        self._keys_at = inf
        self.files = SpoolFiles(notify)
        self.dtls = DtlsLegs(config.runtime_dir, notify)
        self.recorder = Recorder(self.files, self._recording_closed)
        self.care = LegCare(config, self._random.random)
        self.census = Census(self.legs, self._counted)

    # -------------------------------------------------------------------------------------------- legs

    def leg(self, leg_id: str) -> Leg:
        """LocalProtocolError if there is no such leg (any more)."""
        try:
            return self.legs[leg_id]
        except KeyError:
            raise LocalProtocolError(f"no leg {leg_id}") from None

    def reserve(self, count: int) -> tuple[int, ...]:
        """Bind up to `count` port pairs for the legs to come."""
        reserved = []
        for _ in range(count):
            try:
                pair = self._ports.open_pair()
            except NoPortAvailable:
                break
            self._reserved[pair.port] = pair
            reserved.append(pair.port)
        return tuple(reserved)

    def release_reserved(self) -> None:
        """Control, who reserved them, is gone."""
        for pair in self._reserved.values():
            pair.close()
            self._ports.give_back(pair.port)
        self._reserved.clear()

    def open(self, leg_id: str, now: float, port: int = 0) -> Leg:
        """A new leg on a free port pair, or on one that was reserved. NoPortAvailable; LocalProtocolError if the
        id is taken or the port is not reserved."""
        if leg_id in self.legs:
            raise LocalProtocolError(f"leg {leg_id} is open already")
        pair = self._reserved.pop(port, None) if port else self._ports.open_pair()
        if pair is None:
            raise LocalProtocolError(f"port {port} is not reserved")
        draw = self._random.getrandbits
        outgoing = OutgoingStream(draw(32), draw(16), draw(32), now)
        leg = Leg(leg_id, pair, outgoing, self, now)
        self.legs[leg_id] = leg
        self.totals.legs_opened += 1
        self.sockets.opened(leg)
        self.care.add(leg, now)
        return leg

    def close(self, leg: Leg, now: float) -> m.LegStatistics:
        """Say goodbye by RTCP and let go of everything the leg holds."""
        leg.book_both()
        self.mixer.leave(leg, now)
        leg.unbridge()
        leg.stop_playback()
        self.unpace(leg)
        self._keys_down.discard(leg)
        self._ears.discard(leg)
        self.recorder.leave(leg)
        self.care.say_goodbye(leg, now)
        self.dtls.leave(leg)
        self.care.discard(leg)
        del self.legs[leg.leg_id]
        statistics = leg_statistics(leg)
        self.totals.add_closed(leg)
        self.census.forget(leg)
        self.sockets.closing(leg)
        leg.sockets.close()
        self._ports.give_back(leg.sockets.port)
        # Each may hold the leg itself, and nobody collects cycles here.
        leg.send = leg.send_native = leg.way.receive = leg.way.send = None
        return statistics

    def listen(self, leg: Leg, wanted: m.Listen, now: float) -> None:
        """Put an ear on the leg, or take it off."""
        digits = wanted.digits and (leg.remote is None or leg.remote.dtmf_payload_type is None)
        if not (digits or wanted.silence_s > 0 or wanted.judge or wanted.utterances):
            self._ears.discard(leg)
            leg.listen(None)
            return
        leg.listen(
            Ear(
                leg.leg_id,
                digits=digits,
                silence_s=wanted.silence_s,
                judge=wanted.judge,
                now=now,
                utterances=wanted.utterances,
            )
        )
        self._ears.add(leg, now)

    # ------------------------------------------------------------------------------------------- timers

    def next_timer(self) -> float:
        """When `handle_timers` has something to do; infinity if never."""
        at = min(
            self.care.next_at(),
            self.recorder.next_timer(),
            self._keys_at,
            self.mixer.next_at(),
            self._ears.next_at(),
            self.census.next_at(),
        )
        for pacer in self._pacers.values():
            at = min(at, pacer.next_at())
        return at

    def handle_timers(self, now: float) -> None:
        for pacer in tuple(self._pacers.values()):
            skipped = pacer.skipped
            for legs in pacer.due_slots(now):
                send_frames(legs, self.packet, now)
            if pacer.skipped != skipped:
                for leg in pacer.members():
                    leg.jump()
        if now >= self.mixer.next_at():
            self.mixer.tick(now)
        for leg in self._ears.due(now):
            if leg.ear is not None:
                for heard in leg.ear.hear(leg, now):
                    self.emit(heard)
        if now >= self._keys_at:
            self._keys_down = {leg for leg in self._keys_down if leg.digits.check_key(leg, now)}
            self._keys_at = now + KEY_CHECK_S if self._keys_down else inf
        if now >= self.care.next_at():
            for event in self.care.handle_timer(now, self.utc_s()):
                self.emit(event)
        if now >= self.recorder.next_timer():
            self.recorder.handle_timer(now)
        if now >= self.census.next_at():
            self.census.handle_timer(now)

    def release_dead(self, now: float) -> None:
        """Without control: let go of legs that have been silent for too long."""
        for leg in tuple(self.legs.values()):
            leg.book()
            if now - self.care.heard_at(leg) >= self.config.orphan_timeout_s:
                self.close(leg, now)
                self.emit(m.LegReleased(leg.leg_id, "silent while no control was attached"))

    def close_all(self, now: float) -> None:
        """The end of the worker: every leg closed, every recording complete on disk."""
        for leg in tuple(self.legs.values()):
            self.close(leg, now)
        self.release_reserved()
        self.recorder.end_all("worker stopped")
        self.files.stop()
        self.dtls.stop()
        self.recorder.collect_closed()

    def _counted(self, number: int, open_legs: Counts) -> None:
        wheels = tuple(self._pacers.values())
        statistics = self.totals.statistics(
            open_legs,
            legs=len(self.legs),
            recordings=len(self.recorder),
            spool_dropped=self.recorder.dropped,
            late_ticks=sum(wheel.late for wheel in wheels),
            latest_tick_ms=1000 * max((wheel.latest_s for wheel in wheels), default=0.0),
        )
        self._send_reply(m.Statistics(number=number, statistics=statistics))

    # -------------------------------------------------------------------------------- what legs call on

    def emit(self, event: m.MediaEvent) -> None:
        self._send_event(event)

    def watch(self, leg: Leg) -> None:
        self.sockets.connected(leg)

    def pace(self, leg: Leg, now: float) -> None:
        period_ms = leg.outgoing.units // 8
        if leg.paced_ms not in {0, period_ms}:
            self.unpace(leg)
        leg.paced_ms = period_ms
        pacer = self._pacers.get(period_ms)
        if pacer is None:
            pacer = self._pacers[period_ms] = Wheel(period_ms / 1000, period_ms)
        pacer.add(leg, now)

    def unpace(self, leg: Leg) -> None:
        if leg.paced_ms:
            self._pacers[leg.paced_ms].discard(leg)
            leg.paced_ms = 0

    def watch_key(self, leg: Leg) -> None:
        self._keys_down.add(leg)
        if self._keys_at == inf:
            self._keys_at = self._clock() + KEY_CHECK_S

    def utc_s(self) -> float:
        return time.time()

    def _recording_closed(self, event: m.RecordingClosed, waiting: list[int]) -> None:
        self.emit(event)
        for number in waiting:
            if number:
                self._send_reply(m.Done(number=number))
