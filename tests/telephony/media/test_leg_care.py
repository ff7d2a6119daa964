"""What a leg does once a second, and when it goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from telephony.media.leg_care import LegCare
from telephony.media.messages import MediaConfig
from telephony.media.rtcp import Goodbye, parse_compound


@pytest.fixture
def care(tmp_path: Path) -> LegCare:
    return LegCare(MediaConfig(runtime_dir=tmp_path), lambda: 0.0)


def test_a_leg_that_never_sent_anything_says_no_goodbye(care: LegCare, new_leg) -> None:
    a = new_leg("a")
    a.settle(rtcp_mux=True)
    care.add(a.leg, 10.0)
    care.say_goodbye(a.leg, 10.5)  # RFC 3550 6.3.7
    assert (a.sockets.sent, a.sockets.connections) == ([], [])


def test_a_leg_that_sent_audio_says_goodbye(care: LegCare, new_leg) -> None:
    a = new_leg("a")
    a.settle(rtcp_mux=True)
    a.leg.keep_open(11.0)
    care.say_goodbye(a.leg, 11.5)
    assert any(isinstance(each, Goodbye) for each in parse_compound(a.sockets.sent[-1]))


def test_a_leg_that_only_sent_reports_says_goodbye(care: LegCare, new_leg) -> None:
    a = new_leg("a")
    a.settle(rtcp_mux=True, sending=False)
    care.add(a.leg, 10.0)
    for second in range(11, 16):
        assert list(care.handle_timer(float(second), 1_700_000_000.0 + second)) == []
    assert len(a.sockets.sent) > 0
    assert a.leg.outgoing.packets == 0
    care.say_goodbye(a.leg, 16.0)
    assert any(isinstance(each, Goodbye) for each in parse_compound(a.sockets.sent[-1]))
