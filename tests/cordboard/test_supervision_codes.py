"""What a supervisor dials, and whose phone rings then."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from cordboard import supervision_codes
from cordboard.supervision_codes import SupervisionCodes
from telephony.calls.leg import Leg, LegState
from tests.cordboard.switchboard_room import settle
from tests.cordboard.test_supervision import Office

MORE = """\
agents: {ann: {queues: [sales]}, sue: {role: supervisor}}
supervision: {phones: {sue: "sip:sue@127.0.0.1:5099"}}
"""


class Desk:
    """An office whose supervisor dials."""

    def __init__(self, folder: Path) -> None:
        self.office = Office(folder, MORE)
        board = self.office.room.board
        self.rejected: list[int] = []
        self.codes = SupervisionCodes(
            board.settings,
            board.calls,
            board.supervision,
            lambda _leg, status, _why: self.rejected.append(status),
        )

    def dial(self, number: str, caller: str = "sue") -> bool:
        leg = Leg("from-sue", LegState.INVITED, 0.0, caller, "127.0.0.1")
        leg.dialled = number
        return self.codes.take(leg)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(supervision_codes, "ON_THE_HOOK_S", 0.0)
    return Desk(tmp_path)


async def test_the_supervisors_own_phone_rings(desk: Desk) -> None:
    call, _ = await desk.office.talk()
    call.agent = "ann"
    for code, mode in (("*81", "listen"), ("*82", "whisper"), ("*83", "barge")):
        assert desk.dial(f"{code}ann")
        await asyncio.sleep(0)
        await settle()
        [view] = desk.office.room.board.supervision.views(call.id)
        assert (view.phone, view.mode) == ("sue", mode)
    assert desk.rejected == [480] * 3
    assert [leg.peer for leg in desk.office.room.exchange.dialled][1:] == ["sue"]


@pytest.mark.parametrize(
    ("number", "caller"),
    [("*81nobody", "sue"), ("*81", "sue"), ("2000", "sue"), ("*81ann", "ann"), ("*81ann", "mallory")],
)
async def test_what_is_no_code_or_nobodys_to_dial(desk: Desk, number: str, caller: str) -> None:
    assert not desk.dial(number, caller)
    assert desk.rejected == []


async def test_an_agent_who_talks_to_nobody(desk: Desk) -> None:
    assert desk.dial("*81ann")
    await asyncio.sleep(0)
    await settle()
    assert desk.office.room.exchange.dialled == []


async def test_at_the_end_nobody_is_rung(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[Any] = []
    monkeypatch.setattr(desk.codes, "ring", lambda *who: rung.append(who))
    assert desk.dial("*81ann")
    desk.codes.close()
    await asyncio.sleep(0)
    await settle()
    assert rung == []
