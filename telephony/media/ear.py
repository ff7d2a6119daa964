"""An ear on one leg: what is heard in its audio, told to control. Only for legs that control asked to listen on.

It collects what the leg's remote says as 16-bit samples and looks at it a few times a second (`hear`), outside
the packet path: digits inside the audio, speech that begins and ends, who answered, and the speech itself. Where no
packets come (a muted phone, comfort noise) the silence is as long as the clock says.
"""

from typing import TYPE_CHECKING, Final

import numpy as np

from telephony.media.answering import AnsweringMachineDetector
from telephony.media.dtmf import KeyDown, KeyUp
from telephony.media.g711 import CLOCK_RATE_HZ, alaw_to_linear, linear_to_ulaw, ulaw_to_linear
from telephony.media.inband import InbandDigits
from telephony.media.messages import AnsweredBy, MediaEvent, SilenceHeard, SpeechStarted, UtteranceHeard
from telephony.media.rtp import PCMA_PAYLOAD_TYPE
from telephony.media.stream import HEADER_SIZE
from telephony.media.utterance import Utterances
from telephony.media.voice import BLOCK_S, VoiceActivity

if TYPE_CHECKING:
    from telephony.media.leg import Leg

LONGEST: Final = 4000
"""Bytes kept unheard at most: half a second; more means that nobody calls `hear`."""
SLACK_S: Final = 0.1
"""Packets may be late by this before silence is put in their place."""


class Ear:
    """A `Sink` of its leg."""

    def __init__(
        self,
        leg_id: str,
        *,
        digits: bool,
        silence_s: float,
        judge: bool,
        now: float,
        utterances: bool = False,
    ) -> None:
        self._leg_id = leg_id
        self._inband = InbandDigits() if digits else None
        self._silence_s = silence_s
        self._detector = AnsweringMachineDetector() if judge else None
        self._voice = VoiceActivity()
        self._utterances = Utterances() if utterances else None
        self._codes = bytearray()
        self._codec = 0
        self._heard_until = now
        """The clock when all that was fed so far was said."""
        self._speaking = False
        self._quiet_blocks = 0
        self._told = False

    def write(self, channel: int, codec: int, packet: memoryview, size: int, arrival: float) -> None:  # noqa: ARG002
        """One packet, a plain header taken for granted: an ear may misjudge a rare one with an extension."""
        self._codec = codec
        if len(self._codes) < LONGEST:
            self._codes += packet[HEADER_SIZE:size]

    def hear(self, leg: "Leg", now: float) -> list[MediaEvent]:
        """What was heard since the last call; digits go through the leg, like those of RFC 4733."""
        law = alaw_to_linear if self._codec == PCMA_PAYLOAD_TYPE else ulaw_to_linear
        samples = law(bytes(self._codes))
        self._codes.clear()
        self._heard_until += len(samples) / CLOCK_RATE_HZ
        missing_s = now - SLACK_S - self._heard_until
        if missing_s > 0:
            samples = np.concatenate((samples, np.zeros(int(missing_s * CLOCK_RATE_HZ), dtype=np.int16)))
            self._heard_until += missing_s
        if self._inband is not None:
            for happened in self._inband.feed(samples):
                self._key(leg, happened)
        events: list[MediaEvent] = []
        blocks = self._voice.feed(samples)
        for speaking in blocks:
            self._step(speaking, events)
        if self._utterances is not None:
            for said in self._utterances.feed(samples, blocks):
                events.append(UtteranceHeard(self._leg_id, linear_to_ulaw(said)))
        return events

    def _key(self, leg: "Leg", happened: KeyDown | KeyUp) -> None:
        if leg.remote is not None and leg.remote.dtmf_payload_type is not None:
            return  # telephone-event was agreed on since: told once is enough
        leg.digits.key(leg, happened)

    def _step(self, speaking: bool, events: list[MediaEvent]) -> None:
        if self._detector is not None:
            judgement = self._detector.feed(speaking)
            if judgement is not None:
                events.append(
                    AnsweredBy(self._leg_id, judgement.answerer, judgement.reason, judgement.after_s)
                )
        if speaking:
            if not self._speaking:
                events.append(SpeechStarted(self._leg_id))
            self._speaking, self._quiet_blocks, self._told = True, 0, False
            return
        self._speaking = False
        self._quiet_blocks += 1
        silent_s = self._quiet_blocks * BLOCK_S
        if self._silence_s > 0 and silent_s >= self._silence_s and not self._told:
            self._told = True
            events.append(SilenceHeard(self._leg_id, round(silent_s, 2)))
