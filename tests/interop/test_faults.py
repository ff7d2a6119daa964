"""Calls through faults of the network and of phones, each named after its fault."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable

import pytest

from tests.interop.kit.asserts import kinds, only
from tests.interop.kit.ports import LOOPBACK
from tests.interop.kit.server import Server
from tests.interop.kit.sipp import Sipp, SippOrder

pytestmark = pytest.mark.interop

StartSipp = Callable[[SippOrder], Sipp]


def test_lost_200_is_repeated_until_it_is_acknowledged(server: Server, sipp: StartSipp) -> None:
    scenario = "caller-loses-the-200-and-its-first-repetition"
    caller = sipp(SippOrder(scenario, remote=server.sip_port, number="3002", talk_ms=200))
    caller.succeed()
    assert caller.received("SIP/2.0 200") >= 4, "the answer, two repetitions (0.5 s, 1.5 s), the BYE's answer"
    server.wait_idle()


def test_cancel_that_crosses_the_200_is_answered_and_changes_nothing(server: Server, sipp: StartSipp) -> None:
    caller = sipp(
        SippOrder("caller-cancels-after-the-200", remote=server.sip_port, number="3002", talk_ms=300)
    )
    caller.succeed()
    assert caller.received("SIP/2.0 487") == 0
    server.wait_idle()
    ended = only(server.history(server.calls()[0]["id"]), "call.ended")
    assert ended["by"] == "remote"


def test_forked_early_media_is_followed_by_the_answer_of_one_fork(
    server: Server, sipp: StartSipp, desk_port: int
) -> None:
    agent = sipp(SippOrder("agent-forks-early-media", port=desk_port))
    caller = sipp(
        SippOrder("caller-is-silent-then-hangs-up", remote=server.sip_port, number="3002", talk_ms=1500)
    )
    caller.succeed()
    agent.succeed()
    server.wait_idle()
    assert only(server.history(server.calls()[0]["id"]), "call.connected")["agent"] == "desk"


def test_3xx_of_an_agents_phone_is_no_answer_and_the_caller_keeps_the_place(
    server: Server, sipp: StartSipp, desk_port: int
) -> None:
    moved = sipp(SippOrder("agent-redirects", port=desk_port))
    caller = sipp(
        SippOrder("caller-is-silent-then-hangs-up", remote=server.sip_port, number="3002", talk_ms=2000)
    )
    moved.succeed()
    server.eventually(lambda: server.snapshot()["server"]["calls_now"] == 1, "call still there")
    caller.succeed()
    history = server.history(server.calls()[0]["id"])
    assert only(history, "queue.joined")["queue"] == "static"
    assert "call.connected" not in kinds(history)


def test_tcp_reset_in_mid_message_harms_nobody_else(server: Server, sipp: StartSipp) -> None:
    for part in (20, 200):
        with socket.create_connection((LOOPBACK, server.sip_port), timeout=5) as connection:
            connection.sendall(
                f"INVITE sip:3002@{LOOPBACK} SIP/2.0\r\nVia: SIP/2.0/TCP x:1;branch=".encode()[:part]
            )
            # SO_LINGER of zero seconds: close sends RST
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    caller = sipp(
        SippOrder("caller-is-silent-then-hangs-up", remote=server.sip_port, number="3002", talk_ms=200)
    )
    caller.succeed()
    server.wait_idle()
    assert len(server.calls()) == 1


def test_reinvites_that_cross_are_refused_both_ways_and_both_made_after_the_back_off(
    server: Server, sipp: StartSipp, desk_port: int
) -> None:
    # 90 s is the shortest session (RFC 4028 section 4): the server's refresh comes after 45 s on both lines.
    agent = sipp(SippOrder("agent-crosses-the-servers-reinvite", port=desk_port, timeout_s=120))
    caller = sipp(
        SippOrder(
            "caller-crosses-the-servers-reinvite",
            remote=server.sip_port,
            number="3002",
            talk_ms=12_000,
            timeout_s=120,
        )
    )
    caller.succeed()
    agent.succeed()
    for phone in (caller, agent):
        assert phone.received("SIP/2.0 491") == 1
    # Section 14.1: whoever made the call waits 2.1 s at least. Our call to the agent; the caller's own.
    waited = agent.moments("received", "INVITE")[-1] - agent.moments("sent", "SIP/2.0 491")[0]
    assert waited.total_seconds() >= 2.09
    server.wait_idle()
    ended = only(server.history(server.calls()[0]["id"]), "call.ended")
    assert ended["by"] == "remote"
