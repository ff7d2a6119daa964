"""Ears: what callers say to a flow, brought to the recogniser beside the call. Experimental, as `ivr.listening` is.

Data flow: `Listen` > an ear at the media worker, which cuts what is said into utterances > recogniser, in its own
process > `Heard`. Whoever cannot be understood (another language, no recogniser, too much to do) presses keys, which
go the way they always go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from ivr.effects import Listen
from ivr.events import Heard
from ivr.listening import ListeningError, SpeechRecognizer
from ivr.sound import RATE_HZ, from_ulaw
from telephony.calls.exchange import Exchange
from telephony.calls.leg import Leg, LegUtterance
from telephony.calls.tasks import Tasks

log = structlog.get_logger(__name__)

LANGUAGE = "en"
"""What the recogniser that comes along speaks."""
MOST_AT_ONCE = 8
"""Utterances that wait for the recogniser; it looks at one after the other, in a tenth of a second each."""
CLOSE_S = 15.0

Told = Callable[[Heard], None]


@dataclass(slots=True, eq=False)
class _Listening:
    """One step that listens."""

    order: Listen
    call: str
    leg: Leg
    told: Told


class Ears:
    """Every flow that listens. `recognizer` None: there is none on this machine, and keys do it all."""

    def __init__(self, recognizer: SpeechRecognizer | None) -> None:
        self._recognizer = recognizer
        self._exchange: Exchange
        self._listening: dict[str, _Listening] = {}
        self._at_once = 0
        self._tasks = Tasks("ears")

    def attach(self, exchange: Exchange) -> None:
        """Say which exchange carries the callers; before the first of them."""
        self._exchange = exchange

    def listen(self, order: Listen, call: str, leg: Leg, told: Told) -> None:
        """Tell of each utterance from now on, until `stop` or the caller's end."""
        if self._recognizer is None or order.language.partition("-")[0].lower() != LANGUAGE:
            why = "no recogniser is installed" if self._recognizer is None else f"not in {order.language}"
            log.info("flow.does_not_listen", call=call, why=why)
            return
        self._listening[order.listen_id] = _Listening(order, call, leg, told)
        self._exchange.hearing.listen(leg, utterances=True)

    def stop(self, listen_id: str) -> None:
        """Words are nobody's business any more; what is being looked at is not told."""
        listening = self._listening.pop(listen_id, None)
        if listening is not None:
            self._exchange.hearing.stop(listening.leg)

    def leave(self, leg: Leg) -> None:
        """The caller is gone."""
        for listen_id in [each for each, listening in self._listening.items() if listening.leg is leg]:
            del self._listening[listen_id]

    def heard(self, leg: Leg, event: LegUtterance) -> None:
        """A caller has said something."""
        for listening in self._listening.values():
            if listening.leg is leg:
                if self._at_once >= MOST_AT_ONCE:
                    log.warning("flow.utterance_dropped", call=listening.call)
                    return
                self._at_once += 1
                self._tasks.spawn(self._understand(listening, event.audio))
                return

    async def close(self) -> None:
        """Wait for what is being looked at, and end the recogniser."""
        await self._tasks.drain(deadline_s=CLOSE_S)
        if self._recognizer is not None:
            await self._recognizer.close()

    async def _understand(self, listening: _Listening, audio: bytes) -> None:
        order = listening.order
        try:
            if self._recognizer is None:
                return
            understood = await self._recognizer.recognize(
                from_ulaw(audio), RATE_HZ, order.phrases, repeat=order.repeat
            )
        except ListeningError as error:
            log.error("flow.not_understood", call=listening.call, why=str(error))
            return
        finally:
            self._at_once -= 1
        if self._listening.get(order.listen_id) is listening:
            listening.told(Heard(order.listen_id, understood.text, understood.confidence))
