"""Who answered an outbound call, a human or a machine: a first judgement by the rhythm of the first seconds.

People say a word or two and wait; machines talk on, or beep. Sans-IO: fed with one bool for 20 ms of voice activity.

    human      a first utterance shorter than GREETING_S, then silence for PAUSE_S
    machine    an utterance that goes on for longer than GREETING_S, or the talk in all longer than TALK_S
    unknown    nothing was said for SILENCE_S, or no judgement by LONGEST_S
"""

from dataclasses import dataclass
from typing import Final, Literal

from telephony.media.voice import BLOCK_S, HANGOVER_BLOCKS

Answerer = Literal["human", "machine", "unknown"]
GREETING_S: Final = 1.9
PAUSE_S: Final = 0.9
TALK_S: Final = 2.4
SILENCE_S: Final = 4.0
LONGEST_S: Final = 7.0


@dataclass(frozen=True, slots=True)
class Judgement:
    answerer: Answerer
    reason: str
    after_s: float
    """Since the answer."""


class AnsweringMachineDetector:
    """One judgement a call; afterwards it says nothing more."""

    def __init__(self) -> None:
        self._blocks = self._talk = self._utterance = self._silence = 0
        self._judged = False

    def feed(self, speaking: bool) -> Judgement | None:
        """The next 20 ms."""
        if self._judged:
            return None
        self._blocks += 1
        if speaking:
            self._talk += 1
            self._utterance += 1
            self._silence = 0
        else:
            self._silence += 1
            if self._silence * BLOCK_S >= PAUSE_S / 2:
                self._utterance = 0
        return self._judge()

    def _judge(self) -> Judgement | None:
        hangover_s = HANGOVER_BLOCKS * BLOCK_S  # voice activity ends that much after the voice
        talk_s, silence_s = self._talk * BLOCK_S, self._silence * BLOCK_S
        if self._utterance * BLOCK_S > GREETING_S:
            return self._say("machine", f"talks on for {GREETING_S} s")
        if talk_s > TALK_S:
            return self._say("machine", f"talked for {TALK_S} s")
        if self._talk and silence_s + hangover_s >= PAUSE_S:
            return self._say("human", "said something short and waits")
        if not self._talk and silence_s >= SILENCE_S:
            return self._say("unknown", f"silent for {SILENCE_S} s")
        if self._blocks * BLOCK_S >= LONGEST_S:
            return self._say("unknown", f"no judgement in {LONGEST_S} s")
        return None

    def _say(self, answerer: Answerer, reason: str) -> Judgement:
        self._judged = True
        return Judgement(answerer, reason, round(self._blocks * BLOCK_S, 2))
