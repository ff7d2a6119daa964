"""What several tests ask of the server's records: the one recording of a test, and its two channels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.interop.kit.server import Server
from tests.interop.kit.tones import RATE_HZ, Heard, measure, read_wav

CALLER_HZ, AGENT_HZ = 440.0, 880.0
TOLERANCE_HZ = 5.0


def finished_recordings(server: Server, count: int, timeout_s: float = 15.0) -> list[dict[str, Any]]:
    """Wait until so many recordings are listed."""
    server.eventually(lambda: len(server.recordings()) >= count, f"{count} recordings", timeout_s)
    found = server.recordings()
    assert len(found) == count, f"{len(found)} recordings, {count} talks"
    return found


def channels(recording: dict[str, Any], rate_hz: int = RATE_HZ) -> tuple[Heard, Heard]:
    """Caller (left) and agent (right), the first and last quarter second left out."""
    both = read_wav(Path(recording["path"]), rate_hz)
    assert len(both) == 2, "a recording has two channels"
    left, right = (measure(each, skip_s=0.25, rate_hz=rate_hz) for each in both)
    return left, right


def assert_tones_on_their_sides(
    recording: dict[str, Any],
    least_s: float,
    *,
    rate_hz: int = RATE_HZ,
    caller_hz: float = CALLER_HZ,
    agent_hz: float = AGENT_HZ,
) -> None:
    """440 Hz from the caller on the left alone, 880 Hz from the agent on the right alone, without holes."""
    left, right = channels(recording, rate_hz)
    assert abs(left.frequency_hz - caller_hz) < TOLERANCE_HZ, f"left: {left}"
    assert abs(right.frequency_hz - agent_hz) < TOLERANCE_HZ, f"right: {right}"
    assert left.purity > 0.9, f"left: {left}"
    assert right.purity > 0.9, f"right: {right}"
    assert left.seconds >= least_s, f"{left.seconds} s recorded, {least_s} s talked"
    assert abs(recording["caller_dbfs"] - -12) < 2, recording
    assert abs(recording["agent_dbfs"] - -12) < 2, recording


def kinds(history: list[dict[str, Any]]) -> list[str]:
    """The kinds of a call's events, in order."""
    return [event["kind"] for event in history]


def only(history: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    """The data of the one event of a kind."""
    found = [event["data"] for event in history if event["kind"] == kind]
    assert len(found) == 1, f"{len(found)} events {kind} among {kinds(history)}"
    data: dict[str, Any] = found[0]
    return data
