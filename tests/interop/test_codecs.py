"""Codecs other than the caller's: a phone that speaks G.722 alone, and one that speaks A-law alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.interop.kit.asserts import assert_tones_on_their_sides, finished_recordings
from tests.interop.kit.baresip import Baresip, BaresipOrder
from tests.interop.kit.captures import Digit, Silence, Tone
from tests.interop.kit.server import Server
from tests.interop.kit.sipp import Sipp, SippOrder

pytestmark = pytest.mark.interop
ROSA = "a-secret-for-rosa"


@pytest.mark.parametrize("codec", ["G722/16000/1", "PCMA/8000/1"])
def test_an_agent_with_another_codec_is_heard(
    server: Server,
    sipp: Callable[[SippOrder], Sipp],
    baresip: Callable[[BaresipOrder], Baresip],
    codec: str,
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
    assert_tones_on_their_sides(finished_recordings(server, 1)[0], least_s=1.5)
    phone.quit()
