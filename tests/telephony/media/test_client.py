"""Control's view of the workers, over loopback with the worker as a process: no stand-ins."""

import asyncio
import os
import signal

import pytest

from telephony.media.errors import LocalProtocolError, NoPortAvailable
from telephony.media.messages import (
    LegStatistics,
    RemoteMedia,
    WorkerLost,
)
from tests.telephony.media.worker_kit import DEADLINE_S, free_pair


async def test_what_cannot_be(new_control, new_phone) -> None:
    first = free_pair()
    control = new_control(port_min=first, port_max=first + 1)
    await control.client.start()
    await control.client.open_leg("a")
    with pytest.raises(NoPortAvailable):
        await control.client.open_leg("b")
    with pytest.raises(LocalProtocolError, match=r"^leg a is open already$"):
        await control.client.open_leg("a")
    with pytest.raises(LocalProtocolError, match=r"^no leg x$"):
        await control.client.open_leg("c", near="x")
    control.client.set_remote("a", RemoteMedia("phone.example.com", 4, "PCMU", 0, None))
    control.client.play("gone", "p", [])
    control.client.bridge("a", "gone")
    assert (await control.client.statistics()).ignored_commands == 2
    assert await control.client.close_leg("gone") == LegStatistics()


async def test_legs_are_spread_over_workers_and_kept_together_for_a_bridge(new_control) -> None:
    control = new_control(workers=2)
    await control.client.start()
    for name in "abcd":
        await control.client.open_leg(name)
    await control.client.open_leg("near-b", near="b")
    homes = {leg.leg_id: leg.worker for leg in await control.client.list_legs()}
    assert sorted(homes[name] for name in "abcd") == [0, 0, 1, 1]
    assert homes["near-b"] == homes["b"]
    ports = {leg.worker: leg.port for leg in await control.client.list_legs()}
    middle = (control.config.port_min + control.config.port_max + 1) // 2
    assert ports[0] < middle <= ports[1]
    apart = next(name for name in "acd" if homes[name] != homes["b"])
    with pytest.raises(LocalProtocolError, match="are in different workers"):
        control.client.bridge("b", apart)
    assert (await control.client.statistics()).workers == 2


async def test_a_second_control_replaces_the_first(new_control) -> None:
    first, second = new_control(), new_control()
    await first.client.start()
    await first.client.open_leg("a")
    assert (
        len(await first.client.list_legs()) == 1
    )  # the worker has heard of it: what is told leaves in batches
    first.client._closing = True  # it hangs: it would come back otherwise
    await second.client.start()
    assert [leg.leg_id for leg in await second.client.list_legs()] == ["a"]


async def test_a_worker_that_dies_is_told_and_replaced(new_control, config) -> None:
    control = new_control()
    await control.client.start()
    await control.client.open_leg("a")
    os.kill(control.client._links[0].hello.pid, signal.SIGKILL)
    assert await control.event(WorkerLost) == WorkerLost(0, ("a",))
    assert await control.client.close_leg("a") == LegStatistics()
    async with asyncio.timeout(DEADLINE_S):
        while not control.client._links:
            await asyncio.sleep(0.01)
    await control.client.open_leg("a")
