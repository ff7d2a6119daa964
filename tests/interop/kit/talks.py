"""A talk with Rosa's baresip from the first ring to the hang-up: with a SIPp caller, or with another baresip."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from tests.interop.kit.baresip import Baresip, BaresipOrder
from tests.interop.kit.captures import Sound
from tests.interop.kit.server import Server
from tests.interop.kit.sipp import Sipp, SippOrder
from tests.interop.kit.tones import measure, rate_of, read_wav

ROSA = "a-secret-for-rosa"
NUMBER = "3000"
"""Leads to Rosa: straight in the configuration `secure`, by key 1 of a menu in `centre`."""

StartBaresip = Callable[[BaresipOrder], Baresip]
StartSipp = Callable[[SippOrder], Sipp]


def on_duty(server: Server, phone: Baresip) -> Baresip:
    """Rosa's phone, once it has registered and she can be called."""
    server.eventually(lambda: server.agent("rosa")["presence"] == "available", "rosa on duty")
    return phone


def sipp_calls(server: Server, sipp: StartSipp, phone: Baresip, keys: Sequence[Sound], talk_s: float) -> None:
    """A SIPp caller plays `keys` and hangs up `talk_s` after it was answered; Rosa's phone takes the call."""
    caller = sipp(
        SippOrder(
            "caller-presses-keys-then-hangs-up",
            remote=server.sip_port,
            number=NUMBER,
            keys=keys,
            talk_ms=round(talk_s * 1000),
        )
    )
    phone.wait_for("CALL_ESTABLISHED", 15)
    caller.succeed()
    phone.wait_for("CALL_CLOSED")


def baresip_calls(caller: Baresip, phone: Baresip, talk_s: float, *, menu: bool = False) -> None:
    """The caller's baresip dials, presses 1 if there is a menu, and hangs up when they have talked for `talk_s`."""
    order = caller.order
    transport = f";transport={order.transport}" if order.transport != "udp" else ""
    caller.command("dial", f"sip:{NUMBER}@127.0.0.1:{order.server_port}{transport}")
    if menu:
        caller.wait_for("CALL_ESTABLISHED", 15)
        time.sleep(1.0)  # the menu speaks
        caller.command("sndcode", "1")
    phone.wait_for("CALL_ESTABLISHED", 15)
    if not menu:
        caller.wait_for("CALL_ESTABLISHED", 15)
    time.sleep(talk_s)
    caller.command("hangup")
    caller.wait_for("CALL_CLOSED")
    phone.wait_for("CALL_CLOSED")


def heard_hz(phone: Baresip, skip_s: float = 0.3) -> float:
    """The strongest tone of what a phone decoded, the beginning left out."""
    path = phone.heard()[0]
    rate_hz = rate_of(path)
    return measure(read_wav(path, rate_hz)[0], skip_s=skip_s, rate_hz=rate_hz).frequency_hz
