"""What is done to one party, as commands to rtpengine; each returns when they are answered. asyncio.

None of them waits for its turn in the call: whoever calls them holds it.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from telephony.media.errors import LocalProtocolError
from telephony.media.rtpengine.bencode import Dictionary
from telephony.media.rtpengine.descriptions import joining, port_in, remote_description, stand_in
from telephony.media.rtpengine.figures import Heard, heard_of
from telephony.media.rtpengine.ng import NgLink, NgRefused
from telephony.media.rtpengine.party import Call, Party
from telephony.media.rtpengine.prompt_folder import PromptFolder

FOR_EVER: Final = 1_000_000
"""Repetitions of music: of one second, eleven days."""
DIGIT_MS: Final = 100
PAUSE_MS: Final = 100


class Commands:
    """Everything that rtpengine is asked to do with legs."""

    def __init__(self, link: NgLink, prompts: PromptFolder) -> None:
        self._link = link
        self._prompts = prompts

    async def open(self, party: Party) -> None:
        """Its port, towards a remote that is not known yet."""
        party.port = port_in(await self._offer_stand_in(party))

    async def point(self, party: Party) -> None:
        """Its remote is known, or is another now."""
        if party.bridged is not None and party.bridged.remote is not None:
            await self._join(party, party.bridged)
        else:
            await self._answer_stand_in(party)

    async def bridge(self, one: Party, other: Party) -> None:
        """Let both remotes hear each other, unless they were parted before their turn came."""
        if one.bridged is other:
            await self._join(one, other)

    async def part(self, party: Party) -> None:
        """Nobody is heard by this party any more, unless it was bridged anew."""
        if party.bridged is None and party.remote is not None:
            await self._offer_stand_in(party)
            await self._answer_stand_in(party)

    async def play(self, party: Party, files: Sequence[Path], *, loop: bool) -> float | None:
        """How many seconds will be played; None: for ever. OSError, NgRefused."""
        file = await asyncio.to_thread(self._prompts.file_for, files)
        answer = await self._link.ask(
            "play media",
            call_id=party.call.call_id,
            from_tag=party.leg_id,
            file=str(file.absolute()),
            repeat_times=FOR_EVER if loop else 1,
        )
        duration_ms = answer.get("duration")
        if loop:
            return None
        return duration_ms / 1000 if isinstance(duration_ms, int) else 0.0

    async def silence(self, party: Party) -> None:
        """Nothing of ours is played to it any more."""
        with contextlib.suppress(NgRefused):  # it was over already
            await self._link.ask("stop media", call_id=party.call.call_id, from_tag=party.leg_id)

    async def put_in(self, party: Party, digits: str) -> None:
        """Press keys for the party that this one is bridged with: rtpengine hides them in what the peer says."""
        peer = party.bridged
        if peer is None:
            raise LocalProtocolError("rtpengine puts digits into a running talk only")
        await self._join(party, peer, digits=True)
        for digit in digits:
            peer.put_in.append(digit)
            await self._link.ask(
                "play DTMF",
                call_id=party.call.call_id,
                from_tag=peer.leg_id,
                code=digit,
                duration=DIGIT_MS,
                pause=PAUSE_MS,
            )

    async def heard(self, party: Party) -> Heard:
        """Its figures; NgRefused if rtpengine has no such call any more."""
        answer = await self._link.ask("query", call_id=party.call.call_id)
        return heard_of(answer, party.leg_id)

    async def delete(self, call: Call) -> None:
        """The call with all its ports."""
        with contextlib.suppress(NgRefused):  # it ended it itself
            await self._link.ask("delete", call_id=call.call_id, delete_delay=0)

    async def _offer_stand_in(self, party: Party) -> Dictionary:
        known = party.leg_id if party.is_known else ""
        fields = joining(party.call.call_id, party.stand_in, known, stand_in())
        return await self._link.ask("offer", **fields)

    async def _answer_stand_in(self, party: Party) -> None:
        assert party.remote is not None
        description = remote_description(party.remote)
        fields = joining(party.call.call_id, party.stand_in, party.leg_id, description)
        await self._link.ask("answer", **fields)
        party.is_known = True

    async def _join(self, one: Party, other: Party, *, digits: bool = False) -> None:
        if one.remote is None or other.remote is None:
            return  # `point` does it when it is known
        for party in (one, other):
            if not party.is_known:
                await self._answer_stand_in(party)
        call_id = one.call.call_id
        transcode = other.remote.codec if other.remote.codec != one.remote.codec else None
        here, there = remote_description(one.remote), remote_description(other.remote)
        offer = joining(call_id, one.leg_id, other.leg_id, here, transcode=transcode, digits=digits)
        await self._link.ask("offer", **offer)
        await self._link.ask("answer", **joining(call_id, one.leg_id, other.leg_id, there, digits=digits))
