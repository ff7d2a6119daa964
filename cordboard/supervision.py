"""Supervision of a talk: a supervisor listens, whispers to the agent, or barges in.

Data flow: order (API) -> the supervisor's phone rings, a guest of the talk (`TalkRooms`) -> answered: heard or hearing
-> another mode, or the phone hangs up -> the talk is as it was. Every beginning, change and end is in the call's
journal with the supervisor's name: who listened to whom is nobody's secret. Serves
`api.supervision_routes.SupervisionSystem`.

Owns who supervises. Must not know how audio is mixed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol

from api.schema import SupervisionMode, SupervisorView
from api.supervision_routes import SupervisionConflict, SupervisionForbidden
from api.supervision_schema import SupervisionState
from cordboard.config import CordboardFile
from cordboard.ladders import Ladders
from cordboard.live_call import CallState, LiveCall
from cordboard.supervisors_phones import SupervisorsPhones
from cordboard.talk_rooms import BARGE, LISTEN, WHISPER, TalkRooms
from journal.journal import Journal
from telephony.calls.conferences import Seating
from telephony.calls.dialling import Dial
from telephony.calls.exchange import Exchange
from telephony.calls.leg import Leg, LegAnswered, LegEnded, LegEvent

SEATINGS: Mapping[SupervisionMode, Seating] = {"listen": LISTEN, "whisper": WHISPER, "barge": BARGE}


def permitted_modes(settings: CordboardFile) -> tuple[SupervisionMode, ...]:
    """What the settings allow and the media engine can do: rtpengine mixes nobody's audio for us."""
    return settings.supervision.modes if settings.media.engine == "workers" else ()


class Board(Protocol):
    """What is needed of the switchboard."""

    calls: dict[str, LiveCall]
    rooms: TalkRooms


@dataclass(slots=True, eq=False)
class Supervisor:
    """A supervisor's phone, in a talk or on its way into one."""

    phone: str
    call: LiveCall
    leg: Leg
    mode: SupervisionMode
    state: Literal["ringing", "on", "ended"] = "ringing"
    since: float = 0.0
    """Monotonic; when the phone was answered."""


