"""Hearing: what is found in what a party says, as events of its leg: speech, silence, who answered, what was said.

Data flow: `Exchange.hearing.listen(leg, ...)` -> an ear at the media worker -> `LegSpeech`, `LegSilence`,
`LegAnsweredBy` and `LegUtterance` to the leg's listener. Owns nothing; an ear costs the worker a little for each
packet, so it is put on only for as long as somebody waits for what it tells.
"""

from __future__ import annotations

from telephony.calls.leg import Leg, LegAnsweredBy, LegSilence, LegSpeech, LegUtterance
from telephony.media.engine import MediaEngine
from telephony.media.messages import AnsweredBy, SilenceHeard, SpeechStarted, UtteranceHeard

Heard = AnsweredBy | SilenceHeard | SpeechStarted | UtteranceHeard


class Hearing:
    """The ears on all legs."""

    def __init__(self, media: MediaEngine) -> None:
        self._media = media

    def listen(
        self, leg: Leg, *, silence_s: float = 0.0, judge: bool = False, utterances: bool = False
    ) -> None:
        """Tell of speech, of silence that lasts so long (0: never), once of who answered (`judge`); bring what is said
        (`utterances`).

        Anew for each call, from now on: silence is counted from here. A leg that has no audio yet tells nothing."""
        if leg.has_media and not leg.is_over:
            self._media.listen(leg.id, silence_s=silence_s, judge=judge, utterances=utterances)

    def stop(self, leg: Leg) -> None:
        """Nobody waits for it any more."""
        self.listen(leg)


def event_of(heard: Heard) -> LegSpeech | LegSilence | LegAnsweredBy | LegUtterance:
    """What a leg's listener is told."""
    match heard:
        case SpeechStarted():
            return LegSpeech()
        case SilenceHeard(silent_s=silent_s):
            return LegSilence(silent_s)
        case AnsweredBy(answerer=answerer, reason=reason, after_s=after_s):
            return LegAnsweredBy(answerer, reason, after_s)
        case UtteranceHeard(audio=audio):
            return LegUtterance(audio)
