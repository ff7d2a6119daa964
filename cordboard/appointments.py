"""When a callback by appointment is meant: the words of a flow as a moment.

"2026-11-23 09:30"    that moment, in the house's time zone (one of its own may be said: "...+01:00")
"09:30"               the next time that it is half past nine
""                    no appointment: as soon as it is the caller's turn
"""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo


class BadTime(ValueError):
    """That is no moment to come; the text says why."""


def appointed(words: str, now: datetime, zone: tzinfo | None) -> datetime | None:
    """The moment meant; `zone` is where the house is, None for the machine's own. BadTime: none, or it has passed."""
    words = words.strip()
    if not words:
        return None
    here = now.astimezone(zone)
    try:
        moment = _next(time.fromisoformat(words), here)
    except ValueError:
        moment = _moment(words, here)
    if moment <= now:
        raise BadTime(f"{words} has passed")
    return moment


def _moment(words: str, here: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(words)
    except ValueError as error:
        raise BadTime(f'{words!r} is no time; write "09:30" or "2026-11-23 09:30"') from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=here.tzinfo)


def _next(clock: time, here: datetime) -> datetime:
    today = here.replace(hour=clock.hour, minute=clock.minute, second=clock.second, microsecond=0)
    return today if today > here else today + timedelta(days=1)
