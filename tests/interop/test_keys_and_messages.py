"""Keys on the wire (RFC 4733, SIPp): typed ahead, in the middle of an announcement, and secret; and a voicemail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.interop.kit.asserts import CALLER_HZ, TOLERANCE_HZ, finished_recordings, only
from tests.interop.kit.captures import AudibleDigit, Digit, Silence, Sound, Tone
from tests.interop.kit.processes import RunningProcess
from tests.interop.kit.server import CONFIGURATIONS, Server
from tests.interop.kit.sipp import Sipp, SippOrder
from tests.interop.kit.tones import measure, read_wav

pytestmark = pytest.mark.interop

StartSipp = Callable[[SippOrder], Sipp]
SECRET = "918273645"
ANNOUNCEMENT_S = 20.0


def _call(server: Server, sipp: StartSipp, number: str, keys: list[Sound]) -> list[dict[str, Any]]:
    order = SippOrder("caller-presses-keys-until-hung-up", remote=server.sip_port, number=number, keys=keys)
    sipp(order).succeed()
    server.wait_idle()
    return server.history(server.calls()[0]["id"])


def _steps(history: list[dict[str, Any]]) -> list[tuple[str, dict[str, str]]]:
    return [(e["data"]["what"], e["data"]["data"]) for e in history if e["kind"] == "flow.step"]


def _seconds(history: list[dict[str, Any]]) -> float:
    first, last = (datetime.fromisoformat(history[n]["at"]) for n in (0, -1))
    return (last - first).total_seconds()


def test_keys_typed_ahead_are_all_heard_and_secret_ones_are_written_nowhere(
    server: Server, sipp: StartSipp
) -> None:
    keys: list[Sound] = [Silence(0.5), *(Digit(digit) for digit in f"1{SECRET}"), Silence(2.0)]
    history = _call(server, sipp, "3004", keys)
    steps = _steps(history)
    assert ("collected", {"secret": "*" * len(SECRET)}) in steps
    assert ("set", {"doubled": "***"}) in steps
    assert ("key", {"key": "1"}) in steps
    assert _seconds(history) < ANNOUNCEMENT_S / 2
    ended = only(history, "flow.ended")
    assert ended["variables"]["secret"] == "***"
    files = [path for path in server.data.rglob("*") if path.is_file()]
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []
    assert SECRET not in server.said()


def test_a_secret_typed_where_nobody_asks_for_it_is_written_nowhere(server: Server, sipp: StartSipp) -> None:
    keys: list[Sound] = [Silence(0.5), *(Digit(digit) for digit in SECRET)]
    again: list[Sound] = [Silence(2.0), Digit("1"), *(Digit(digit) for digit in SECRET), Silence(2.0)]
    steps = _steps(_call(server, sipp, "3004", keys + again))
    assert any(what == "wrong input" for what, _ in steps)
    assert ("collected", {"secret": "*" * len(SECRET)}) in steps
    shown = " ".join(str(data) for what, data in steps if what in ("wrong input", "menu"))
    assert SECRET[0] not in shown


def test_a_key_ends_an_announcement_at_once_and_the_next_question_is_asked(
    server: Server, sipp: StartSipp
) -> None:
    keys: list[Sound] = [Silence(1.0), Digit("1"), Silence(3.0), *(Digit(d) for d in SECRET), Silence(2.0)]
    history = _call(server, sipp, "3004", keys)
    steps = _steps(history)
    assert ("collected", {"secret": "*" * len(SECRET)}) in steps
    assert _seconds(history) < ANNOUNCEMENT_S / 2
    assert any(what == "collect" and "text" in data for what, data in steps), "the question was not asked"


def test_a_voicemail_ends_by_silence_and_is_kept(server: Server, sipp: StartSipp) -> None:
    history = _call(server, sipp, "3005", [Silence(2.5), Tone(440.0, 2.0), Silence(8.0)])
    [recording] = finished_recordings(server, 1)
    assert only(history, "recording.started")["what"] == recording["kind"] == "voicemail"
    [caller] = read_wav(Path(recording["path"]))
    said = measure(caller, skip_s=0.25)
    assert abs(said.frequency_hz - CALLER_HZ) < TOLERANCE_HZ, said
    assert said.purity > 0.9, said
    assert recording["agent_dbfs"] is None
    seconds = next(data["seconds"] for what, data in _steps(history) if what == "recorded")
    assert 2.0 < float(seconds) < 5.0
    assert _seconds(history) < 15.0, "it was not the silence that ended it"


def test_keys_in_the_audio_of_a_trunk_that_has_no_other_way(
    tmp_path: Path, processes: list[RunningProcess], prompts: Path, sipp: StartSipp
) -> None:
    server = Server(CONFIGURATIONS / "inband", tmp_path / "server", prompts=prompts)
    processes.append(server)
    keys: list[Sound] = [Silence(2.0), *(AudibleDigit(digit) for digit in "2468#"), Silence(2.0)]
    order = SippOrder("caller-has-keys-in-the-audio", remote=server.sip_port, number="3001", keys=keys)
    sipp(order).succeed()
    server.wait_idle()
    steps = _steps(server.history(server.calls()[0]["id"]))
    assert ("collected", {"customer": "2468"}) in steps
    server.stop()
