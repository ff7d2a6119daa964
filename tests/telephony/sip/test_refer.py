"""Transfers asked for by either side (RFC 3515), and calls that take another's place (RFC 3891)."""

from __future__ import annotations

import pytest

from telephony.sip.errors import LocalProtocolError, RemoteProtocolError
from telephony.sip.events import (
    CallEnded,
    EndCause,
    IncomingCall,
    MalformedMessage,
    ReferAccepted,
    ReferFailed,
    ReferProgress,
    ReferReceived,
)
from telephony.sip.message import Request
from telephony.sip.parser import parse_message
from telephony.sip.replaces import Replaces, as_uri_headers, in_uri
from telephony.sip.uri import SipUri
from tests.telephony.sip.kit import ANSWER, Call, Network, Packet, established

TARGET = SipUri.parse("sip:2000@10.0.0.2")


def asked() -> tuple[Call, ReferReceived]:
    call = Call()
    call.phone.user_agent.refer(call.ours, call.network.now, target=TARGET)
    call.network.roundtrip()
    return call, call.server.last(ReferReceived)


def notifies(call: Call) -> list[Packet]:
    return call.network.sent(lambda packet: packet.is_a("NOTIFY"))


def test_a_blind_transfer_with_its_progress() -> None:
    call, event = asked()
    agent, now = call.server.user_agent, call.network.now
    assert (event.session, event.target, event.replaced) == (call.theirs, TARGET, None)
    assert event.referred_by is not None
    agent.accept_refer(event.referral, now)
    for status in (180, 200):
        agent.refer_progress(event.referral, status, now)
        call.network.roundtrip()
    assert call.phone.of(ReferAccepted) == [ReferAccepted(call.ours)]
    assert [(told.status, told.final) for told in call.phone.of(ReferProgress)] == [
        (100, False), (180, False), (200, True),
    ]  # fmt: skip
    states = [parse_message(packet.data).header("subscription-state") for packet in notifies(call)]
    assert states == ["active;expires=180", "active;expires=180", "terminated;reason=noresource"]
    agent.refer_progress(event.referral, 200, now)  # over already: nobody hears it
    call.network.roundtrip()
    assert len(notifies(call)) == 3


def test_progress_goes_on_after_the_referrer_hung_up() -> None:
    call, event = asked()
    call.server.user_agent.accept_refer(event.referral, call.network.now)
    call.network.roundtrip()
    call.phone.user_agent.hang_up(call.ours, call.network.now)
    call.network.roundtrip()
    assert [each.cause for each in call.server.of(CallEnded)] == [EndCause.REMOTE_BYE]
    call.server.user_agent.refer_progress(event.referral, 180, call.network.now)
    call.network.roundtrip()  # the phone's dialog is gone: its 481 ends the subscription
    call.server.user_agent.refer_progress(event.referral, 200, call.network.now)
    call.network.run(70)
    assert len(notifies(call)) == 2
    assert call.server.open_transactions == 0


def test_a_refusal_and_a_forgotten_one() -> None:
    call, event = asked()
    call.server.user_agent.reject_refer(event.referral, 603, call.network.now)
    call.network.roundtrip()
    assert call.phone.of(ReferFailed) == [ReferFailed(call.ours, 603)]
    call.phone.user_agent.refer(call.ours, call.network.now, target=TARGET)
    call.network.run(11)
    assert call.phone.of(ReferFailed) == [ReferFailed(call.ours, 603)] * 2
    assert call.phone.open_sessions == call.server.open_sessions == 1


def test_a_transfer_that_never_ends_is_told_as_408() -> None:
    call, event = asked()
    call.server.user_agent.accept_refer(event.referral, call.network.now)
    call.network.run(182)
    assert call.phone.last(ReferProgress) == ReferProgress(call.ours, 408, "Request Timeout", True)
    call.phone.user_agent.refer(call.ours, call.network.now, target=TARGET)


def test_a_phone_that_wants_no_notifies() -> None:
    call, event = asked()
    referral = call.server.user_agent._referrals._all[event.referral]
    referral.quiet = True
    call.server.user_agent.accept_refer(event.referral, call.network.now)
    call.network.roundtrip()
    assert notifies(call) == []
    assert not call.phone.user_agent._core.sessions[call.ours].referring


def test_commands_in_the_wrong_state() -> None:
    call, event = asked()
    agent, now = call.server.user_agent, call.network.now
    with pytest.raises(LocalProtocolError, match="not accepted yet"):
        agent.refer_progress(event.referral, 180, now)
    with pytest.raises(LocalProtocolError, match="does not reject"):
        agent.reject_refer(event.referral, 200, now)
    agent.accept_refer(event.referral, now)
    with pytest.raises(LocalProtocolError, match="waits for a decision"):
        agent.accept_refer(event.referral, now)
    with pytest.raises(LocalProtocolError, match="another REFER"):
        call.phone.user_agent.refer(call.ours, now, target=TARGET)
    with pytest.raises(LocalProtocolError, match="needs a target"):
        agent.refer(call.theirs, now)


