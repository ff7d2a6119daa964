"""The media worker process: `python -m telephony.media.worker --number 0 --config JSON`.

    start    takes the lock media-N.lock, listens on media-N.sock, steps out of its parent's session and lets the
             command return: exit status 0 says that control can attach, else one line on stderr says why not
    run      until control shuts it down, SIGTERM, or a minute without control and without legs
    end      legs say goodbye by RTCP, recordings are flushed and closed

It writes media-N.log only when it dies of a defect.
"""

import argparse
import contextlib
import fcntl
import importlib
import math
import os
import resource
import signal
import sys
import time
import traceback
from pathlib import Path

import msgspec

from telephony.media.commands import handle
from telephony.media.control_link import ControlLink
from telephony.media.decoding import preload
from telephony.media.messages import PROTOCOL_VERSION, AnyRequest, Hello, MediaConfig, Refused
from telephony.media.packet_loop import PacketLoop
from telephony.media.room import Room

RELEASE_PERIOD_S = 1.0
SWITCH_S = 0.0005
"""How long the thread that writes spools may keep the packet loop from the interpreter, between its writes."""
NICENESS = -11
"""What sound servers take."""


def lock_path(config: MediaConfig, number: int) -> Path:
    return config.runtime_dir / f"media-{number}.lock"


def socket_path(config: MediaConfig, number: int) -> Path:
    return config.runtime_dir / f"media-{number}.sock"


class Worker:
    """Joins room, loop and control link."""

    def __init__(self, number: int, config: MediaConfig) -> None:
        self._config = config
        self._number = number
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._link = ControlLink(socket_path(config, number), self._hello, self._on_request)
        self.room = Room(
            number,
            config,
            send_event=self._link.send_event,
            send_reply=self._link.send_reply,
            notify=lambda: os.eventfd_write(self._wake, 1),
        )
        self._idle_since = time.monotonic()
        self._release_at = 0.0

    def run(self) -> None:
        loop = PacketLoop(self.room, self._between)
        loop.add(self._wake, self._on_thread)
        self._link.join(loop)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: setattr(self.room, "stopping", True))
        try:
            loop.run()
        finally:
            self.room.close_all(time.monotonic())
            self._link.flush(math.inf)
            self._link.close()
            with contextlib.suppress(FileNotFoundError):
                socket_path(self._config, self._number).unlink()

    def _on_request(self, request: AnyRequest) -> None:
        reply = handle(self.room, request, time.monotonic())
        if reply is not None and (request.number or isinstance(reply, Refused)):
            self._link.send_reply(reply)

    def _on_thread(self) -> None:
        """A thread of ours has something to tell: the spool's, or the handshakes'."""
        os.eventfd_read(self._wake)
        self.room.recorder.collect_closed()
        self.room.dtls.collect(time.monotonic())

    def _between(self, now: float) -> None:
        self._link.flush(now)
        if self._link.attached:
            self._idle_since = now
            return
        self.room.totals.events_dropped = self._link.dropped
        if self.room.legs:
            self._idle_since = now
        elif now - self._idle_since > self._config.idle_exit_s:
            self.room.stopping = True
        if now >= self._release_at:
            self._release_at = now + RELEASE_PERIOD_S
            self.room.release_dead(now)

    def _hello(self) -> Hello:
        self.room.release_reserved()  # an earlier control's
        return Hello(version=PROTOCOL_VERSION, worker=self._number, pid=os.getpid(), legs=len(self.room.legs))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="telephony.media.worker")
    parser.add_argument("--number", type=int, required=True)
    parser.add_argument("--config", required=True, help="MediaConfig as JSON")
    options = parser.parse_args(arguments)
    config = msgspec.json.decode(options.config, type=MediaConfig, dec_hook=_decode_path)
    preload(config.codecs)
    if config.handshakes:
        importlib.import_module("telephony.media.dtls_desk")
    try:
        lock = _take_lock(config, options.number)
        _allow_many_sockets()
        worker = Worker(options.number, config)
    except OSError as error:
        sys.stderr.write(f"media worker {options.number}: {error}\n")
        return 1
    log = config.runtime_dir / f"media-{options.number}.log"
    if os.fork():
        os._exit(0)  # the parent's only task was to say that the child listens
    os.setsid()
    _leave_terminal()
    _go_first()
    sys.setswitchinterval(SWITCH_S)
    try:
        worker.run()
    except Exception:
        log.write_text(traceback.format_exc(), encoding="utf-8")
        raise
    finally:
        os.close(lock)
    return 0


def _take_lock(config: MediaConfig, number: int) -> int:
    """Held for the life of the worker (and through its fork): one worker of a number in a runtime folder."""
    config.runtime_dir.mkdir(parents=True, exist_ok=True)
    lock = os.open(lock_path(config, number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise OSError(error.errno, f"another one holds {lock_path(config, number)}") from error
    return lock


def _allow_many_sockets() -> None:
    """Three sockets a leg: as many as the system lets us have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _go_first() -> None:
    """Audio is due within milliseconds: go before processes that can wait, where the system allows it.

    Real time at its lowest priority, for the thread that writes spools too: the packet loop waits for the interpreter
    while that has it. Niceness is second best: where the system groups processes by session, it counts within our
    own session only.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except OSError:  # needs CAP_SYS_NICE or RLIMIT_RTPRIO, and a system that knows it
        with contextlib.suppress(PermissionError):  # needs CAP_SYS_NICE or RLIMIT_NICE; ordinary without
            os.setpriority(os.PRIO_PROCESS, 0, NICENESS)


def _leave_terminal() -> None:
    """Nothing of control's is held open: its terminal and pipes may close without us."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)


def _decode_path(kind: type, value: object) -> Path:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError(f"{kind} from {value!r}")


def _close_inherited() -> None:
    """uvloop hands its children the pipe to their stderr twice; the spare would keep it open for ever."""
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))


if __name__ == "__main__":
    _close_inherited()
    sys.exit(main())
