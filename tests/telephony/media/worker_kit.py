"""A worker under test: control with the events it was told, and phones on loopback. Waits are for events, never for
time to pass."""

import asyncio
import random
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

import pytest

from telephony.media.client import MediaClient
from telephony.media.dtmf import DigitSender
from telephony.media.messages import (
    MediaConfig,
    MediaEvent,
    RemoteMedia,
    SourceLocked,
)
from telephony.media.rtp import RtpPacket
from tests.ports import OURS

DEADLINE_S = 30.0
HOST = "127.0.0.1"
AUDIO = bytes(range(160))
WORKER_PORTS = OURS[: len(OURS) // 2]
"""Those that workers under test hand out; phones have the others."""
Kind = TypeVar("Kind")


class Told:
    """The events of a media engine, as they come."""

    def __init__(self) -> None:
        self.events: list[MediaEvent] = []
        self._told = asyncio.Event()

    def _on_event(self, event: MediaEvent) -> None:
        self.events.append(event)
        self._told.set()

    async def event(self, kind: type[Kind]) -> Kind:
        """The next event of that kind; it and all before it are taken off the list."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                for index, event in enumerate(self.events):
                    if isinstance(event, kind):
                        del self.events[: index + 1]
                        return event
                self._told.clear()
                await self._told.wait()


class Control(Told):
    """A client and the events it was told."""

    def __init__(self, config: MediaConfig) -> None:
        super().__init__()
        self.config = config
        self.client = MediaClient(config, self._on_event)


class Phone:
    """A remote: RTP on one port, RTCP on the next."""

    def __init__(self) -> None:
        self.rtp, self.rtcp = self._sockets()
        self.port = self.rtp.getsockname()[1]
        self.to = 0
        self.sequence = 0
        self.timestamp = 0

    @staticmethod
    def _sockets() -> tuple[socket.socket, socket.socket]:
        for port in OURS[len(WORKER_PORTS) :: 2]:
            rtp, rtcp = (
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) for _ in "12"
            )
            try:
                rtp.bind((HOST, port))
                rtcp.bind((HOST, port + 1))
            except OSError:
                rtp.close()
                rtcp.close()
            else:
                return rtp, rtcp
        raise AssertionError("no free ports")

    def remote(self, **more: object) -> RemoteMedia:
        return replace(RemoteMedia(HOST, self.port, "PCMU", 0, 101), **more)  # type: ignore[arg-type]

    def say(self, payload: bytes = AUDIO, *, kind: int = 0, timestamp: int | None = None) -> None:
        self.sequence = self.sequence + 1 & 0xFFFF
        self.timestamp += 160
        packet = RtpPacket(
            kind, self.sequence, self.timestamp if timestamp is None else timestamp, 0x77, payload
        )
        self.rtp.sendto(bytes(packet), (HOST, self.to))

    def press(self, digits: str) -> None:
        sender = DigitSender()
        sender.queue(digits)
        while sender.active:
            packet = sender.next_packet(self.timestamp)
            if packet is not None:
                self.say(packet.payload, kind=101, timestamp=packet.timestamp)
            self.timestamp += 160

    async def hear(self) -> RtpPacket:
        async with asyncio.timeout(DEADLINE_S):
            return RtpPacket.parse(await asyncio.get_running_loop().sock_recv(self.rtp, 2000))

    async def hear_until(self, wanted: Callable[[RtpPacket], bool]) -> list[RtpPacket]:
        heard = [await self.hear()]
        while not wanted(heard[-1]):
            heard.append(await self.hear())
        return heard

    def waiting(self) -> list[RtpPacket]:
        found = []
        while True:
            try:
                found.append(RtpPacket.parse(self.rtp.recv(2000)))
            except BlockingIOError:
                return found

    def close(self) -> None:
        self.rtp.close()
        self.rtcp.close()


def made_phones() -> Iterator[Callable[[], Phone]]:
    """A fixture's: phones as they are needed, closed with the test."""
    phones: list[Phone] = []

    def make() -> Phone:
        phones.append(Phone())
        return phones[-1]

    yield make
    for phone in phones:
        phone.close()


async def connect(control: Control, leg_id: str, phone: Phone, **more: object) -> None:
    """A leg whose remote is the phone, which has been heard and locked on to."""
    phone.to = (await control.client.open_leg(leg_id)).port
    control.client.set_remote(leg_id, phone.remote(**more))
    await phone.hear()  # the silence that opens the path
    phone.say()
    locked = await control.event(SourceLocked)
    assert (locked.leg_id, locked.port) == (leg_id, phone.port)


def free_pair() -> int:
    """An even port that is free with the next one."""
    for port in random.sample(WORKER_PORTS[::2], 200):
        with socket.socket(type=socket.SOCK_DGRAM) as even, socket.socket(type=socket.SOCK_DGRAM) as odd:
            try:
                even.bind((HOST, port))
                odd.bind((HOST, port + 1))
            except OSError:
                continue
            return port
    pytest.fail("no two free ports in a row")
