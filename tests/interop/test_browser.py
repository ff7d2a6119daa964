"""A phone in a browser: Chromium and SIP.js over WebSocket, with ICE, DTLS-SRTP and the codecs that browsers have."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.interop.kit.asserts import assert_tones_on_their_sides, finished_recordings, only
from tests.interop.kit.baresip import Baresip, BaresipOrder
from tests.interop.kit.captures import Tone
from tests.interop.kit.chromium import Chromium, ChromiumOrder
from tests.interop.kit.ports import LOOPBACK, free_port
from tests.interop.kit.processes import RunningProcess
from tests.interop.kit.server import CONFIGURATIONS, Server
from tests.interop.kit.sipp import Sipp, SippOrder

pytestmark = pytest.mark.interop
ROSA = "a-secret-for-rosa"
ABOVE_A_TELEPHONE_HZ = 5200

StartSipp = Callable[[SippOrder], Sipp]
StartBaresip = Callable[[BaresipOrder], Baresip]


class Centre:
    """A server with WebSocket listeners, and browsers' way to it."""

    def __init__(self, folder: Path, processes: list[RunningProcess], prompts: Path, **settings: str) -> None:
        program = str(Path(sys.executable).with_name("cordboard"))
        subprocess.run(
            [program, "cert", "--out", str(folder / "tls")], check=True, timeout=30, stdout=subprocess.DEVNULL
        )
        self.ws_port, self.wss_port = free_port(), free_port()
        environment = {
            "INTEROP_TLS": str(folder / "tls"),
            "INTEROP_WS_PORT": str(self.ws_port),
            "INTEROP_WSS_PORT": str(self.wss_port),
            **{f"INTEROP_{name.upper()}": value for name, value in settings.items()},
        }
        self._folder, self._processes = folder, processes
        self.server = Server(CONFIGURATIONS / "browsers", folder / "server", environment, prompts=prompts)
        processes.append(self.server)

    def browser(self, user: str, *, secure: bool = False, **more: object) -> Chromium:
        server = f"wss://{LOOPBACK}:{self.wss_port}" if secure else f"ws://{LOOPBACK}:{self.ws_port}"
        certificate = self._folder / "tls" / "cert.pem" if secure else None
        order = ChromiumOrder(user, server, certificate=certificate, **more)  # type: ignore[arg-type]
        browser = Chromium(order, self._folder / f"browser-{len(self._processes)}")
        self._processes.append(browser)
        return browser

    def agent(self, **more: object) -> Chromium:
        """Rosa at a browser, on duty, who answers by herself and says 880 Hz."""
        phone = self.browser("rosa", password=ROSA, answers=True, **more)
        phone.register()
        self.server.eventually(lambda: self.server.agent("rosa")["presence"] == "available", "rosa on duty")
        return phone


@pytest.fixture
def centre(tmp_path: Path, processes: list[RunningProcess], prompts: Path) -> Iterator[Callable[..., Centre]]:
    started: list[Centre] = []

    def start(**settings: str) -> Centre:
        started.append(Centre(tmp_path, processes, prompts, **settings))
        return started[-1]

    yield start
    for each in started:
        each.server.stop()
        said = each.server.said()
        assert "inline:" not in said, "keys are never logged"
        assert "a=ice-pwd:" not in said, "nor are passwords"


def steps(server: Server) -> list[str]:
    history = server.history(server.calls()[0]["id"])
    return [event["data"]["step"] for event in history if event["kind"] == "flow.step"]


def test_a_browser_calls_hears_the_flow_and_its_keys_are_heard(centre: Callable[..., Centre]) -> None:
    here = centre()
    phone = here.browser("somebody", tone_hz=440)
    phone.call("3001")
    phone.wait_hears_something()
    phone.run("phone.keys('2468#')")
    phone.wait_state("Terminated", 20)
    here.server.wait_idle()
    assert any(step.startswith("known") for step in steps(here.server)), "keys of RFC 4733 at 48 kHz"
    assert phone.run("phone.log()").count("session Terminated") == 1


def test_a_plain_caller_and_a_browser_talk_and_the_caller_hangs_up(
    centre: Callable[..., Centre], sipp: StartSipp
) -> None:
    here = centre()
    agent = here.agent()
    order = SippOrder(
        "caller-presses-keys-then-hangs-up",
        remote=here.server.sip_port,
        number="3000",
        keys=[Tone(440, 6.0)],
        talk_ms=6000,
    )
    caller = sipp(order)
    agent.wait_state("Established")
    agent.wait_hears(440)
    assert agent.stats()["codec"] == "audio/PCMU", "what the caller speaks, passed on as it is"
    caller.succeed()
    agent.wait_state("Terminated")
    assert_tones_on_their_sides(finished_recordings(here.server, 1)[0], least_s=2.0)
    here.server.wait_idle()


def test_two_browsers_talk_in_opus_and_the_agent_hangs_up(centre: Callable[..., Centre]) -> None:
    here = centre(srtp="dtls")
    agent = here.agent(bundle="max-bundle")
    caller = here.browser("somebody", tone_hz=440, bundle="max-bundle")
    caller.call("3000")
    agent.wait_state("Established")
    agent.wait_hears(440)
    caller.wait_hears(880)
    for each in (agent, caller):
        stats = each.stats()
        assert stats["codec"] == "audio/opus"
        assert stats["transport"]["dtlsState"] == "connected"
        assert stats["transport"]["iceState"] in ("connected", "completed")
        assert stats["inbound-rtp"]["packetsLost"] == 0
    caller.wait_talk(4.0)
    agent.hang_up()
    caller.wait_state("Terminated")
    [recording] = finished_recordings(here.server, 1)
    assert_tones_on_their_sides(recording, least_s=1.0, rate_hz=16_000)
    here.server.wait_idle()
    history = here.server.history(here.server.calls()[0]["id"])
    assert only(history, "call.connected")["agent"] == "rosa"


