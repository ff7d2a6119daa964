"""Signs, words and thresholds: what a state looks like, never by colour alone.

Owns: the symbol and tone of every presence and call state, and when a figure is good, worrying or bad. Pure.
A tone is a meaning; the theme gives it a colour.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from api.schema import CallState, CallView, Presence, QueueView, SupervisionMode

Tone = Literal["plain", "muted", "strong", "info", "good", "warn", "bad", "gauge"]
TONES: tuple[Tone, ...] = ("plain", "muted", "strong", "info", "good", "warn", "bad", "gauge")


class Sign(NamedTuple):
    """One state: a symbol, a word, a tone, and where it stands in a list."""

    symbol: str
    word: str
    tone: Tone
    rank: int


PRESENCE_SIGNS: Mapping[Presence, Sign] = {
    "available": Sign("●", "available", "good", 0),
    "ringing": Sign("◔", "ringing", "warn", 1),
    "reserved": Sign("↺", "reserved", "warn", 2),
    "on_contact": Sign("▶", "on a call", "info", 3),
    "wrap_up": Sign("◐", "wrap-up", "plain", 4),
    "paused": Sign("‖", "paused", "muted", 5),
    "unreachable": Sign("✕", "no phone", "bad", 6),
    "offline": Sign("○", "offline", "muted", 7),
}

CALL_SIGNS: Mapping[CallState, Sign] = {
    "waiting": Sign("◷", "waiting", "warn", 0),
    "ringing": Sign("◔", "ringing", "warn", 1),
    "in flow": Sign("≡", "in flow", "plain", 2),
    "talking": Sign("▶", "talking", "info", 3),
    "ended": Sign("■", "ended", "muted", 4),
}

HELD = Sign("‖", "on hold", "warn", 3)
"""A talk whose agent holds."""

SUPERVISION_SIGNS: Mapping[SupervisionMode, Sign] = {
    "listen": Sign("◎", "listens", "info", 0),
    "whisper": Sign("◍", "whispers", "info", 1),
    "barge": Sign("◆", "is in", "warn", 2),
}

RECORDING = "◉ rec"

GOOD_SERVICE_PERCENT = 80.0
POOR_SERVICE_PERCENT = 60.0

MARKS: Mapping[Tone, str] = {"good": "✓", "warn": "△", "bad": "▲"}
"""Beside a figure that has a threshold, so that it reads without colour."""


def call_sign(call: CallView) -> Sign:
    """What a call's state looks like."""
    return HELD if call.held else CALL_SIGNS[call.state]


def service_tone(percent: float | None) -> Tone:
    """How well a queue is served: good from 80 %, worrying from 60 %, bad below."""
    if percent is None:
        return "muted"
    if percent >= GOOD_SERVICE_PERCENT:
        return "good"
    return "warn" if percent >= POOR_SERVICE_PERCENT else "bad"


def wait_tone(waited_s: float, service_level_s: float) -> Tone:
    """How long somebody has waited: worrying from half the service level's threshold, bad past it."""
    if waited_s > service_level_s:
        return "bad"
    return "warn" if waited_s > service_level_s / 2 else "plain"


def marked(text: str, tone: Tone) -> str:
    """The text with its tone's mark in front; without one, the place is kept."""
    return f"{MARKS.get(tone, ' ')} {text}"


def overall_service(queues: list[QueueView]) -> float | None:
    """The service level over all queues, weighed by what each has served or lost; None before the first."""
    weighed = [
        (queue.service_level_percent, queue.answered + queue.abandoned)
        for queue in queues
        if queue.service_level_percent is not None
    ]
    total = sum(weight for _, weight in weighed)
    if not total:
        return None
    return sum(percent * weight for percent, weight in weighed) / total
