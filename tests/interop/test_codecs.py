"""Codecs other than the caller's, and wideband talks passed on as they are: proven by tones G.711 cannot hold."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.interop.kit.asserts import assert_tones_on_their_sides, finished_recordings
from tests.interop.kit.baresip import Baresip, BaresipOrder
from tests.interop.kit.captures import Digit, Silence, Tone
from tests.interop.kit.server import Server
from tests.interop.kit.sipp import Sipp, SippOrder
from tests.interop.kit.tones import measure, rate_of, read_wav

pytestmark = pytest.mark.interop
ROSA = "a-secret-for-rosa"
WIDE_HZ = 16_000
HIGH_HZ, HIGHER_HZ = 5000.0, 6000.0
"""Tones that a telephone band of 3.4 kHz does not carry."""

StartBaresip = Callable[[BaresipOrder], Baresip]


@pytest.mark.parametrize(
    ("codec", "rate_hz"), [("G722/16000/1", WIDE_HZ), ("PCMA/8000/1", 8000), ("opus/48000/2", WIDE_HZ)]
)
def test_an_agent_with_another_codec_is_heard(
    server: Server, sipp: Callable[[SippOrder], Sipp], baresip: StartBaresip, codec: str, rate_hz: int
) -> None:
    phone = baresip(BaresipOrder("rosa", ROSA, server.sip_port, codecs=codec))
    server.eventually(lambda: server.agent("rosa")["presence"] == "available", "rosa on duty")
    keys = [Silence(0.4), Digit("1"), Tone(440, 4.5)]
    caller = sipp(
        SippOrder(
            "caller-presses-keys-then-hangs-up",
            remote=server.sip_port,
            number="3000",
            keys=keys,
            talk_ms=4500,
        )
    )
    phone.wait_for("CALL_ESTABLISHED", 15)
    caller.succeed()
    phone.wait_for("CALL_CLOSED")
    assert_tones_on_their_sides(finished_recordings(server, 1)[0], least_s=1.5, rate_hz=rate_hz)
    phone.quit()
    assert heard_hz(phone) == pytest.approx(440, abs=5), "the agent hears the caller"


@pytest.mark.parametrize("codec", ["G722/16000/1", "opus/48000/2"])
def test_two_phones_of_one_wideband_codec_hear_what_a_telephone_does_not_carry(
    server: Server, baresip: StartBaresip, codec: str
) -> None:
    phone = baresip(
        BaresipOrder("rosa", ROSA, server.sip_port, codecs=codec, tone_hz=HIGHER_HZ, rate_hz=WIDE_HZ)
    )
    server.eventually(lambda: server.agent("rosa")["presence"] == "available", "rosa on duty")
    caller = baresip(
        BaresipOrder(
            "somebody",
            ROSA,
            server.sip_port,
            codecs=codec,
            tone_hz=HIGH_HZ,
            rate_hz=WIDE_HZ,
            registration_s=0,
        )
    )
    caller.command("dial", f"sip:3000@127.0.0.1:{server.sip_port}")
    caller.wait_for("CALL_ESTABLISHED", 15)
    time.sleep(1.0)  # the menu speaks
    caller.command("sndcode", "1")
    phone.wait_for("CALL_ESTABLISHED", 15)
    time.sleep(4.0)  # the talk
    caller.command("hangup")
    caller.wait_for("CALL_CLOSED")
    phone.wait_for("CALL_CLOSED")
    recording = finished_recordings(server, 1)[0]
    assert_tones_on_their_sides(
        recording, least_s=2.5, rate_hz=WIDE_HZ, caller_hz=HIGH_HZ, agent_hz=HIGHER_HZ
    )
    caller.quit()
    phone.quit()
    assert heard_hz(phone) == pytest.approx(HIGH_HZ, abs=5), "the agent hears the caller, untouched"


def heard_hz(phone: Baresip) -> float:
    """The strongest tone of what a phone decoded."""
    path: Path = phone.heard()[0]
    rate_hz = rate_of(path)
    return measure(read_wav(path, rate_hz)[0], skip_s=0.4, rate_hz=rate_hz).frequency_hz