def test_over_secure_websocket_with_addresses_hidden_and_the_browser_hangs_up(
    centre: Callable[..., Centre],
) -> None:
    here = centre(srtp="required", ice="offered")
    agent = here.agent(secure=True)
    caller = here.browser("somebody", tone_hz=440, secure=True, microphone=False)
    caller.call("3000")
    agent.wait_state("Established")
    agent.wait_hears(440)
    caller.wait_hears(880)
    ours = caller.run("phone.description()")["ours"]
    assert ".local " in ours, "without leave for a microphone a browser names itself by mDNS"
    caller.wait_talk(4.0)
    caller.hang_up()
    agent.wait_state("Terminated")
    [recording] = finished_recordings(here.server, 1)
    assert_tones_on_their_sides(recording, least_s=1.0, rate_hz=16_000)


def test_a_browser_on_an_open_connection_is_refused_where_encryption_is_required(
    centre: Callable[..., Centre],
) -> None:
    here = centre(srtp="required")
    caller = here.browser("somebody")
    caller.run("phone.call('3001')")
    caller.wait_state("Terminated")
    assert any("SIP/2.0 488" in line for line in caller.run("phone.log()"))


@pytest.mark.parametrize("codec", ["PCMA", "G722"])
def test_a_browser_speaks_every_codec_that_it_has(centre: Callable[..., Centre], codec: str) -> None:
    here = centre(codec=codec)
    agent = here.agent()
    caller = here.browser("somebody", tone_hz=440)
    caller.call("3000")
    agent.wait_hears(440)
    caller.wait_hears(880)
    caller.wait_talk(4.0)
    assert {each.stats()["codec"] for each in (agent, caller)} == {f"audio/{codec}"}
    caller.hang_up()
    agent.wait_state("Terminated")
    [recording] = finished_recordings(here.server, 1)
    rate_hz = 16_000 if codec == "G722" else 8000
    assert_tones_on_their_sides(recording, least_s=1.0, rate_hz=rate_hz)


def test_a_supervisor_at_a_browser_hears_both_and_what_no_telephone_carries(
    centre: Callable[..., Centre],
) -> None:
    here = centre()
    agent = here.agent()
    supervisor = here.browser("sam", password="a-secret-for-sam", tone_hz=660, answers=True)
    supervisor.register()
    caller = here.browser("somebody", tone_hz=ABOVE_A_TELEPHONE_HZ)
    caller.call("3000")
    agent.wait_hears(ABOVE_A_TELEPHONE_HZ)
    [call] = here.server.snapshot()["calls"]
    url = f"http://{LOOPBACK}:{here.server.http_port}/v1/calls/{call['id']}/supervise"
    order = {"mode": "listen", "phone": "sam"}
    assert httpx.post(url, json=order, timeout=10).status_code == 200
    supervisor.wait_state("Established")
    supervisor.wait_hears_all(ABOVE_A_TELEPHONE_HZ, 880)
    agent.wait_hears(ABOVE_A_TELEPHONE_HZ)
    assert agent.run("phone.level(660)") < -60, "nobody hears a listener"
    order["mode"] = "barge"
    assert httpx.post(url, json=order, timeout=10).status_code == 200
    agent.wait_hears_all(ABOVE_A_TELEPHONE_HZ, 660)
    caller.hang_up()
    supervisor.wait_state("Terminated")
    agent.wait_state("Terminated")


def test_a_browser_holds_and_takes_up_again(centre: Callable[..., Centre]) -> None:
    here = centre()
    agent = here.agent()
    caller = here.browser("somebody", tone_hz=440)
    caller.call("3000")
    agent.wait_hears(440)
    agent.run("phone.hold(true)")
    here.server.eventually(lambda: bool(here.server.snapshot()["calls"][0]["held"]), "talk on hold")
    agent.run("phone.hold(false)")
    here.server.eventually(lambda: not here.server.snapshot()["calls"][0]["held"], "talk taken up")
    agent.wait_hears(440)
    caller.wait_hears(880)
    caller.hang_up()
    agent.wait_state("Terminated")


def test_a_browser_gives_up_while_it_rings_and_one_refuses(centre: Callable[..., Centre]) -> None:
    here = centre()
    agent = here.browser("rosa", password=ROSA)
    agent.register()
    here.server.eventually(lambda: here.server.agent("rosa")["presence"] == "available", "rosa on duty")
    caller = here.browser("somebody", tone_hz=440)
    caller.run("phone.call('3000')")
    agent.wait_state("Initial")
    agent.hang_up()
    agent.wait_state("Terminated")
    caller.hang_up()
    caller.wait_state("Terminated")
    here.server.wait_idle()
    assert here.server.recordings() == []


def test_a_browser_that_is_closed_is_unreachable_at_once(centre: Callable[..., Centre]) -> None:
    here = centre()
    agent = here.agent()
    agent.end()
    here.server.eventually(lambda: here.server.agent("rosa")["presence"] == "unreachable", "loss")
