"""Encrypted audio with baresip's SRTP: taken where it is offered, demanded where it is required."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.interop.kit.asserts import assert_tones_on_their_sides, finished_recordings
from tests.interop.kit.baresip import BaresipOrder
from tests.interop.kit.captures import Tone
from tests.interop.kit.ports import free_port
from tests.interop.kit.processes import RunningProcess
from tests.interop.kit.server import CONFIGURATIONS, Server
from tests.interop.kit.sipp import SippOrder
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

StartServer = Callable[[str], "Running"]


class Running:
    """A server with TLS, and phones' way to it."""

    def __init__(self, folder: Path, srtp: str, processes: list[RunningProcess], prompts: Path) -> None:
        program = str(Path(sys.executable).with_name("cordboard"))
        subprocess.run(
            [program, "cert", "--out", str(folder / "tls")], check=True, timeout=30, stdout=subprocess.DEVNULL
        )
        self.tls_port = free_port()
        environment = {
            "INTEROP_TLS": str(folder / "tls"),
            "INTEROP_TLS_PORT": str(self.tls_port),
            "INTEROP_WSS_PORT": str(free_port()),
            "INTEROP_SRTP": srtp,
        }
        self.server = Server(CONFIGURATIONS / "secure", folder / "server", environment, prompts=prompts)
        processes.append(self.server)
        self.certificate = folder / "tls" / "cert.pem"

    def phone(self, user: str, mediaenc: str, **more: object) -> BaresipOrder:
        return BaresipOrder(
            user,
            ROSA,
            self.tls_port,
            transport="tls",
            certificate=self.certificate,
            mediaenc=mediaenc,
            **more,  # type: ignore[arg-type]
        )


@pytest.fixture
def running(tmp_path: Path, processes: list[RunningProcess], prompts: Path) -> Iterator[StartServer]:
    started: list[Running] = []

    def start(srtp: str) -> Running:
        started.append(Running(tmp_path, srtp, processes, prompts))
        return started[-1]

    yield start
    for each in started:
        each.server.stop()
        said = each.server.said()
        assert "inline:" not in said, "keys are never logged"


def test_an_encrypted_agent_and_a_plain_caller_hear_each_other(
    running: StartServer, sipp: StartSipp, baresip: StartBaresip
) -> None:
    here = running("offered")
    server = here.server
    phone = on_duty(server, baresip(here.phone("rosa", "srtp")))
    sipp_calls(server, sipp, phone, [Tone(440, 4.0)], 4.0)
    assert_tones_on_their_sides(finished_recordings(server, 1)[0], least_s=1.5)
    phone.quit()
    assert heard_hz(phone) == pytest.approx(440, abs=5), "the agent hears the caller"
    assert "SRTP is Enabled (cryptosuite=AES_CM_128_HMAC_SHA1_80)" in phone.said()


def test_where_it_is_required_open_callers_are_refused_and_encrypted_ones_talk(
    running: StartServer, sipp: StartSipp, baresip: StartBaresip
) -> None:
    here = running("required")
    server = here.server
    phone = on_duty(server, baresip(here.phone("rosa", "srtp-mand")))
    order = SippOrder("caller-talks-then-hangs-up", remote=server.sip_port, number="3000", timeout_s=10)
    plain = sipp(order)
    assert plain.wait(20) != 0
    assert plain.received("SIP/2.0 488") == 1, plain.messages()
    caller = baresip(here.phone("somebody", "srtp-mand", tone_hz=440, registration_s=0))
    baresip_calls(caller, phone, 3.0)
    assert_tones_on_their_sides(finished_recordings(server, 1)[0], least_s=1.5)
    caller.quit()
    phone.quit()


def test_keys_by_handshake_with_both_sides(
    running: StartServer, sipp: StartSipp, baresip: StartBaresip
) -> None:
    here = running("dtls")
    server = here.server
    phone = on_duty(server, baresip(here.phone("rosa", "dtls_srtp")))
    plain = sipp(SippOrder("caller-talks-then-hangs-up", remote=server.sip_port, number="3000", timeout_s=10))
    assert plain.wait(20) != 0
    assert plain.received("SIP/2.0 488") == 1, plain.messages()
    caller = baresip(here.phone("somebody", "dtls_srtp", tone_hz=440, registration_s=0))
    baresip_calls(caller, phone, 4.0)
    assert_tones_on_their_sides(finished_recordings(server, 1)[0], least_s=1.5)
    caller.quit()
    phone.quit()
    assert heard_hz(phone) == pytest.approx(440, abs=5), "the agent hears the caller"
    for each in (phone, caller):
        assert "verified sha-256 fingerprint OK" in each.said()
        assert "DTLS-SRTP complete" in each.said()


def test_an_agent_that_takes_handshakes_alone_and_a_plain_caller_hear_each_other(
    running: StartServer, sipp: StartSipp, baresip: StartBaresip
) -> None:
    here = running("offered")
    server = here.server
    phone = on_duty(server, baresip(here.phone("rosa", "dtls_srtp")))
    sipp_calls(server, sipp, phone, [Tone(440, 5.0)], 5.0)
    assert_tones_on_their_sides(finished_recordings(server, 1)[0], least_s=1.5)
    phone.quit()
    assert "DTLS-SRTP complete" in phone.said(), "it refused our plain offer, and took the second"


def test_a_caller_with_keys_by_handshake_and_an_agent_with_told_ones_hear_each_other(
    running: StartServer, baresip: StartBaresip
) -> None:
    here = running("offered")
    server = here.server
    phone = on_duty(server, baresip(here.phone("rosa", "srtp")))
    caller = baresip(here.phone("somebody", "dtls_srtp", tone_hz=440, registration_s=0))
    baresip_calls(caller, phone, 4.0)
    assert_tones_on_their_sides(finished_recordings(server, 1)[0], least_s=1.5)
    caller.quit()
    phone.quit()
    assert "DTLS-SRTP complete" in caller.said()
    assert "SRTP is Enabled (cryptosuite=AES_CM_128_HMAC_SHA1_80)" in phone.said()


def test_keys_by_handshake_on_a_way_found_by_ice(running: StartServer, baresip: StartBaresip) -> None:
    here = running("dtls")
    server = here.server
    phone = on_duty(server, baresip(here.phone("rosa", "dtls_srtp", medianat="ice")))
    caller = baresip(here.phone("somebody", "dtls_srtp", medianat="ice", tone_hz=440, registration_s=0))
    baresip_calls(caller, phone, 5.0)
    assert_tones_on_their_sides(finished_recordings(server, 1)[0], least_s=1.5)
    caller.quit()
    phone.quit()
    for each in (phone, caller):
        assert "connectivity check is complete" in each.said()
        assert "mnat 'ice' connected" in each.said()
        assert "DTLS-SRTP complete" in each.said()
