"""A demo's figures come from histories alone: each call counts once, and those turned away at the door do not."""

from __future__ import annotations

from typing import Any

from cordboard.demo.options import DemoRecording
from cordboard.demo.results import count


def _history(*kinds: str | tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    pairs = [kind if isinstance(kind, tuple) else (kind, {}) for kind in kinds]
    return [{"kind": kind, "data": data} for kind, data in pairs]


ANSWERED = _history(
    "call.arrived", "queue.joined", "call.connected", "talk.ended", ("flow.ended", {"contained": False})
)
CONTAINED = _history("call.arrived", "flow.step", ("flow.ended", {"contained": True}))
ABANDONED = _history("call.arrived", "queue.joined", "call.ended", ("flow.ended", {"contained": False}))
TURNED_AWAY = _history("call.rejected")


def test_each_call_is_counted_once() -> None:
    result = count([ANSWERED, ANSWERED, CONTAINED, ABANDONED, TURNED_AWAY], [])
    assert (result.offered, result.answered, result.contained, result.abandoned) == (4, 2, 1, 1)


def test_result_is_plain_data_with_the_named_fields() -> None:
    recording = DemoRecording("/r/1.wav", 4.5, -20.1, -19.8)
    data = count([ANSWERED], [recording]).as_data()
    assert list(data) == ["offered", "contained", "answered", "abandoned", "recordings"]
    assert data["recordings"] == (
        {"path": "/r/1.wav", "seconds": 4.5, "caller_dbfs": -20.1, "agent_dbfs": -19.8},
    )


def test_text_says_the_same() -> None:
    text = count([ANSWERED, CONTAINED], [DemoRecording("/r/1.wav", 4.5, None, -19.8)]).as_text()
    assert "2 calls: 1 answered, 1 served by the flow alone, 0 abandoned" in text
    assert "/r/1.wav  4.5 s, caller silent, agent -19.8 dBFS" in text
