from collections.abc import AsyncIterator

import pytest

from telephony.media.errors import RemoteProtocolError, WorkerUnavailable
from telephony.media.rtpengine import ng
from telephony.media.rtpengine.ng import NgLink, NgRefused
from tests.telephony.media.rtpengine.fake_rtpengine import FakeRtpengine


@pytest.fixture
async def far() -> AsyncIterator[FakeRtpengine]:
    fake = FakeRtpengine()
    yield fake
    fake.close()


@pytest.fixture
async def link(far: FakeRtpengine) -> AsyncIterator[NgLink]:
    joined = NgLink(await far.open(), "x")
    await joined.open()
    yield joined
    joined.close()


async def test_a_command_and_its_answer(far: FakeRtpengine, link: NgLink) -> None:
    assert (await link.ask("ping"))["result"] == "pong"
    await link.ask("play media", call_id="c", from_tag="a", repeat_times=2)
    assert far.commands[1] == {"command": "play media", "call-id": "c", "from-tag": "a", "repeat-times": 2}


async def test_a_lost_command_is_repeated(
    far: FakeRtpengine, link: NgLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ng, "TRIES_S", (0.01, 0.01, 30.0))
    far.lose = 2
    assert (await link.ask("ping"))["result"] == "pong"
    assert far.datagrams == 3


async def test_nobody_answers(far: FakeRtpengine, link: NgLink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ng, "TRIES_S", (0.01, 0.01))
    far.lose = 99
    with pytest.raises(WorkerUnavailable, match=r"^rtpengine at 127\.0\.0\.1:\d+ does not answer$"):
        await link.ask("ping")


async def test_a_refusal_says_why(far: FakeRtpengine, link: NgLink) -> None:
    far.refuse["query"] = "Unknown call-id"
    with pytest.raises(NgRefused, match=r"^rtpengine refused query: Unknown call-id$"):
        await link.ask("query", call_id="c")


async def test_an_answer_that_is_none(far: FakeRtpengine, link: NgLink) -> None:
    link.datagram_received(b"unknown d6:result2:oke", ("127.0.0.1", 1))
    far.lose = 1
    asking = link.ask("ping")
    import asyncio

    task = asyncio.create_task(asking)
    while not far.datagrams:
        await asyncio.sleep(0)
    link.datagram_received(b"x1 rubbish", ("127.0.0.1", 1))
    with pytest.raises(RemoteProtocolError):
        await task


async def test_a_closed_link_asks_nothing(link: NgLink) -> None:
    link.close()
    with pytest.raises(WorkerUnavailable, match="not connected"):
        await link.ask("ping")
