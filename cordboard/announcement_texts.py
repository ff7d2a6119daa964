"""What waiting callers are told, in words, by language: their place, and how long it may take.

A language is what the voice calls it (`en-gb`, `de`); its first part says which words. Unknown ones get English words
and an English voice, so that at least the two fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from acd.estimate import Estimate
from ivr.effects import Speech

MINUTE_S = 60.0
LONGEST_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of one language; `{n}` is a number. `hold` is for who was rung back."""

    next: str
    position: str
    soon: str
    minute: str
    minutes: str
    long: str
    hold: str


WORDS: Mapping[str, Words] = {
    "en": Words(
        "You are next.",
        "You are number {n}.",
        "The wait is less than a minute.",
        "The wait is about one minute.",
        "The wait is about {n} minutes.",
        "The wait is more than an hour.",
        "You asked us to call you back. Please hold the line, we are connecting you.",
    ),
    "de": Words(
        "Sie sind als Nächstes an der Reihe.",
        "Sie sind an Position {n}.",
        "Die Wartezeit beträgt weniger als eine Minute.",
        "Die Wartezeit beträgt etwa eine Minute.",
        "Die Wartezeit beträgt etwa {n} Minuten.",
        "Die Wartezeit beträgt mehr als eine Stunde.",
        "Sie hatten um einen Rückruf gebeten. Bitte bleiben Sie am Apparat, wir verbinden Sie.",
    ),
    "fr": Words(
        "Vous êtes le prochain.",
        "Vous êtes numéro {n}.",
        "L'attente est de moins d'une minute.",
        "L'attente est d'environ une minute.",
        "L'attente est d'environ {n} minutes.",
        "L'attente est de plus d'une heure.",
        "Vous avez demandé à être rappelé. Ne quittez pas, nous vous mettons en relation.",
    ),
    "es": Words(
        "Usted es el siguiente.",
        "Usted es el número {n}.",
        "La espera es de menos de un minuto.",
        "La espera es de aproximadamente un minuto.",
        "La espera es de aproximadamente {n} minutos.",
        "La espera es de más de una hora.",
        "Usted pidió que le llamáramos. No cuelgue, por favor, le ponemos en contacto.",
    ),
    "it": Words(
        "Lei è il prossimo.",
        "Lei è il numero {n}.",
        "L'attesa è di meno di un minuto.",
        "L'attesa è di circa un minuto.",
        "L'attesa è di circa {n} minuti.",
        "L'attesa è di più di un'ora.",
        "Ci ha chiesto di essere richiamato. Resti in linea, la mettiamo in contatto.",
    ),
    "nl": Words(
        "U bent als volgende aan de beurt.",
        "U bent nummer {n}.",
        "De wachttijd is minder dan een minuut.",
        "De wachttijd is ongeveer een minuut.",
        "De wachttijd is ongeveer {n} minuten.",
        "De wachttijd is meer dan een uur.",
        "U had gevraagd om te worden teruggebeld. Blijf aan de lijn, wij verbinden u door.",
    ),
}
ENGLISH = "en-gb"


def position_of(place: int, language: str) -> Speech:
    """Which place somebody has; 1 is next."""
    words, voice = _known(language)
    return Speech(words.next if place <= 1 else words.position.format(n=place), voice)


def wait_of(estimate: Estimate, language: str) -> Speech:
    """How long it may take: the middle of the estimate, in whole minutes."""
    words, voice = _known(language)
    minutes = round(estimate.mean_s / MINUTE_S)
    if minutes < 1:
        return Speech(words.soon, voice)
    if minutes == 1:
        return Speech(words.minute, voice)
    return Speech(words.long if minutes > LONGEST_MINUTES else words.minutes.format(n=minutes), voice)


def hold_of(language: str) -> Speech:
    """What somebody hears first who was rung back before the agent's phone rings."""
    words, voice = _known(language)
    return Speech(words.hold, voice)


def _known(language: str) -> tuple[Words, str]:
    words = WORDS.get(language.partition("-")[0].lower())
    return (WORDS["en"], ENGLISH) if words is None else (words, language)
