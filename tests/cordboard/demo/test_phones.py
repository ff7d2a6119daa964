"""Two simulated telephones, no server between them: ring, answer, talk, digits, hang up, busy, refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from cordboard.demo.phone import HOST, Phone, PhoneError
from cordboard.demo.talker import Metronome
from cordboard.demo.voices import babble
from telephony.sip.address import Address

NOWHERE = Address("udp", HOST, 9)
DEADLINE_S = 5.0


@pytest.fixture
async def pair() -> AsyncIterator[tuple[Phone, Phone]]:
    """A caller whose "server" is the other telephone, and that one."""
    async with Metronome() as metronome:
        callee = Phone("callee", NOWHERE, metronome)
        await callee.start()
        caller = Phone("caller", Address("udp", HOST, callee.port), metronome)
        await caller.start()
        yield caller, callee
        await caller.close()
        await callee.close()


async def test_talk_from_ring_to_hang_up(pair: tuple[Phone, Phone]) -> None:
    caller, callee = pair
    call = await caller.dial("callee")
    async with asyncio.timeout(DEADLINE_S):
        ringing = await callee.incoming.get()
    assert ringing.caller == "caller"
    assert not call.answered.is_set()
    await ringing.answer()
    assert await call.until(call.answered, DEADLINE_S)
    call.talker.say(babble(1, 0.5, 120.0))
    assert await ringing.until(ringing.talker.heard_sound, DEADLINE_S)
    assert not call.talker.heard_sound.is_set(), "the callee said nothing"
    ringing.hang_up()
    assert not await call.lasts(DEADLINE_S)
    assert ringing.ended_by_us
    assert not call.ended_by_us


async def test_caller_gives_up_while_it_rings(pair: tuple[Phone, Phone]) -> None:
    caller, callee = pair
    call = await caller.dial("callee")
    async with asyncio.timeout(DEADLINE_S):
        ringing = await callee.incoming.get()
    call.hang_up()
    assert not await ringing.lasts(DEADLINE_S), "CANCEL ends the ringing"
    await ringing.answer()
    assert not ringing.answered.is_set()


async def test_second_caller_finds_the_line_busy(pair: tuple[Phone, Phone]) -> None:
    caller, callee = pair
    await caller.dial("callee")
    async with asyncio.timeout(DEADLINE_S):
        await callee.incoming.get()
        async with Metronome() as metronome:
            third = Phone("third", Address("udp", HOST, callee.port), metronome)
            await third.start()
            second = await third.dial("callee")
            await second.over.wait()
            assert not second.answered.is_set()
            await third.close()


async def test_registration_at_somebody_who_is_no_registrar_fails(pair: tuple[Phone, Phone]) -> None:
    caller, _ = pair
    with pytest.raises(PhoneError, match="caller: registration refused"):
        await caller.register("secret")
