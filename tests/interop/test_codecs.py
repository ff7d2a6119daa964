"""Codecs other than the caller's, and wideband talks passed on as they are: proven by tones G.711 cannot hold."""

from __future__ import annotations

import pytest

from tests.interop.kit.asserts import assert_tones_on_their_sides, finished_recordings
from tests.interop.kit.baresip import BaresipOrder
from tests.interop.kit.captures import Digit, Silence, Tone
from tests.interop.kit.server import Server
from tests.interop.kit.talks import (
    ROSA,
    StartBaresip,
    StartSipp,
    baresip_calls,
    heard_hz,
    on_duty,
    sipp_calls,
)

pytestmark = pytest.mark.interop
WIDE_HZ = 16_000
HIGH_HZ, HIGHER_HZ = 5000.0, 6000.0
"""Tones that a telephone band of 3.4 kHz does not carry."""


@pytest.mark.parametrize(
    ("codec", "rate_hz"), [("G722/16000/1", WIDE_HZ), ("PCMA/8000/1", 8000), ("opus/48000/2", WIDE_HZ)]
)
def test_an_agent_with_another_codec_is_heard(
    server: Server, sipp: StartSipp, baresip: StartBaresip, codec: str, rate_hz: int
) -> None:
    phone = on_duty(server, baresip(BaresipOrder("rosa", ROSA, server.sip_port, codecs=codec)))
    keys = [Silence(0.4), Digit("1"), Tone(440, 4.5)]
    sipp_calls(server, sipp, phone, keys, 4.5)
    assert_tones_on_their_sides(finished_recordings(server, 1)[0], least_s=1.5, rate_hz=rate_hz)
    phone.quit()
    assert heard_hz(phone, skip_s=0.4) == pytest.approx(440, abs=5), "the agent hears the caller"


@pytest.mark.parametrize("codec", ["G722/16000/1", "opus/48000/2"])
def test_two_phones_of_one_wideband_codec_hear_what_a_telephone_does_not_carry(
    server: Server, baresip: StartBaresip, codec: str
) -> None:
    phone = on_duty(
        server,
        baresip(
            BaresipOrder("rosa", ROSA, server.sip_port, codecs=codec, tone_hz=HIGHER_HZ, rate_hz=WIDE_HZ)
        ),
    )
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
    baresip_calls(caller, phone, 4.0, menu=True)
    recording = finished_recordings(server, 1)[0]
    assert_tones_on_their_sides(
        recording, least_s=2.5, rate_hz=WIDE_HZ, caller_hz=HIGH_HZ, agent_hz=HIGHER_HZ
    )
    caller.quit()
    phone.quit()
    assert heard_hz(phone, skip_s=0.4) == pytest.approx(HIGH_HZ, abs=5), (
        "the agent hears the caller, untouched"
    )
