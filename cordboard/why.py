"""Why a call went where it went: the router's decisions about it, read from the journal.

Data flow: a call's events -> those that the router decided, with their reasons -> lines for people, data for programs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from journal.event import Event, Json

_Data = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Decision:
    """One of them, `after_s` the call's first event: what was decided, and why in lines of plain words."""

    after_s: float
    kind: str
    what: str
    reasons: tuple[str, ...]
    data: _Data

    def as_data(self) -> dict[str, Json]:
        """Everything that the journal has of it."""
        return {"after_s": round(self.after_s, 3), "kind": self.kind, "what": self.what, "data": self.data}


def decisions(history: Sequence[Event]) -> list[Decision]:
    """What was decided about a call, oldest first; `history` is all of its events."""
    found = []
    for event in history:
        tell = _TELL.get(event.kind)
        if tell is not None:
            what, reasons = tell(event.data)
            after_s = (event.at - history[0].at).total_seconds()
            found.append(Decision(after_s, event.kind, what, tuple(reasons), event.data))
    return found


_Told = tuple[str, list[str]]


def _joined(data: _Data) -> _Told:
    skills = _skills(data.get("skills"))
    return f"waits in {data.get('queue')}", [f"asks for {skills}"] if skills else []


def _offered(data: _Data) -> _Told:
    why = data.get("why")
    return f"offered to {data.get('agent')}", _reasons(why) if isinstance(why, Mapping) else []


def _with_reason(words: str) -> Callable[[_Data], _Told]:
    """`words` may name what the event holds."""

    def tell(data: _Data) -> _Told:
        reason = data.get("reason")
        return words.format_map(_Named(data)), [f"because: {_plain(reason)}"] if reason else []

    return tell


def _overflowed(data: _Data) -> _Told:
    why = data.get("why")
    facts = [f"{name} = {_plain(value)}" for name, value in why.items()] if isinstance(why, Mapping) else []
    reasons = [f"rule {data.get('rule')} of {data.get('queue')}"]
    return f"sent to {data.get('target')}", [*reasons, *facts]


_TELL: Mapping[str, Callable[[_Data], _Told]] = {
    "queue.joined": _joined,
    "offer.made": _offered,
    "offer.refused": _with_reason("{agent} did not take it"),
    "offer.cancelled": _with_reason("the offer to {agent} was taken back"),
    "queue.kept": _with_reason("waits on in {queue}, in its old place"),
    "queue.refused": _with_reason("not served by {queue}"),
    "queue.overflowed": _overflowed,
    "queue.regained": _with_reason("has an older place"),
    "call.connected": _with_reason("connected to {agent}"),
    "call.transferred": _with_reason("handed from {agent} to {to}"),
    "party.called": _with_reason("the flow called {to} ({how})"),
    "party.left": _with_reason("{to}: {outcome}"),
}
"""The kinds that are decisions. `call.connected` has no reason of its own: the accepted offer has it."""


class _Named(dict[str, object]):
    """What an event holds, for a sentence; a name it does not hold is "nobody"."""

    def __missing__(self, key: str) -> str:
        return "nobody"


def _reasons(why: _Data) -> list[str]:
    """`acd.why.Why`, in words."""
    lines = [
        f"because: {_plain(why.get('trigger'))}; {_plain(why.get('strategy'))} of {_plain(why.get('group'))}"
    ]
    skills = _skills(why.get("skills"))
    rung = why.get("rung")
    lines.append(f"asks for {skills or 'no skill'}" + (f", on rung {rung} of its ladder" if rung else ""))
    for name, key, label in (
        ("candidates", "agent", "free and able"),
        ("rivals", "contact", "in line for the agent"),
    ):
        listed = [_scored(each, key) for each in _maps(why.get(name))]
        if listed:
            lines.append(f"{label}: {', '.join(listed)}")
    lines += [f"left out: {each.get('agent')}: {each.get('reason')}" for each in _maps(why.get("exclusions"))]
    held_back = why.get("held_back")
    if isinstance(held_back, Mapping) and held_back:
        lines.append("held back: " + ", ".join(f"{count} {what}" for what, count in held_back.items()))
    return lines


def _scored(each: _Data, key: str) -> str:
    score = each.get("score")
    parts = score if isinstance(score, Sequence) and not isinstance(score, str) else ()
    spelt = ", ".join(f"{part + 0.0:g}" if isinstance(part, int | float) else str(part) for part in parts)
    return f"{each.get(key)} (score {spelt})"


def _skills(value: Json) -> str:
    if not isinstance(value, Mapping):
        return ""
    return ", ".join(f"{skill} at least {level}" for skill, level in value.items())


def _maps(value: Json) -> list[_Data]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    return [each for each in value if isinstance(each, Mapping)]


def _plain(value: Json) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "unknown" if value is None else str(value)
