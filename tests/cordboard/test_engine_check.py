"""What a configuration with rtpengine must not ask for, each told at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from cordboard.config import CordboardFile, load_configuration
from cordboard.engine_settings import host_and_port
from cordboard.supervision import permitted_modes
from cordboard.supervision_settings import MODES
from tests.cordboard.test_config import folder, mistakes

SETTINGS = """\
media:
  engine: rtpengine
  rtpengine: {address: "127.0.0.1:2223"}
  codecs: [PCMA]
numbers: {"1000": main}
queues:
  sales: {record: false}
"""
FLOW = "flow: main\nstart: main\nsections:\n  main:\n    - queue: sales\n"


def test_a_configuration_that_asks_for_nothing_else(tmp_path: Path) -> None:
    settings = load_configuration(folder(tmp_path, SETTINGS, FLOW), {}).settings
    assert (settings.media.engine, settings.media.rtpengine.digits) == ("rtpengine", "127.0.0.1:2224")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "record: false",
            "wrap_up: 1s",
            '7:10: queues: sales: rtpengine does not record talks: say "record: false"',
        ),
        ("[PCMA]", "[PCMA, G722]", "4:18: media: codecs: 1: G722 is not to be had with rtpengine here"),
        (
            "codecs: [PCMA]",
            "srtp: offered",
            "4:9: media: srtp: encrypted audio is not to be had with rtpengine here",
        ),
        ("codecs: [PCMA]", "ice: answered", "4:8: media: ice: ICE is not to be had with rtpengine here"),
        (
            "queues:",
            "supervision: {modes: [listen]}\nqueues:",
            "6:22: supervision: modes: supervisors cannot listen, whisper or barge in with rtpengine",
        ),
        (
            '"127.0.0.1:2223"',
            "localhost",
            '3:24: media: rtpengine: address: expected an address and a port such as "127.0.0.1:2223", got "localhost"',
        ),
    ],
)
def test_settings_that_rtpengine_cannot_carry_out(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert mistakes(folder(tmp_path, SETTINGS.replace(old, new), FLOW)) == [f"cordboard.yaml:{problem}"]


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ("record: Speak.", "record: rtpengine cannot record what a caller says"),
        (
            "menu: Speak.\n      keys: {1: main}\n      listen: {1: sales}",
            "menu: rtpengine cannot listen for words",
        ),
    ],
)
def test_steps_that_rtpengine_cannot_carry_out(tmp_path: Path, step: str, problem: str) -> None:
    flow = FLOW.replace("- queue", f"- {step}\n    - queue")
    found = mistakes(folder(tmp_path, SETTINGS, flow))
    assert len(found) == 1
    assert found[0].startswith("main.yaml:5:")
    assert found[0].endswith(problem)


def test_addresses() -> None:
    assert host_and_port("[::1]:2223") == ("::1", 2223)
    for wrong in ("127.0.0.1", "127.0.0.1:0", "127.0.0.1:x", "name:5", ":5"):
        with pytest.raises(ValueError):
            host_and_port(wrong)


def test_nobody_supervises_where_nobody_mixes(tmp_path: Path) -> None:
    settings = load_configuration(folder(tmp_path, SETTINGS, FLOW), {}).settings
    assert permitted_modes(settings) == ()
    assert permitted_modes(CordboardFile.model_validate({"numbers": {"1": "main"}})) == MODES
