"""What a supervisor does about the selected talk, and what is said of it: listen, whisper, barge, leave it again.

Owns: which phone is the supervisor's, and what a key means as things are. Must not know keys or screens.
"""

from typing import Protocol

from api.client import ApiError
from api.schema import CallView, SupervisionMode, SupervisorView
from api.supervision_schema import SupervisionState

DOING: dict[SupervisionMode, str] = {"listen": "listening", "whisper": "whispering", "barge": "in the talk"}


class Talks(Protocol):
    """What is needed of a client."""

    async def supervise(self, call: str, mode: SupervisionMode, phone: str | None = None) -> SupervisionState:
        """Ring a supervisor's phone into a talk, or change its mode there. ApiError."""

    async def end_supervision(self, call: str, phone: str | None = None) -> SupervisionState:
        """Take it out again. ApiError."""


class CannotSupervise(Exception):
    """Not as things are; the text is for the supervisor."""


class Supervising:
    """One supervisor at one console. `phone` None: the server knows of one supervisor only."""

    def __init__(self, talks: Talks | None, phone: str | None) -> None:
        self._talks = talks
        self._phone = phone

    async def press(self, call: CallView | None, mode: SupervisionMode, who: str | None) -> str:
        """Enter the talk, change the mode, or, in that mode already, leave it; says what was done.

        `who` is the agent's name, for people. CannotSupervise."""
        if call is None:
            raise CannotSupervise("no call is selected")
        if self._talks is None:
            raise CannotSupervise("this console only looks on")
        mine = self._mine(call)
        if mine is None and call.state != "talking":
            raise CannotSupervise(f"{call.caller} talks to nobody now")
        try:
            if mine is not None and mine.mode == mode:
                state = await self._talks.end_supervision(call.id, mine.phone)
            else:
                state = await self._talks.supervise(call.id, mode, mine.phone if mine else self._phone)
        except ApiError as error:
            raise CannotSupervise(str(error)) from error
        return _said(state, who or call.caller)

    def _mine(self, call: CallView) -> SupervisorView | None:
        """This supervisor in the talk; without a name, whoever is alone in it."""
        present = call.supervisors
        if self._phone is None:
            return present[0] if len(present) == 1 else None
        return next((each for each in present if each.phone == self._phone), None)


def _said(state: SupervisionState, who: str) -> str:
    match state.state:
        case "ended":
            return f"{state.phone} has left the talk of {who}"
        case "ringing":
            return f"{state.phone} rings: answer it for the talk of {who}"
        case "on":
            return f"{state.phone} is {DOING[state.mode]}: {who}"
