"""What an agent's phone says after a code was dialled, by language; English for any that is not here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cordboard.announcement_texts import ENGLISH
from ivr.effects import Speech


@dataclass(frozen=True, slots=True)
class Words:
    """One language. `{reason}` is a pause's, `{n}` seconds."""

    login: str
    logout: str
    pause: str
    resume: str
    wrap_up_end: str
    wrap_up_extend: str
    refused: str
    no_reason: str


WORDS: Mapping[str, Words] = {
    "en": Words(
        "You are logged in.",
        "You are logged out.",
        "You are paused: {reason}.",
        "Your pause is over.",
        "Your wrap-up is over.",
        "{n} seconds more for your wrap-up.",
        "That is not possible now.",
        "There is no such reason.",
    ),
    "de": Words(
        "Sie sind angemeldet.",
        "Sie sind abgemeldet.",
        "Sie sind in Pause: {reason}.",
        "Ihre Pause ist beendet.",
        "Ihre Nachbearbeitung ist beendet.",
        "{n} Sekunden mehr für Ihre Nachbearbeitung.",
        "Das ist jetzt nicht möglich.",
        "Diesen Grund gibt es nicht.",
    ),
    "fr": Words(
        "Vous êtes connecté.",
        "Vous êtes déconnecté.",
        "Vous êtes en pause: {reason}.",
        "Votre pause est terminée.",
        "Votre post-appel est terminé.",
        "{n} secondes de plus pour votre post-appel.",
        "Ce n'est pas possible maintenant.",
        "Ce motif n'existe pas.",
    ),
    "es": Words(
        "Ha iniciado sesión.",
        "Ha cerrado la sesión.",
        "Está en pausa: {reason}.",
        "Su pausa ha terminado.",
        "Su trabajo posterior ha terminado.",
        "{n} segundos más para su trabajo posterior.",
        "No es posible ahora.",
        "No existe ese motivo.",
    ),
    "it": Words(
        "Accesso effettuato.",
        "Uscita effettuata.",
        "È in pausa: {reason}.",
        "La pausa è finita.",
        "La lavorazione è finita.",
        "Altri {n} secondi per la lavorazione.",
        "Ora non è possibile.",
        "Questo motivo non esiste.",
    ),
    "nl": Words(
        "U bent aangemeld.",
        "U bent afgemeld.",
        "U hebt pauze: {reason}.",
        "Uw pauze is voorbij.",
        "Uw nawerktijd is voorbij.",
        "Nog {n} seconden voor uw nawerk.",
        "Dat kan nu niet.",
        "Die reden bestaat niet.",
    ),
}


def known(language: str) -> tuple[Words, str]:
    """The words, and the voice to say them with."""
    words = WORDS.get(language.partition("-")[0].lower())
    return (WORDS["en"], ENGLISH) if words is None else (words, language)


def confirmation(action: str, language: str, *, reason: str = "", seconds: float = 0.0) -> Speech:
    """That it was done."""
    words, voice = known(language)
    text: str = getattr(words, action.replace("-", "_"))
    return Speech(text.format(reason=reason, n=round(seconds)), voice)
