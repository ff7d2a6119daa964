"""The worker's end of the control channel: a listening Unix socket and at most one control attached to it.

A control that attaches replaces one that is still there (its process may hang). While none is attached, events
wait in a bounded backlog; the next control gets them after `Hello`. A control that does not read for so long
that `LONGEST_QUEUE` bytes wait for it is as good as gone and is let go.
"""

import socket
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

from telephony.media.errors import RemoteProtocolError
from telephony.media.framing import FrameReader, frame
from telephony.media.messages import AnyReply, AnyRequest, DigitStarted, Hello, MediaEvent, SourceLocked
from telephony.media.unix_address import unix_address

BACKLOG_LIMIT = 1000
LONGEST_QUEUE = 8 * 1024 * 1024
UNHURRIED, LINGER_S = (DigitStarted, SourceLocked), 0.1
"""Events that nobody waits for, and how long at least they may wait for others: each message would wake control."""


class Watcher(Protocol):
    """What the packet loop offers."""

    def add(self, descriptor: int, handler: Callable[[], None]) -> None: ...
    def remove(self, descriptor: int) -> None: ...
    def watch_writable(self, descriptor: int, *, wanted: bool) -> None: ...


class ControlLink:
    """Requests in, replies and events out."""

    def __init__(
        self, path: Path, hello: Callable[[], Hello], on_request: Callable[[AnyRequest], None]
    ) -> None:
        """OSError if the socket cannot be made."""
        self._hello = hello
        self._on_request = on_request
        self._watcher: Watcher | None = None
        self._control: socket.socket | None = None
        self._reader: FrameReader[AnyRequest] = self._new_reader()
        self._out = bytearray()
        self._waiting_to_write = False
        self._hurry = False
        self._waits_since: float | None = None
        self._backlog: deque[MediaEvent] = deque()
        self.dropped = 0
        """Events that found the backlog full."""
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        with unix_address(path) as address:
            path.unlink(missing_ok=True)  # whoever calls us holds the lock: a socket found here is dead
            self._listener.bind(address)
        path.chmod(0o600)
        self._listener.listen(8)

    @property
    def attached(self) -> bool:
        return self._control is not None

    def join(self, watcher: Watcher) -> None:
        """Let the loop call us."""
        self._watcher = watcher
        watcher.add(self._listener.fileno(), self._accept)

    def send_event(self, event: MediaEvent) -> None:
        if self._control is not None:
            self._out += frame(event)
            self._hurry = self._hurry or not isinstance(event, UNHURRIED)
            return
        if len(self._backlog) >= BACKLOG_LIMIT:
            self._backlog.popleft()
            self.dropped += 1
        self._backlog.append(event)

    def send_reply(self, reply: AnyReply) -> None:
        if self._control is not None:
            self._out += frame(reply)
            self._hurry = True

    def flush(self, now: float) -> None:
        """Send what has gathered; called after every batch, so that an event somebody waits for leaves within the
        batch it arose in."""
        if not self._out or self._control is None or self._waiting_to_write:
            return
        if not self._hurry:
            if self._waits_since is None:
                self._waits_since = now
            if now - self._waits_since < LINGER_S:
                return
        self._write()

    def close(self) -> None:
        self._drop_control()
        if self._watcher is not None:
            self._watcher.remove(self._listener.fileno())
        self._listener.close()

    def _accept(self) -> None:
        assert self._watcher is not None
        try:
            control, _ = self._listener.accept()
        except OSError:
            return  # it went away again
        self._readable()  # what the one before has asked for already is done
        self._drop_control()
        control.setblocking(False)
        self._control = control
        self._reader = self._new_reader()
        self._watcher.add(control.fileno(), self._readable)
        self._out += frame(self._hello())
        while self._backlog:
            self._out += frame(self._backlog.popleft())
        self._write()

    def _readable(self) -> None:
        control = self._control
        if control is None:
            return
        if self._waiting_to_write:
            self._write()
        try:
            data = control.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop_control()
            return
        try:
            for request in self._reader.receive(data):
                self._on_request(request)
        except RemoteProtocolError:
            self._drop_control()

    def _write(self) -> None:
        control, watcher = self._control, self._watcher
        assert control is not None
        assert watcher is not None
        self._hurry, self._waits_since = False, None
        try:
            sent = control.send(self._out)
            del self._out[:sent]
        except BlockingIOError:
            pass
        except OSError:
            self._drop_control()
            return
        if len(self._out) > LONGEST_QUEUE:
            self._drop_control()
            return
        if self._waiting_to_write != bool(self._out):
            self._waiting_to_write = bool(self._out)
            watcher.watch_writable(control.fileno(), wanted=self._waiting_to_write)

    def _drop_control(self) -> None:
        control, self._control = self._control, None
        self._out.clear()
        self._waiting_to_write = False
        if control is not None:
            if self._watcher is not None:
                self._watcher.remove(control.fileno())
            control.close()

    @staticmethod
    def _new_reader() -> FrameReader[AnyRequest]:
        return FrameReader(msgspec.msgpack.Decoder(AnyRequest))
