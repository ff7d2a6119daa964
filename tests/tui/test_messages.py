"""Messages that collapse."""

from tui.messages import ConnectionChanged, StateChanged


def test_a_message_gives_way_to_a_later_one_of_its_kind_only() -> None:
    assert StateChanged().can_replace(StateChanged())
    assert ConnectionChanged().can_replace(ConnectionChanged())
    assert not StateChanged().can_replace(ConnectionChanged())
    assert not ConnectionChanged().can_replace(StateChanged())
