"""Fixtures for tests on real sockets: both event loops, stations that are closed afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import uvloop

from telephony.sip.listeners import Listener
from tests.telephony.sip.stations import Station


@pytest.fixture(params=[asyncio.DefaultEventLoopPolicy, uvloop.EventLoopPolicy], ids=["asyncio", "uvloop"])
def both_loops(request) -> asyncio.AbstractEventLoopPolicy:
    """Either loop: their transports differ. A module of socket tests makes it its `event_loop_policy`."""
    return request.param()


@pytest.fixture
async def station() -> AsyncIterator[Callable[..., object]]:
    """`await station(name, "tls:127.0.0.1:0", ...)`: UDP and TCP on one port, and what else is named."""
    made: list[Station] = []

    async def make(name: str, *listen: str, **options) -> Station:
        new = Station(name, **options)
        made.append(new)
        await new.endpoint.start("127.0.0.1", 0)
        await new.endpoint.listen([Listener.parse(each) for each in listen])
        return new

    yield make
    for each in made:
        await each.endpoint.close()
