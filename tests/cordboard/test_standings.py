"""A flow asks the real router how its caller stands."""

from __future__ import annotations

from pathlib import Path

from tests.cordboard.switchboard_room import SETTINGS, Room, settle

LINE = """\
flow: line
start: main
sections:
  main:
    - queue: sales
      while_waiting: waiting
    - hangup: busy
  waiting:
    - standing: place
      minutes: minutes
    - tag: {place: "{{ place }}", minutes: "{{ minutes }}"}
    - music: 30s
"""


def tagged(room: Room) -> list[object]:
    return [data["tags"] for kind, data in room.journal.events if kind == "call.tagged"]


async def test_one_waits_for_whom_a_phone_rings_and_others_behind(tmp_path: Path) -> None:
    room = Room(tmp_path, settings=SETTINGS, line=LINE)
    for _ in range(4):
        await room.ring_in("2000")
    await settle()
    phones = len(room.exchange.dialled)
    assert phones >= 1
    places = [each["place"] for each in tagged(room)]  # type: ignore[index]
    assert places == [1] * phones + list(range(1, 5 - phones))
    assert all(each["minutes"] in (0, None) for each in tagged(room))  # type: ignore[index]
    await room.board.close()
