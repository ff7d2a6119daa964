"""What SIPp says is heard: in a mailbox, whose owner's phone is told so, and by a menu that takes words."""

from __future__ import annotations

import asyncio
import re
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ivr.listening import PocketsphinxRecognizer
from ivr.prompts import prepared
from ivr.speech import EspeakEngine
from recordings.mailboxes import MailboxMessage, messages
from telephony.sip.digest import Challenge, answer_challenge
from tests.interop.kit.captures import Digit, Silence, Spoken, Tone
from tests.interop.kit.processes import RunningProcess
from tests.interop.kit.server import CONFIGURATIONS, Server
from tests.interop.kit.sip_probe import SipProbe
from tests.interop.kit.sipp import Sipp, SippOrder

pytestmark = pytest.mark.interop

needs_pocketsphinx = pytest.mark.skipif(
    not PocketsphinxRecognizer.installed(), reason="the extra cordboard[listen] is not installed"
)
StartSipp = Callable[[SippOrder], Sipp]


@pytest.fixture
def recording_server(tmp_path: Path, processes: list[RunningProcess], prompts: Path) -> Iterator[Server]:
    running = Server(CONFIGURATIONS / "messages", tmp_path / "server", prompts=prompts)
    processes.append(running)
    yield running
    running.stop()


def mailbox(server: Server, name: str) -> list[MailboxMessage]:
    return messages(server.data / "cordboard.db", name)


def told(server: Server, kind: str) -> list[dict[str, Any]]:
    [call] = server.calls()
    return [event["data"] for event in server.history(call["id"]) if event["kind"] == kind]


def read_until(probe: SipProbe, wanted: str) -> str:
    seen: list[str] = []
    while (said := probe.receive(30.0)) is not None:
        if wanted in said:
            return said
        seen.append(said)
    raise AssertionError(f"no {wanted} in {seen}")


def subscribe(lamp: SipProbe, server: Server) -> None:
    wanted = "Event: message-summary\r\nExpires: 600"
    lamp.request("SUBSCRIBE", "anna", extra=wanted)
    refused = read_until(lamp, "SIP/2.0 401")
    challenge = re.search(r"WWW-Authenticate: (.*algorithm=MD5.*)\r", refused)
    assert challenge is not None, refused
    proof = answer_challenge(
        Challenge.parse(challenge[1]), user="anna", password="a-secret-for-anna", method="SUBSCRIBE",
        uri=f"sip:anna@127.0.0.1:{server.sip_port}", cnonce="c",
    )  # fmt: skip
    lamp.request("SUBSCRIBE", "anna", cseq=2, extra=f"{wanted}\r\nAuthorization: {proof}")
    assert "Messages-Waiting: no" in read_until(lamp, "Messages-Waiting")


def test_silence_ends_a_voicemail_and_its_owner_is_told(recording_server: Server, sipp: StartSipp) -> None:
    with SipProbe(recording_server.sip_port, user="anna") as lamp:
        subscribe(lamp, recording_server)
        spoken = [Silence(2.0), Tone(440, 2.0), Silence(9.0)]
        order = SippOrder(
            "caller-presses-keys-until-hung-up", remote=recording_server.sip_port, keys=spoken, timeout_s=60
        )
        sipp(order).succeed()
        summary = read_until(lamp, "Messages-Waiting: yes")
    assert "Voice-Message: 1/0" in summary
    [message] = mailbox(recording_server, "anna")
    assert (message.is_new, message.caller) == (True, "caller1")
    recording_server.eventually(lambda: bool(mailbox(recording_server, "anna")[0].path), "file")
    [recording] = recording_server.recordings()
    assert recording["kind"] == "voicemail"
    with wave.open(recording["path"]) as file:
        assert file.getnchannels() == 1
    assert recording["caller_dbfs"] > -30


def test_a_message_is_heard_back_and_recorded_again_and_the_one_before_is_gone(
    recording_server: Server, sipp: StartSipp
) -> None:
    # After each hash the server makes a file, for 3 s at most before it asks.
    first = [Silence(3.0), Tone(440, 1.5), Digit("#"), Silence(6.0), Digit("2"), Silence(6.0)]
    second = [Digit("3"), Silence(1.5), Tone(880, 1.5), Digit("#"), Silence(6.0), Digit("1"), Silence(5.0)]
    order = SippOrder(
        "caller-presses-keys-until-hung-up",
        remote=recording_server.sip_port,
        number="1001",
        keys=[*first, *second],
        timeout_s=60,
    )
    sipp(order).succeed()
    recording_server.wait_idle()
    assert [data["data"]["key"] for data in told(recording_server, "flow.step") if data["what"] == "key"] == [
        "2",
        "3",
        "1",
    ]
    assert [data for data in told(recording_server, "flow.step") if data["what"] == "not played"] == []
    [message] = mailbox(recording_server, "desk")
    [recording] = recording_server.recordings()
    assert recording["id"] == message.id
    assert len(told(recording_server, "recording.discarded")) == 1
    assert not list((recording_server.data / "prompts").glob("heard-back-*"))


async def voice(words: str) -> Spoken:
    engine = EspeakEngine()
    try:
        return Spoken(prepared(*await engine.speak(words, "en-us")).astype(np.float64))
    finally:
        await engine.close()


@needs_pocketsphinx
def test_a_menu_takes_spoken_words_and_keys_work_beside_it(recording_server: Server, sipp: StartSipp) -> None:
    says = asyncio.run(voice("technical support"))
    keys = [Silence(2.0), says, Silence(5.0), Digit("4"), Digit("2"), Silence(3.0)]
    order = SippOrder(
        "caller-presses-keys-until-hung-up", remote=recording_server.sip_port, number="1002", keys=keys,
        timeout_s=60,
    )  # fmt: skip
    sipp(order).succeed()
    recording_server.wait_idle()
    steps = [(data["what"], data["data"]) for data in told(recording_server, "flow.step")]
    assert [data["words"] for what, data in steps if what == "heard"] == ["technical support"]
    assert ("collected", {"number": "42"}) in steps
