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
    """The sentences of one language; `{n}` is a number. `hold` is for who was rung back, `again` and `sorry` for whom
    nobody was there then: they are rung again, or are not."""

    next: str
    position: str
    soon: str
    minute: str
    minutes: str
    long: str
    hold: str
    again: str
    sorry: str


WORDS: Mapping[str, Words] = {
    "en": Words(
        "You are next.",
        "You are number {n}.",
        "The wait is less than a minute.",
        "The wait is about one minute.",
        "The wait is about {n} minutes.",
        "The wait is more than an hour.",
        "You asked us to call you back. Please hold the line, we are connecting you.",
        "We are sorry, nobody is free to talk to you just now. We will call you again.",
        "We are sorry, nobody is free to talk to you just now. Please call us again later.",
    ),
    "de": Words(
        "Sie sind als Nächstes an der Reihe.",
        "Sie sind an Position {n}.",
        "Die Wartezeit beträgt weniger als eine Minute.",
        "Die Wartezeit beträgt etwa eine Minute.",
        "Die Wartezeit beträgt etwa {n} Minuten.",
        "Die Wartezeit beträgt mehr als eine Stunde.",
        "Sie hatten um einen Rückruf gebeten. Bitte bleiben Sie am Apparat, wir verbinden Sie.",
        "Es tut uns leid, gerade ist niemand für Sie frei. Wir rufen Sie noch einmal an.",
        "Es tut uns leid, gerade ist niemand für Sie frei. Bitte rufen Sie uns später wieder an.",
    ),
    "fr": Words(
        "Vous êtes le prochain.",
        "Vous êtes numéro {n}.",
        "L'attente est de moins d'une minute.",
        "L'attente est d'environ une minute.",
        "L'attente est d'environ {n} minutes.",
        "L'attente est de plus d'une heure.",
        "Vous avez demandé à être rappelé. Ne quittez pas, nous vous mettons en relation.",
        "Nous sommes désolés, personne n'est disponible pour le moment. Nous vous rappellerons.",
        "Nous sommes désolés, personne n'est disponible pour le moment. Merci de nous rappeler plus tard.",
    ),
    "es": Words(
        "Usted es el siguiente.",
        "Usted es el número {n}.",
        "La espera es de menos de un minuto.",
        "La espera es de aproximadamente un minuto.",
        "La espera es de aproximadamente {n} minutos.",
        "La espera es de más de una hora.",
        "Usted pidió que le llamáramos. No cuelgue, por favor, le ponemos en contacto.",
        "Lo sentimos, en este momento no hay nadie disponible. Le volveremos a llamar.",
        "Lo sentimos, en este momento no hay nadie disponible. Por favor, llámenos de nuevo más tarde.",
    ),
    "it": Words(
        "Lei è il prossimo.",
        "Lei è il numero {n}.",
        "L'attesa è di meno di un minuto.",
        "L'attesa è di circa un minuto.",
        "L'attesa è di circa {n} minuti.",
        "L'attesa è di più di un'ora.",
        "Ci ha chiesto di essere richiamato. Resti in linea, la mettiamo in contatto.",
        "Ci dispiace, al momento nessuno è disponibile. La richiameremo.",
        "Ci dispiace, al momento nessuno è disponibile. La preghiamo di richiamare più tardi.",
    ),
    "nl": Words(
        "U bent als volgende aan de beurt.",
        "U bent nummer {n}.",
        "De wachttijd is minder dan een minuut.",
        "De wachttijd is ongeveer een minuut.",
        "De wachttijd is ongeveer {n} minuten.",
        "De wachttijd is meer dan een uur.",
        "U had gevraagd om te worden teruggebeld. Blijf aan de lijn, wij verbinden u door.",
        "Het spijt ons, er is nu niemand vrij. Wij bellen u opnieuw.",
        "Het spijt ons, er is nu niemand vrij. Belt u ons later nog eens.",
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


def farewell_of(language: str, *, again: bool) -> Speech:
    """What somebody hears last who was rung back, and for whom nobody was there."""
    words, voice = _known(language)
    return Speech(words.again if again else words.sorry, voice)


def _known(language: str) -> tuple[Words, str]:
    words = WORDS.get(language.partition("-")[0].lower())
    return (WORDS["en"], ENGLISH) if words is None else (words, language)