@pytest.mark.parametrize(("refer_to", "status"), [
    ("<sip:2000@10.0.0.2;method=BYE>", 501),
    ("<mailto:somebody@example.com>", 416),
    ("nonsense<", 400),
    ("<sip:a@b>\nRefer-To: <sip:c@d>", 400),
    ("<sip:a@b?Replaces=only-a-call-id>", 400),
])  # fmt: skip
def test_what_cannot_be_referred_to(refer_to: str, status: int) -> None:
    call = Call()
    session = call.phone.user_agent._core.sessions[call.ours]
    assert session.dialog is not None
    uri, own = session.dialog.request_fields("REFER", 2)
    fields = [("Via", "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKhand"), *own, ("Contact", session.contact)]
    fields += [("Refer-To", line) for line in refer_to.split("\nRefer-To: ")]
    call.server.hear(bytes(Request("REFER", uri, fields)), call.phone.address)
    [packet] = call.server.said()
    assert packet.data.startswith(b"SIP/2.0 %d " % status)
    assert call.server.of(ReferReceived) == []
    assert len(call.server.of(MalformedMessage)) == (status == 400)


def test_an_attended_transfer_names_the_other_call() -> None:
    """A phone talks to us twice and refers the first call to whom it reaches by the second."""
    network = Network()
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2")
    first, at_first = established(network, phone, server)
    second, at_second = established(network, phone, server)
    phone.user_agent.refer(first, network.now, replaces=second)
    network.roundtrip()
    event = server.last(ReferReceived)
    assert (event.session, event.replaced) == (at_first, at_second)
    assert event.replaces is not None
    assert event.target.headers is None
    assert event.target.host == "10.0.0.2"


def test_an_invite_that_replaces_a_call() -> None:
    network = Network()
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2")
    _, theirs = established(network, phone, server)
    dialog = phone.user_agent._core.sessions[phone.user_agent._core.sessions.__iter__().__next__()].dialog
    assert dialog is not None
    other = network.node("10.0.0.3")
    other.call(server, headers=[("Replaces", str(Replaces.of(dialog))), ("Require", "replaces")])
    network.roundtrip()
    event = server.last(IncomingCall)
    assert event.replaces == theirs
    server.user_agent.answer(event.session, ANSWER, network.now)
    server.user_agent.hang_up(theirs, network.now)
    network.roundtrip()
    assert [each.cause for each in phone.of(CallEnded)] == [EndCause.REMOTE_BYE]
    assert server.open_sessions == 1


@pytest.mark.parametrize(("suffix", "ending", "status"), [
    ("x", False, 481), (";early-only", False, 486), ("", True, 603),
])  # fmt: skip
def test_what_cannot_be_replaced(suffix: str, ending: bool, status: int) -> None:
    call = Call()
    dialog = call.phone.user_agent._core.sessions[call.ours].dialog
    assert dialog is not None
    if ending:
        call.network.drop_all(lambda packet: packet.is_a("BYE"))
        call.server.user_agent.hang_up(call.theirs, call.network.now)
    other = call.network.node("10.0.0.3")
    other.call(call.server, headers=[("Replaces", str(Replaces.of(dialog)) + suffix)])
    call.network.roundtrip()
    assert len(call.network.sent(lambda packet: packet.is_response(status, "INVITE"))) == 1
    assert len(call.server.of(IncomingCall)) == 1


def test_a_call_that_still_rings_here_is_not_replaced() -> None:
    network = Network()
    phone, server, other = (network.node(f"10.0.0.{number}") for number in (1, 2, 3))
    phone.call(server)
    network.roundtrip()
    server.user_agent.ring(server.incoming(), network.now)
    network.roundtrip()
    [key] = server.user_agent._core.dialogs
    other.call(server, headers=[("Replaces", f"{key[0]};to-tag={key[1]};from-tag={key[2]}")])
    network.roundtrip()
    assert len(network.sent(lambda packet: packet.is_response(481, "INVITE"))) == 1


def test_replaces_as_text() -> None:
    replaces = Replaces.parse("98732@h;from-tag=r33th4x0r;to-tag=ff87ff;early-only")
    assert replaces == Replaces("98732@h", "ff87ff", "r33th4x0r", True)
    assert Replaces.parse(str(replaces)) == replaces
    assert in_uri(as_uri_headers(replaces)) == replaces
    assert in_uri("Subject=hello") is None
    assert in_uri(None) is None
    for text in ("", "x", "x;to-tag=a", "x;from-tag=b;to-tag"):
        with pytest.raises(RemoteProtocolError):
            Replaces.parse(text)


@pytest.mark.parametrize("seed", range(15))
def test_on_a_bad_network(seed: int) -> None:
    call = Call(loss=0.25, duplication=0.2, delay_s=(0.0, 0.3), seed=seed)
    call.phone.user_agent.refer(call.ours, call.network.now, target=TARGET)
    call.network.run(9)
    event = call.server.last(ReferReceived)
    call.server.user_agent.accept_refer(event.referral, call.network.now)
    call.network.run(30)
    call.server.user_agent.refer_progress(event.referral, 200, call.network.now)
    call.network.run(32)
    assert len(call.server.of(ReferReceived)) == 1
    assert call.phone.last(ReferProgress).final
    assert call.phone.of(CallEnded) == call.server.of(CallEnded) == []
