"""Hearing: what is found in what a party says, as events of its leg: speech, silence, who answered, what was said, and
keys inside the audio of a trunk that has no other way for them.

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

    def settle(self, leg: Leg) -> None:
        """Offer and answer are done: listen for keys, if that is the only way they could come."""
        if self._wants_digits(leg):
            self._media.listen(leg.id, digits=True)

    def listen(
        self, leg: Leg, *, silence_s: float = 0.0, judge: bool = False, utterances: bool = False
    ) -> None:
        """Tell of speech, of silence that lasts so long (0: never), once of who answered (`judge`); bring what is said
        (`utterances`).

        Anew for each call, from now on: silence is counted from here. A leg that has no audio yet tells nothing."""
        if leg.has_media and not leg.is_over:
            digits = self._wants_digits(leg)
            self._media.listen(leg.id, digits=digits, silence_s=silence_s, judge=judge, utterances=utterances)

    def stop(self, leg: Leg) -> None:
        """Nobody waits for it any more."""
        self.listen(leg)

    def _wants_digits(self, leg: Leg) -> bool:
        """Phones agree on telephone-event as a rule; of those that do not, SIP INFO is to be hoped for."""
        alone = leg.remote is not None and leg.remote.dtmf_payload_type is None
        return alone and leg.trunk is not None and self._media.hears_digits


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