class Supervision:
    """Everybody who supervises, by call."""

    def __init__(
        self,
        board: Board,
        exchange: Exchange,
        phones: SupervisorsPhones,
        ladders: Ladders,
        journal: Journal,
        modes: Collection[SupervisionMode],
        changed: Callable[[str], None] = lambda _call: None,
    ) -> None:
        """`changed` hears of each call whose supervisors are others than before."""
        self._board = board
        self._exchange = exchange
        self._phones = phones
        self._ladders = ladders
        self._journal = journal
        self._modes = modes
        self._changed = changed
        self._supervisors: dict[str, list[Supervisor]] = {}

    def views(self, call_id: str) -> tuple[SupervisorView, ...]:
        """Who supervises a call now."""
        found = self._supervisors.get(call_id, ())
        return tuple(
            SupervisorView(phone=each.phone, mode=each.mode, state=each.state)
            for each in found
            if each.state != "ended"
        )

    def present(self, call_id: str) -> Sequence[Supervisor]:
        """Who is in a call now, or is being rung for it."""
        return tuple(self._supervisors.get(call_id, ()))

    def take_up(self, supervisor: Supervisor) -> None:
        """A supervisor's phone of a process before this one goes on here."""
        call = supervisor.call
        supervisor.leg.listener = partial(self._on_event, supervisor)
        self._supervisors.setdefault(call.id, []).append(supervisor)
        self._ladders.note(call.id, supervisor.phone, supervisor.leg.call_ids)
        self._board.rooms.take_up(call, supervisor.leg, SEATINGS[supervisor.mode])

    def supervise(self, call: str, mode: SupervisionMode, phone: str | None) -> SupervisionState | None:
        """Ring a supervisor's phone into a talk, or change the mode of one that is in it."""
        if mode not in self._modes:
            raise SupervisionForbidden(f"nobody may {mode} here: see supervision: modes")
        live = self._board.calls.get(call)
        if live is None:
            return None
        present = self._named(call, phone)
        if present is not None:
            self._change(present, mode)
            return _state(present)
        name = phone if phone is not None else self._phones.only()
        return _state(self._ring(live, name, mode))

    def end_supervision(self, call: str, phone: str | None) -> SupervisionState | None:
        """Take a supervisor's phone out of a talk."""
        if call not in self._board.calls:
            return None
        present = self._named(call, phone)
        if present is None:
            raise SupervisionConflict(
                "nobody supervises it" if phone is None else f"{phone} is not in the talk"
            )
        self._exchange.hang_up(present.leg, "supervision ended")
        return _state(present)

    def _named(self, call: str, phone: str | None) -> Supervisor | None:
        """Whom a request is about; one that names nobody is about the only one there is."""
        present = self._supervisors.get(call, [])
        if phone is None:
            if len(present) > 1:
                raise SupervisionConflict(f"say which phone: {', '.join(each.phone for each in present)}")
            return present[0] if present else None
        return next((each for each in present if each.phone == phone), None)

    def _ring(self, call: LiveCall, phone: str, mode: SupervisionMode) -> Supervisor:
        where = self._phones.reach(phone)
        if call.state is not CallState.TALKING or call.agent_leg is None:
            raise SupervisionConflict(f"no agent talks to the caller: the call is {call.state.value}")
        if call.agent == phone:
            raise SupervisionConflict(f"{phone} is the agent of this call")
        for each in [each for present in self._supervisors.values() for each in present]:
            if each.phone == phone:
                self._exchange.hang_up(each.leg, "supervises another talk")
        order = Dial(
            target=where.target,
            peer=phone,
            caller_name=f"{mode}: {call.agent}",
            caller_number=call.caller,
            destination=where.destination,
            near=call.leg,
        )
        supervisor = Supervisor(phone, call, self._exchange.dial(order), mode)
        supervisor.leg.listener = partial(self._on_event, supervisor)
        self._board.rooms.invite(call, supervisor.leg, SEATINGS[mode])
        self._supervisors.setdefault(call.id, []).append(supervisor)
        self._ladders.note(call.id, phone, supervisor.leg.call_ids)
        self._note("asked", supervisor, agent=call.agent)
        return supervisor

    def _change(self, supervisor: Supervisor, mode: SupervisionMode) -> None:
        if supervisor.mode == mode:
            return
        supervisor.mode = mode
        self._board.rooms.reseat(supervisor.call, supervisor.leg, SEATINGS[mode])
        self._note("changed", supervisor)

    def _on_event(self, supervisor: Supervisor, event: LegEvent) -> None:
        match event:
            case LegAnswered():
                self._answered(supervisor)
            case LegEnded(termination=termination):
                self._ended(supervisor, termination.reason)

    def _answered(self, supervisor: Supervisor) -> None:
        supervisor.state, supervisor.since = "on", time.monotonic()
        self._note("began", supervisor, agent=supervisor.call.agent)
        self._board.rooms.connect(supervisor.call)

    def _ended(self, supervisor: Supervisor, reason: str) -> None:
        call = supervisor.call
        was_on, supervisor.state = supervisor.state == "on", "ended"
        present = self._supervisors.get(call.id, [])
        present.remove(supervisor)
        if not present:
            del self._supervisors[call.id]
        if was_on:
            self._note("ended", supervisor, seconds=round(time.monotonic() - supervisor.since, 1))
        else:
            self._note("failed", supervisor, reason=reason)
        self._board.rooms.dismiss(call, supervisor.leg)

    def _note(self, what: str, supervisor: Supervisor, **facts: str | float | None) -> None:
        self._journal.append(
            f"supervision.{what}",
            call=supervisor.call.id,
            at=None,
            supervisor=supervisor.phone,
            mode=supervisor.mode,
            **facts,
        )
        self._changed(supervisor.call.id)


def _state(supervisor: Supervisor) -> SupervisionState:
    return SupervisionState(
        call=supervisor.call.id, phone=supervisor.phone, mode=supervisor.mode, state=supervisor.state
    )
