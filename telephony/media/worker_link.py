"""Control's end of one control channel: requests that await their reply, events as they come. asyncio.

WorkerLink.attach(path)   ->  a link, after the worker's Hello
link.ask(request)         ->  reply (Refused becomes an exception)
link.tell(request)            no answer wanted; sent with others
"""

import asyncio
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TypeVar

import msgspec

from telephony.media import messages as m
from telephony.media.errors import LocalProtocolError, NoPortAvailable, RemoteProtocolError, WorkerUnavailable
from telephony.media.framing import FrameReader, frame
from telephony.media.unix_address import unix_address

ANSWER_S = 10.0
LINGER_S, LATEST_S = 0.020, 0.040
"""How long after the last ones left a message that is not needed soon waits for company: it leaves with the first that
is told after the one, and by itself after the other. After a silence it leaves at once."""
AnyReplyT = TypeVar("AnyReplyT", bound=m.Reply)


class WorkerLink:
    """One attached worker."""

    def __init__(
        self,
        hello: m.Hello,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        frames: "FrameReader[m.FromWorker]",
    ) -> None:
        self.hello = hello
        self.legs: set[str] = set()
        """Ids of the legs that control knows to be here."""
        self._reader = reader
        self._writer = writer
        self._frames = frames
        self._numbers = count(1)
        self._answers: dict[int, asyncio.Future[m.Reply]] = {}
        self._gone = False
        self._out = bytearray()
        self._loop = asyncio.get_running_loop()
        self._leaves_now = False
        self._left_at = 0.0
        self._leaves_later: asyncio.TimerHandle | None = None

    @classmethod
    async def attach(cls, path: Path) -> tuple["WorkerLink", list[m.FromWorker]]:
        """Connect and wait for Hello; also gives the messages that came with it. OSError, WorkerUnavailable."""
        with unix_address(path) as address:
            reader, writer = await asyncio.open_unix_connection(address)
        frames: FrameReader[m.FromWorker] = FrameReader(msgspec.msgpack.Decoder(m.FromWorker))
        messages: list[m.FromWorker] = []
        try:
            while not messages:
                async with asyncio.timeout(ANSWER_S):
                    data = await reader.read(65536)
                if not data:
                    raise WorkerUnavailable(f"the worker at {path} is just ending")
                messages.extend(frames.receive(data))
            hello = messages[0]
            if not isinstance(hello, m.Hello) or hello.version != m.PROTOCOL_VERSION:
                raise WorkerUnavailable(f"the worker at {path} is of another version: stop it first")
        except (RemoteProtocolError, TimeoutError) as error:
            writer.close()
            raise WorkerUnavailable(f"the worker at {path} does not answer: {error}") from error
        except WorkerUnavailable:
            writer.close()
            raise
        return cls(hello, reader, writer, frames), messages[1:]

    def tell(self, request: m.AnyRequest, *, soon: bool = True) -> None:
        """Void if the worker is gone: `WorkerLost` says so for all its legs.

        What is told in one turn of the loop leaves together; what is not needed `soon` waits for company, for under
        load the system call and the wake-ups, control's and the worker's, cost more than the message.
        """
        if self._gone:
            return
        self._out += frame(request)
        if self._leaves_now:
            return
        if soon or self._loop.time() - self._left_at >= LINGER_S:
            self._leaves_now = True
            self._loop.call_soon(self._flush)
        elif self._leaves_later is None:
            self._leaves_later = self._loop.call_at(self._left_at + LATEST_S, self._flush)

    def _flush(self) -> None:
        self._leaves_now, self._left_at = False, self._loop.time()
        if self._leaves_later is not None:
            self._leaves_later.cancel()
            self._leaves_later = None
        if self._out and not self._gone:
            self._writer.write(bytes(self._out))
        self._out.clear()

    async def ask(self, request: m.AnyRequest, kind: type[AnyReplyT]) -> AnyReplyT:
        """The worker's answer. NoPortAvailable, LocalProtocolError, WorkerUnavailable."""
        if self._gone:
            raise WorkerUnavailable(f"media worker {self.hello.worker} is gone")
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        self.tell(msgspec.structs.replace(request, number=number))
        try:
            # Not wait_for: until Python 3.12 it could lose a cancellation that met the answer.
            async with asyncio.timeout(ANSWER_S):
                reply = await answer
        except TimeoutError as error:
            raise WorkerUnavailable(f"media worker {self.hello.worker} does not answer") from error
        finally:
            self._answers.pop(number, None)
        if isinstance(reply, m.Refused):
            raise NoPortAvailable(reply.reason) if reply.no_port else LocalProtocolError(reply.reason)
        if not isinstance(reply, kind):
            raise WorkerUnavailable(f"media worker {self.hello.worker} answered {reply!r}")
        return reply

    async def listen(self, on_event: Callable[[m.MediaEvent], None]) -> None:
        """Deliver messages until the worker is gone; then whoever waits for an answer gets WorkerUnavailable."""
        try:
            while data := await self._reader.read(65536):
                for message in self._frames.receive(data):
                    self.deliver(message, on_event)
        except (OSError, RemoteProtocolError):
            pass  # gone is gone, however it went
        finally:
            self._gone = True
            self._writer.close()
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(WorkerUnavailable(f"media worker {self.hello.worker} is gone"))

    def deliver(self, message: m.FromWorker, on_event: Callable[[m.MediaEvent], None]) -> None:
        if isinstance(message, m.Hello):
            return
        if isinstance(message, m.Reply):
            answer = self._answers.get(message.number)
            if answer is not None and not answer.done():
                answer.set_result(message)
            return
        if isinstance(message, m.LegReleased):
            self.legs.discard(message.leg_id)
        # Through the loop: a mistake in the application's handler must not end the link.
        asyncio.get_running_loop().call_soon(on_event, message)

    async def close(self) -> None:
        """Detach; the worker goes on."""
        self._flush()
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except OSError:
            pass  # the worker closed first
