"""Whether rtpengine is there, has our calls, and hears our parties: it says nothing by itself. asyncio.

Every two seconds it is asked for a sign of life. Each call is looked at a few times within the silence that is
allowed, the calls spread evenly over that time. What is found is told by the events that a worker would send:
`WorkerLost` for legs without media, `RtpTimeout` for a remote that is silent for too long.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Final

from telephony.media.errors import LocalProtocolError, RemoteProtocolError, WorkerUnavailable
from telephony.media.messages import MediaEvent, RtpTimeout, WorkerLost
from telephony.media.rtpengine.bencode import Dictionary
from telephony.media.rtpengine.figures import heard_of
from telephony.media.rtpengine.ng import NgLink
from telephony.media.rtpengine.party import Call, Party

PING_EVERY_S: Final = 2.0
LOOKS: Final = 4
"""At a call, within the silence allowed."""


class Watch:
    """Runs as long as the client does."""

    def __init__(
        self,
        link: NgLink,
        talking_s: float,
        held_s: float,
        calls: Mapping[str, Call],
        emit: Callable[[MediaEvent], None],
        forget: Callable[[Call], None],
    ) -> None:
        self._link = link
        self._talking_s = talking_s
        self._held_s = held_s
        self._calls = calls
        self._emit = emit
        self._forget = forget

    async def run(self) -> None:
        """Until cancelled."""
        look_every_s = self._talking_s / LOOKS
        look_at = 0.0
        while True:
            await asyncio.sleep(min(PING_EVERY_S, look_every_s))
            now = time.monotonic()
            try:
                await self._link.ask("ping")
                if now >= look_at:
                    look_at = now + look_every_s
                    await self._look_at_all()
            except WorkerUnavailable:
                self._lose(*self._calls.values())
            except (LocalProtocolError, RemoteProtocolError):
                continue  # it lives, and has something else to say

    async def _look_at_all(self) -> None:
        for call in tuple(self._calls.values()):
            if not any(party.remote is not None for party in call.parties.values()):
                continue  # just being opened
            try:
                answer = await self._link.ask("query", call_id=call.call_id)
            except LocalProtocolError:
                if call.call_id in self._calls:
                    self._lose(call)
                continue
            for party in tuple(call.parties.values()):
                self.check(party, answer, time.time())

    def check(self, party: Party, answer: Dictionary, utc_s: float) -> None:
        """Tell once of a silence that is too long; again only after the remote was heard anew."""
        if party.remote is None:
            return
        heard_at = max(party.opened_at_utc_s, heard_of(answer, party.leg_id).last_packet_utc_s)
        limit_s = self._talking_s if party.remote.receiving else self._held_s
        if utc_s - heard_at >= limit_s and party.told_silent_since != heard_at:
            party.told_silent_since = heard_at
            self._emit(RtpTimeout(party.leg_id, utc_s - heard_at))

    def _lose(self, *calls: Call) -> None:
        legs = tuple(sorted(leg for call in calls for leg in call.parties))
        for call in calls:
            self._forget(call)
        if legs:
            self._emit(WorkerLost(0, legs))
