"""What the keys of a supervisor mean, as things are."""

import pytest

from api.client import ApiError
from api.schema import CallView, SupervisionMode, SupervisorView
from api.supervision_schema import SupervisionState
from tui.supervising import CannotSupervise, Supervising


class FakeTalks:
    """Does what it is asked; `refusal` is what it says instead."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.refusal: str | None = None
        self.state = "ringing"

    async def supervise(self, call: str, mode: SupervisionMode, phone: str | None = None) -> SupervisionState:
        self.asked.append((call, mode, phone))
        if self.refusal is not None:
            raise ApiError(self.refusal)
        return SupervisionState(call=call, phone=phone or "sue", mode=mode, state=self.state)  # type: ignore[arg-type]

    async def end_supervision(self, call: str, phone: str | None = None) -> SupervisionState:
        self.asked.append((call, "end", phone))
        return SupervisionState(call=call, phone=phone or "sue", mode="listen", state="ended")


@pytest.fixture
def talks() -> FakeTalks:
    return FakeTalks()


def call(*supervisors: tuple[str, SupervisionMode], state: str = "talking") -> CallView:
    present = tuple(SupervisorView(phone=phone, mode=mode, state="on") for phone, mode in supervisors)
    return CallView(
        id="c", caller="+4930", called="1", state=state, since_s=0, agent="ada", supervisors=present  # type: ignore[arg-type]
    )  # fmt: skip


async def test_a_key_rings_the_phone(talks: FakeTalks) -> None:
    said = await Supervising(talks, None).press(call(), "listen", "Ada")
    assert said == "sue rings: answer it for the talk of Ada"
    assert talks.asked == [("c", "listen", None)]


async def test_another_key_changes_the_mode(talks: FakeTalks) -> None:
    talks.state = "on"
    said = await Supervising(talks, None).press(call(("sue", "listen")), "whisper", "Ada")
    assert said == "sue is whispering: Ada"
    assert talks.asked == [("c", "whisper", "sue")]


async def test_the_same_key_leaves(talks: FakeTalks) -> None:
    said = await Supervising(talks, None).press(call(("sue", "barge")), "barge", None)
    assert said == "sue has left the talk of +4930"
    assert talks.asked == [("c", "end", "sue")]


async def test_another_supervisor_is_left_alone(talks: FakeTalks) -> None:
    supervising = Supervising(talks, "tom")
    await supervising.press(call(("sue", "listen")), "listen", "Ada")
    await supervising.press(call(("sue", "listen"), ("tom", "listen")), "listen", "Ada")
    assert talks.asked == [("c", "listen", "tom"), ("c", "end", "tom")]


async def test_what_cannot_be_done_is_said(talks: FakeTalks) -> None:
    talks.refusal = "say which phone: sue, tom"
    for who, selected, why in (
        (Supervising(talks, None), call(), "say which phone: sue, tom"),
        (Supervising(talks, None), None, "no call is selected"),
        (Supervising(None, None), call(), "only looks on"),
        (Supervising(talks, None), call(state="waiting"), "talks to nobody now"),
    ):
        with pytest.raises(CannotSupervise, match=why):
            await who.press(selected, "listen", None)
