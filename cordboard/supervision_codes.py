"""Codes that supervisors dial: `*81` and an agent's id rings their own phone into that agent's talk.

Data flow: a call to a code -> refused, because whoever writes a supervisor's name into From is not yet the supervisor
-> a moment later the supervisor's registered phone rings, as if the API had asked for it. So nobody hears a talk who
could not answer that phone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

import structlog

from api.schema import SupervisionMode
from api.supervision_routes import SupervisionConflict, SupervisionForbidden
from api.supervision_schema import SupervisionState
from cordboard.live_call import LiveCall
from cordboard.live_settings import LiveSettings
from telephony.calls.leg import Leg

log = structlog.get_logger(__name__)

ON_THE_HOOK_S = 1.0
"""A phone that was just refused needs a moment until it can ring."""


class Orders(Protocol):
    """What is needed of `Supervision`."""

    def supervise(self, call: str, mode: SupervisionMode, phone: str | None) -> SupervisionState | None:
        """Ring the phone. SupervisionConflict, SupervisionForbidden."""


class SupervisionCodes:
    """Takes the calls that ask to be rung back."""

    def __init__(
        self,
        settings: LiveSettings,
        calls: Mapping[str, LiveCall],
        orders: Orders,
        reject: Callable[[Leg, int, str], None],
    ) -> None:
        self._settings = settings
        self._calls = calls
        self._orders = orders
        self._reject = reject
        self._timers: set[asyncio.TimerHandle] = set()

    def take(self, leg: Leg) -> bool:
        """Take a supervisor's call to a code; False: it is none."""
        dialled = self._read(leg.dialled)
        caller = self._settings.file.agents.get(leg.peer)
        if dialled is None or caller is None or caller.role != "supervisor":
            return False
        self._reject(leg, 480, "we ring you")
        self._timers = {timer for timer in self._timers if timer.when() > asyncio.get_running_loop().time()}
        later = asyncio.get_running_loop().call_later
        self._timers.add(later(ON_THE_HOOK_S, self.ring, leg.peer, *dialled))
        return True

    def ring(self, supervisor: str, mode: SupervisionMode, agent: str) -> None:
        """Ring the supervisor into the agent's talk, if there is one."""
        call = next((call.id for call in self._calls.values() if call.agent == agent), None)
        try:
            if call is None:
                raise SupervisionConflict(f"{agent} talks to nobody")
            self._orders.supervise(call, mode, supervisor)
        except (SupervisionConflict, SupervisionForbidden) as error:
            log.info("supervision.not_rung", supervisor=supervisor, agent=agent, why=str(error))

    def close(self) -> None:
        """Nobody is rung any more."""
        for timer in self._timers:
            timer.cancel()

    def _read(self, number: str) -> tuple[SupervisionMode, str] | None:
        """The mode and the agent."""
        for mode, code in self._settings.file.supervision.codes.items():
            agent = number.removeprefix(code)
            if agent != number and agent in self._settings.file.agents:
                return mode, agent
        return None
