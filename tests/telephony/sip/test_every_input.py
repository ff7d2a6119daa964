"""Every state of a session against every message and every command: nothing is undefined.

A message gets an answer (or, an ACK, none) and never raises; a command does its work or says `LocalProtocolError`.
Whatever was done, the session ends when both sides hang up, and leaves nothing behind.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest

from telephony.sip.core import BYSTANDER, METHODS
from telephony.sip.dialog import Dialog
from telephony.sip.errors import LocalProtocolError
from telephony.sip.events import ReferralId, SessionId
from telephony.sip.message import Request
from telephony.sip.parser import parse_message
from telephony.sip.session import SessionState
from telephony.sip.uri import SipUri
from telephony.sip.user_agent import UserAgent
from tests.telephony.sip.kit import ANSWER, OFFER, Network, Node, answering

Reached = tuple[Network, Node, SessionId, Node]


def _incoming(network: Network, here: Node, there: Node) -> SessionId:
    there.call(here, headers=[("Require", "100rel")])
    network.roundtrip()
    here.user_agent.ring(here.incoming(), network.now)
    network.roundtrip()
    return here.incoming()


def _accepted(network: Network, here: Node, there: Node) -> SessionId:
    network.drop_all(lambda packet: packet.is_a("ACK"))
    session = _incoming(network, here, there)
    here.user_agent.answer(session, ANSWER, network.now)
    network.roundtrip()
    return session


def _calling(network: Network, here: Node, there: Node) -> SessionId:
    network.drop_all(lambda packet: packet.is_a("INVITE") and packet.source == here.address)
    return here.call(there)


def _proceeding(network: Network, here: Node, there: Node) -> SessionId:
    session = here.call(there, headers=[("Require", "100rel")])
    network.roundtrip()
    there.user_agent.ring(there.incoming(), network.now, status=183, body=ANSWER)
    network.roundtrip()
    return session


def _cancelling(network: Network, here: Node, there: Node) -> SessionId:
    network.drop_all(lambda packet: packet.is_a("CANCEL"))
    session = _proceeding(network, here, there)
    here.user_agent.hang_up(session, network.now)
    return session


def _confirmed(network: Network, here: Node, there: Node) -> SessionId:
    answering(there)
    session = here.call(there)
    network.roundtrip()
    there.on_event = None
    return session


def _ending(network: Network, here: Node, there: Node) -> SessionId:
    network.drop_all(lambda packet: packet.is_a("BYE"))
    session = _confirmed(network, here, there)
    here.user_agent.hang_up(session, network.now)
    return session


WAYS: dict[SessionState, Callable[[Network, Node, Node], SessionId]] = {
    SessionState.INCOMING: _incoming,
    SessionState.ACCEPTED: _accepted,
    SessionState.CALLING: _calling,
    SessionState.PROCEEDING: _proceeding,
    SessionState.CANCELLING: _cancelling,
    SessionState.CONFIRMED: _confirmed,
    SessionState.ENDING: _ending,
}


def reach(state: SessionState) -> Reached:
    network = Network()
    here, there = network.node("10.0.0.1"), network.node("10.0.0.2")
    session = WAYS[state](network, here, there)
    assert here.user_agent._core.sessions[session].state is state
    return network, here, session, there


def ends_clean(reached: Reached) -> None:
    network, here, session, there = reached
    here.user_agent.hang_up(session, network.now)
    for each in list(there.user_agent._core.sessions):
        there.user_agent.hang_up(each, network.now)
    network.run(200)
    for node in (here, there):
        assert node.open_sessions == node.open_transactions == 0
        assert node.user_agent._core.dialogs == {}
        assert len(node.user_agent._core.deadlines) == 0


def test_every_state_is_reached() -> None:
    assert set(WAYS) == set(SessionState)


def _peer_dialog(there: Node) -> Dialog | None:
    for session in there.user_agent._core.sessions.values():
        return session.dialog or next(iter((session.early or {}).values()), None)
    return None


BODIES = {"with SDP": OFFER, "without": b""}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("method", [*METHODS, "SUBSCRIBE", "PUBLISH"])
@pytest.mark.parametrize("state", SessionState)
def test_every_message_in_every_state(state: SessionState, method: str, body: str) -> None:
    reached = network, here, session, there = reach(state)
    dialog = _peer_dialog(there)
    if dialog is None:
        assert state is SessionState.CALLING  # nobody has heard of it: there is no dialog to send within
        return
    uri, own = dialog.request_fields(method, dialog.next_seq())
    fields = [("Via", "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKevery"), *own]
    fields += [("Contact", "<sip:x@10.0.0.2:5060>"), ("Refer-To", "<sip:2000@10.0.0.2>"), ("Event", "refer")]
    fields += [("RAck", "1 1 INVITE"), ("Content-Type", "application/sdp")]
    here.hear(bytes(Request(method, uri, fields, BODIES[body])), there.address)
    network.run(0.3)  # 100 for what waits for the application
    answers = [
        packet for packet in network.log
        if packet.source == here.address and not packet.is_request and b"z9hG4bKevery" in packet.data
    ]  # fmt: skip
    if method == "ACK":
        assert answers == []
    elif method in ("UPDATE", "REFER") and answers == []:
        pending = here.user_agent._core.sessions[session].pending_offer
        assert pending is not None or here.user_agent._referrals._all
    else:
        assert len(answers) == 1
        assert parse_message(answers[0].data).call_id == dialog.call_id
    ends_clean(reached)


def _commands(now: float, session: SessionId) -> dict[str, Callable[[UserAgent], object]]:
    target = SipUri.parse("sip:2000@10.0.0.2")
    return {
        "ring": lambda agent: agent.ring(session, now),
        "ring with SDP": lambda agent: agent.ring(session, now, status=183, body=ANSWER),
        "answer": lambda agent: agent.answer(session, ANSWER, now),
        "reject": lambda agent: agent.reject(session, 486, now),
        "hang up": lambda agent: agent.hang_up(session, now),
        "reoffer": lambda agent: agent.reoffer(session, OFFER, now),
        "reoffer without SDP": lambda agent: agent.reoffer(session, b"", now),
        "update": lambda agent: agent.update(session, OFFER, now),
        "answer offer": lambda agent: agent.answer_offer(session, ANSWER, now),
        "reject offer": lambda agent: agent.reject_offer(session, 488, now),
        "refer": lambda agent: agent.refer(session, now, target=target),
        "refer to itself": lambda agent: agent.refer(session, now, replaces=session),
        "accept refer": lambda agent: agent.accept_refer(ReferralId("none"), now),
        "close": lambda agent: agent.receive_closed(BYE_TO, now),
    }


BYE_TO = Network().node("10.0.0.2").address


@pytest.mark.parametrize("command", _commands(0.0, SessionId("")))
@pytest.mark.parametrize("state", SessionState)
def test_every_command_in_every_state(state: SessionState, command: str) -> None:
    reached = network, here, session, _ = reach(state)
    with contextlib.suppress(
        LocalProtocolError
    ):  # a command that the state forbids says so, and nothing else
        _commands(network.now, session)[command](here.user_agent)
    network.run(1)
    ends_clean(reached)


def test_a_bystander_minds_nothing() -> None:
    network, here, session, there = reach(SessionState.CONFIRMED)
    dialog = _peer_dialog(there)
    assert dialog is not None
    there.user_agent._core.send_in_dialog(dialog, "OPTIONS", BYSTANDER, network.now)
    network.roundtrip()
    assert here.user_agent._core.sessions[session].state is SessionState.CONFIRMED
