"""The coverage-guided fuzz target of everything that reads bytes of SIP: `python -m tests.fuzz.sip_target 60`.

Whatever the bytes: reading gives a message or RemoteProtocolError; a message that was read and written again means
the same; and a whole user agent that receives them raises nothing. Seeds are the torture tests' own messages. What is
found is written to the folder that the command names, and the process exits with a failure.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["telephony"]):
    from telephony.sip.address import Address
    from telephony.sip.config import UserAgentConfig
    from telephony.sip.errors import RemoteProtocolError
    from telephony.sip.framing import StreamFramer
    from telephony.sip.message import Request, Response
    from telephony.sip.parser import check, parse_message
    from telephony.sip.sdp import SessionDescription
    from telephony.sip.user_agent import UserAgent

from tests.fuzz.meaning import meaning_of, rewritten

TORTURE = ("test_rfc4475_valid", "test_rfc4475_invalid", "test_rfc4475_layers", "test_rfc5118")
SOURCE = Address("udp", "192.0.2.7", 5060)
STREAM = Address("tcp", "192.0.2.7", 50600)
LONGEST = 4096


class NobodyKnown:
    """Credentials of nobody."""

    def password(self, user: str, realm: str) -> None:
        del user, realm


def seeds() -> Iterator[bytes]:
    """Every message that the torture tests make, got by running those that need nothing else."""
    made: list[bytes] = []

    def noting(make: Callable[..., bytes]) -> Callable[..., bytes]:
        def note(*arguments: str) -> bytes:
            made.append(make(*arguments))
            return made[-1]

        return note

    for name in TORTURE:
        module = importlib.import_module(f"tests.torture.{name}")
        for maker in ("wire", "with_length"):
            if hasattr(module, maker):
                setattr(module, maker, noting(getattr(module, maker)))
        for test_name, test in inspect.getmembers(module, inspect.isfunction):
            if test_name.startswith("test_") and not inspect.signature(test).parameters:
                test()
    yield from (message for message in made if b"SIP" in message)


class Target:
    """A user agent that lives through all inputs, and a clock that runs."""

    def __init__(self) -> None:
        names, self.now = count(), 0.0
        self.agent = UserAgent(
            UserAgentConfig(local_addresses={"udp": ("192.0.2.1", 5060), "tcp": ("192.0.2.1", 5060)}),
            credentials=NobodyKnown(),  # type: ignore[arg-type]
            new_id=lambda: f"id{next(names)}",
        )

    def feed(self, data: bytes) -> None:
        """One input."""
        try:
            message = parse_message(data)
            check(message)
        except RemoteProtocolError:
            pass
        else:
            read_all(message)
            assert meaning_of(rewritten(message)) == meaning_of(message)
        self.now += 0.5
        for source in (SOURCE, STREAM):
            self.agent.receive(data, source, self.now)
        self.agent.handle_timer(self.now)
        while self.agent.next_event() is not None:
            pass
        self.agent.to_send(self.now)
        read_stream(data)


def read_all(message: Request | Response) -> None:
    """Every field that the server reads; each may be refused."""
    readers: tuple[Callable[[], object], ...] = (
        lambda: message.via,
        lambda: message.from_,
        lambda: message.to,
        lambda: message.contact,
        lambda: message.headers("require"),
        lambda: message.headers("record-route"),
        lambda: SessionDescription.parse(message.body),
        lambda: message.uri if isinstance(message, Request) else None,
    )
    for read in readers:
        try:
            read()
        except RemoteProtocolError:
            continue


def read_stream(data: bytes) -> None:
    """The same bytes on a connection, cut anywhere."""
    framer, frames = StreamFramer(), list[bytes]()
    try:
        for part in (data[: len(data) // 2], data[len(data) // 2 :]):
            framer.feed_into(part, frames)
    except RemoteProtocolError:
        pass


def main(seconds: int) -> None:
    """Fuzz for so long."""
    found = Path("fuzz-found")
    corpus = found / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds()):
        (corpus / f"seed{number}").write_bytes(seed)
    options = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-timeout=10", "-rss_limit_mb=2048"]
    atheris.Setup([sys.argv[0], str(corpus), f"-artifact_prefix={found}/", *options], Target().feed)
    atheris.Fuzz()


if __name__ == "__main__":
    main(int(sys.argv[1]))
