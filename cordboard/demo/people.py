"""Simulated people: what an agent and a caller do with their telephones.

Each is one coroutine over a `Phone`; every wait in it ends by itself, with the call, or with the demo. They
act on what they hear (a prompt, an answer), never on what the server's inside looks like.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from cordboard.demo.phone import Call, Phone
from cordboard.demo.plan import SUPPORT, AgentPlan, CallerPlan, Errand

PROMPT_WITHIN_S = 8.0
ANSWER_WITHIN_S = 10.0
TURN_PAUSE_S = 1.4
"""A talk is turn and turn about: after each sentence the speaker listens for about as long as one takes."""
HOURS_LONGEST_S = 30.0


class Greetings:
    """How a caller hears that an agent has come on the line: a person tells a voice from music, this tells by
    the number that the agent's telephone shows. `closing` is when nobody cares to wait any longer."""

    def __init__(self) -> None:
        self._heard: dict[str, asyncio.Event] = {}
        self.closing = asyncio.Event()

    def of(self, number: str) -> asyncio.Event:
        """Set when somebody greets the caller with that number."""
        return self._heard.setdefault(number, asyncio.Event())

    def forget(self, number: str) -> None:
        """That caller has gone."""
        self._heard.pop(number, None)


async def agent_works(
    phone: Phone, manners: Iterator[AgentPlan], sentences: Sequence[bytes], greetings: Greetings
) -> None:
    """Take one call after the other, for ever."""
    while True:
        call = await phone.incoming.get()
        plan = next(manners)
        if not await call.lasts(plan.pick_up_s):
            continue  # the caller gave up, or another phone was quicker
        await call.answer()
        greetings.of(call.caller).set()
        talking = asyncio.create_task(_talk(call, sentences, plan.voice, pause_first_s=0.3))
        try:
            if await call.lasts(plan.ends_talk_s if plan.ends_talk_s is not None else 3600.0):
                call.hang_up()
        finally:
            talking.cancel()


async def supervisor_listens(phone: Phone) -> None:
    """Answer every call and say nothing, until the other side ends it."""
    while True:
        call = await phone.incoming.get()
        await call.answer()
        await call.over.wait()


async def caller_calls(
    phone: Phone, plan: CallerPlan, number: str, sentences: Sequence[bytes], greetings: Greetings
) -> None:
    """One call, from dialling to its end."""
    greeted = greetings.of(plan.number)
    call = await phone.dial(number)
    try:
        if not await call.until(call.answered, ANSWER_WITHIN_S):
            return
        if not await call.until(call.talker.heard_sound, PROMPT_WITHIN_S):
            return
        if not await call.lasts(plan.key_after_s):
            return
        if not await _find_somebody(call, plan):
            return
        await call.first_of(greeted, greetings.closing, seconds=plan.patience_s)
        if greeted.is_set():
            await _talk_for(call, plan, sentences)
    finally:
        call.hang_up()
        greetings.forget(plan.number)


async def _find_somebody(call: Call, plan: CallerPlan) -> bool:
    """Choose from the menu and say who one is; False when there is nothing to wait for any more."""
    call.talker.press(plan.key)
    if plan.errand is Errand.ASK_HOURS:
        await call.lasts(HOURS_LONGEST_S)  # the flow tells them and hangs up
        return False
    if plan.key != SUPPORT:
        return True
    if not await call.lasts(1.5):
        return False
    for digit in f"{plan.customer}#":
        call.talker.press(digit)
        if not await call.lasts(plan.digit_every_s):
            return False
    return True


async def _talk_for(call: Call, plan: CallerPlan, sentences: Sequence[bytes]) -> None:
    talking = asyncio.create_task(_talk(call, sentences, plan.voice, pause_first_s=0.8))
    try:
        await call.lasts(plan.talk_s)
    finally:
        talking.cancel()


async def _talk(call: Call, sentences: Sequence[bytes], voice: int, *, pause_first_s: float) -> None:
    """Say one sentence after the other, with time for the other side between them."""
    await asyncio.sleep(pause_first_s)
    n = voice
    while not call.over.is_set():
        said_s = call.talker.say(sentences[n % len(sentences)])
        n += 1
        await asyncio.sleep(said_s * 1.6 + TURN_PAUSE_S)
