"""The kit itself, phone against phone without a server: what fails here is not the server's fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop.kit.baresip import Baresip, BaresipOrder
from tests.interop.kit.captures import Digit, Silence, Tone
from tests.interop.kit.dialogs import seen_dialogs
from tests.interop.kit.processes import RunningProcess
from tests.interop.kit.pyvoip import PyVoip, PyVoipOrder
from tests.interop.kit.sipp import Sipp, SippOrder
from tests.interop.kit.tones import measure, mulaw, read_wav, sine, write_wav

pytestmark = pytest.mark.interop


def test_a_measured_tone_is_the_tone_that_was_made(tmp_path: Path) -> None:
    heard = measure(read_wav(write_wav(tmp_path / "tone.wav", sine(440.0, 1.0, dbfs=-12.0)))[0])
    assert heard.frequency_hz == pytest.approx(440, abs=2)
    assert heard.dbfs == pytest.approx(-12, abs=0.1)
    assert heard.purity > 0.99


def test_mulaw_agrees_with_the_recommendation_at_its_corners() -> None:
    samples = sine(440.0, 0.0)
    assert mulaw(samples) == b""
    assert mulaw(sine(0.0, 0.001)) == b"\xff" * 8  # G.711 table 2a: positive zero


def test_sipp_calls_sipp(tmp_path: Path, processes: list[RunningProcess]) -> None:
    agent = Sipp(SippOrder("agent-answers-and-talks"), tmp_path / "agent")
    processes.append(agent)
    caller = Sipp(
        SippOrder("caller-talks-then-hangs-up", remote=agent.port, talk_ms=300), tmp_path / "caller"
    )
    processes.append(caller)
    caller.succeed()
    agent.succeed()


def test_sipp_agent_hangs_up_on_sipp(tmp_path: Path, processes: list[RunningProcess]) -> None:
    agent = Sipp(SippOrder("agent-answers-then-hangs-up", talk_ms=300), tmp_path / "agent")
    processes.append(agent)
    caller = Sipp(SippOrder("caller-talks-until-hung-up", remote=agent.port), tmp_path / "caller")
    processes.append(caller)
    caller.succeed()
    agent.succeed()


def test_baresip_answers_sipp_and_hears_its_tone_and_its_digits(
    tmp_path: Path, processes: list[RunningProcess]
) -> None:
    phone = Baresip(BaresipOrder("rosa", "secret", server_port=9, registration_s=0), tmp_path / "baresip")
    processes.append(phone)
    keys = [Tone(440, 0.5), Digit("4"), Digit("2"), Silence(0.1), Tone(440, 0.6)]
    order = SippOrder(
        "caller-presses-keys-then-hangs-up", remote=phone.sip_port, number="rosa", keys=keys, talk_ms=1700
    )
    caller = Sipp(order, tmp_path / "caller")
    processes.append(caller)
    phone.wait_for("CALL_ESTABLISHED")
    digits = [phone.wait_for("CALL_DTMF_START")["param"] for _ in range(2)]
    phone.wait_for("CALL_CLOSED")
    caller.succeed()
    phone.quit()
    assert digits == ["4", "2"]
    heard = measure(read_wav(phone.heard()[0])[0][:3200])
    assert heard.frequency_hz == pytest.approx(440, abs=5)


def test_pyvoip_calls_sipp(tmp_path: Path, processes: list[RunningProcess]) -> None:
    agent = Sipp(SippOrder("agent-answers-and-talks"), tmp_path / "agent")
    processes.append(agent)
    caller = PyVoip(PyVoipOrder(agent.port, "1000", keys="0.3:5", talk_s=1.5), tmp_path / "pyvoip")
    processes.append(caller)
    assert caller.wait(20) == 0, caller.tail()
    agent.succeed()
    ended = caller.event("ended")
    assert ended is not None
    assert ended["by"] == "caller"
    assert float(str(ended["heard_dbfs"])) > -20, "SIPp's tone is at -12 dBFS"


def test_dialogs_are_read_from_what_sipp_logged() -> None:
    at = "----------------------------------------------- 2026-11-22 15:54:1"
    log = (
        f"{at}3.500000\nUDP message received [801] bytes :\n\nINVITE sip:anna@127.0.0.1:1 SIP/2.0\n"
        'From: "sales" <sip:+442079460000@127.0.0.1>;tag=1\nCall-ID: one\nCSeq: 1 INVITE\n\nv=0\n\n'
        f"{at}4.000000\nUDP message sent (300 bytes):\n\nSIP/2.0 200 OK\nCall-ID: one\nCSeq: 1 INVITE\n\n"
        f"{at}5.000000\nUDP message sent (300 bytes):\n\nSIP/2.0 200 OK\nCall-ID: one\nCSeq: 1 INVITE\n\n"
        f"{at}6.250000\nUDP message sent (300 bytes):\n\nBYE sip:x@y SIP/2.0\nCall-ID: one\nCSeq: 2 BYE\n\n"
        f"{at}7.000000\nUDP message received [9] bytes :\n\nINVITE sip:ben@127.0.0.1 SIP/2.0\n"
        "From: <sip:7@127.0.0.1>\nCall-ID: two\nCSeq: 1 INVITE\n\n"
        f"{at}8.000000\nUDP message received [9] bytes :\n\nCANCEL sip:ben@127.0.0.1 SIP/2.0\nCall-ID: two\n\n"
    )
    one, two = seen_dialogs(log)
    assert (one.called, one.caller, one.shown, one.hung_up_here) == ("anna", "+442079460000", "sales", True)
    assert one.answered_at is not None
    assert one.ended_at is not None
    assert (one.answered_at - one.invited_at, one.ended_at - one.invited_at) == (0.5, 2.75)
    assert (two.caller, two.answered_at, two.hung_up_here) == ("7", None, False)
    assert two.ended_at is not None
