"""Session timers (RFC 4028): what is agreed on, refreshing, and the end of a session that nobody refreshes."""

from __future__ import annotations

import pytest

from telephony.sip.config import UserAgentConfig
from telephony.sip.errors import RemoteProtocolError
from telephony.sip.events import CallAnswered, CallEnded, CallFailed, EndCause, IncomingCall
from telephony.sip.message import Request, Response
from telephony.sip.parser import parse_message
from telephony.sip.session_timer import SessionTimer, agree_as_client, agree_as_server, too_small
from tests.telephony.sip.kit import Call, Network, Packet, answering_offers, request_text

SHORT = UserAgentConfig(session_expires_s=90)
Fields = list[tuple[str, str]]


def invite(*fields: tuple[str, str]) -> Request:
    return Request("INVITE", "sip:1000@h", list(fields))


SUPPORTED = ("Supported", "timer")


@pytest.mark.parametrize(("fields", "expected", "sent"), [
    ([], None, []),  # a caller that knows no timers gets none
    ([SUPPORTED], SessionTimer(1800, False), [("Session-Expires", "1800;refresher=uac"), ("Require", "timer")]),
    ([SUPPORTED, ("Session-Expires", "600;refresher=uas")], SessionTimer(600, True),
     [("Session-Expires", "600;refresher=uas")]),
    ([SUPPORTED, ("x", "600;refresher=uac")], SessionTimer(600, False),
     [("Session-Expires", "600;refresher=uac"), ("Require", "timer")]),
    ([SUPPORTED, ("Session-Expires", "7200")], SessionTimer(1800, False),
     [("Session-Expires", "1800;refresher=uac"), ("Require", "timer")]),
    ([SUPPORTED, ("Session-Expires", "7200"), ("Min-SE", "3600")], SessionTimer(3600, False),
     [("Session-Expires", "3600;refresher=uac"), ("Require", "timer")]),
    ([("Session-Expires", "600")], SessionTimer(600, True),  # a proxy put it in: table 2, first row
     [("Session-Expires", "600;refresher=uas")]),
])  # fmt: skip
def test_the_callees_choice(fields: Fields, expected: SessionTimer | None, sent: Fields) -> None:
    assert agree_as_server(invite(*fields), 1800, 90) == (expected, sent)


@pytest.mark.parametrize(("value", "expected"), [
    (None, None),
    ("1800;refresher=uac", SessionTimer(1800, True)),
    ("1800;refresher=uas", SessionTimer(1800, False)),
    ("1800", SessionTimer(1800, True)),
    ("5;refresher=uas", SessionTimer(90, False)),
])  # fmt: skip
def test_the_callers_reading(value: str | None, expected: SessionTimer | None) -> None:
    fields = [("Session-Expires", value)] if value else []
    assert agree_as_client(Response(200, None, fields)) == expected


def test_too_small_and_unreadable() -> None:
    assert too_small(invite(SUPPORTED, ("Session-Expires", "60")), 90)
    assert not too_small(invite(SUPPORTED, ("Session-Expires", "90")), 90)
    assert not too_small(invite(("Session-Expires", "60")), 90)
    with pytest.raises(RemoteProtocolError, match="Session-Expires"):
        too_small(invite(("Session-Expires", "soon")), 90)


@pytest.mark.parametrize("interval", [90, 180, 1800])
def test_the_times_of_section_10(interval: int) -> None:
    timer = SessionTimer(interval, we_refresh=True)
    assert timer.refresh_after_s == interval / 2
    assert timer.expires_after_s == interval - min(32, interval / 3)


def refreshes(call: Call) -> list[Packet]:
    return call.network.sent(lambda packet: packet.is_a("UPDATE"))


def test_the_caller_refreshes_by_update_for_ever() -> None:
    call = Call(config=SHORT)
    call.network.run(1000)
    assert 20 <= len(refreshes(call)) <= 23
    assert all(packet.source == call.phone.address for packet in refreshes(call))
    assert call.phone.of(CallEnded) == call.server.of(CallEnded) == []


def test_by_reinvite_where_update_is_not_allowed() -> None:
    call = Call(config=SHORT)
    call.phone.user_agent._core.sessions[call.ours].allows_update = False
    answering_offers(call.server, call.theirs)
    session = call.phone.user_agent._core.sessions[call.ours]
    body = session.local_body
    call.network.run(50)
    [invite] = [packet for packet in call.network.log if packet.is_a("INVITE")][1:]
    assert parse_message(invite.data).body == body
    assert parse_message(invite.data).header("session-expires") == "90;refresher=uac"
    assert refreshes(call) == []
    assert call.phone.of(CallEnded) == []


def test_nobody_refreshes() -> None:
    call = Call(config=SHORT)
    call.phone.user_agent._core.deadlines.clear(call.ours)
    call.network.run(59)
    assert call.server.of(CallEnded) == []
    call.network.run(3)
    assert [event.cause for event in call.server.of(CallEnded)] == [EndCause.SESSION_EXPIRED]
    [bye] = call.network.sent(lambda packet: packet.is_a("BYE"))
    assert parse_message(bye.data).header("reason") == 'SIP;cause=408;text="Session timer expired"'
    assert [event.cause for event in call.phone.of(CallEnded)] == [EndCause.REMOTE_BYE]
    assert call.phone.open_sessions == call.server.open_sessions == 0


def test_a_peer_that_vanished_is_noticed_by_the_refresh() -> None:
    call = Call(config=SHORT)
    call.network.loss = 1.0
    call.network.run(45 + 33)
    causes = {event.cause for event in (*call.phone.of(CallEnded), *call.server.of(CallEnded))}
    assert causes <= {EndCause.TRANSPORT_FAILURE, EndCause.SESSION_EXPIRED}
    assert len(call.phone.of(CallEnded)) == len(call.server.of(CallEnded)) == 1
    call.network.run(70)
    assert call.phone.open_sessions == call.server.open_sessions == 0


@pytest.mark.parametrize("seed", range(10))
def test_refreshes_get_through_a_bad_network(seed: int) -> None:
    call = Call(config=SHORT, loss=0.15, duplication=0.1, delay_s=(0.0, 0.3), seed=seed)
    call.network.run(600)
    assert call.phone.of(CallEnded) == call.server.of(CallEnded) == []


def test_an_interval_that_is_too_small_is_raised() -> None:
    call = Network()
    phone = call.node("10.0.0.1", config=UserAgentConfig(session_expires_s=90))
    server = call.node("10.0.0.2", config=UserAgentConfig(min_session_expires_s=300))
    phone.call(server)
    call.roundtrip()
    assert len(call.sent(lambda packet: packet.is_response(422, "INVITE"))) == 1
    session = server.last(IncomingCall).session
    server.user_agent.answer(session, b"", call.now)
    call.roundtrip()
    assert len(phone.of(CallAnswered)) == 1
    assert phone.of(CallFailed) == []
    [timer] = [each.timer for each in phone.user_agent._core.sessions.values()]
    assert timer == SessionTimer(300, we_refresh=True)


def test_422_names_the_minimum() -> None:
    network = Network()
    server = network.node("10.0.0.2")
    server.hear(request_text("INVITE", extra="Supported: timer\nSession-Expires: 30\n"))
    [packet] = server.said()
    assert packet.start_line == "SIP/2.0 422 Session Interval Too Small"
    assert parse_message(packet.data).header("min-se") == "90"
    assert server.of(IncomingCall) == []


def test_no_timer_where_none_is_wanted() -> None:
    call = Call(config=UserAgentConfig(session_expires_s=0))
    call.network.run(10_000)
    assert refreshes(call) == []
    assert call.phone.open_sessions == 1


def test_the_end_of_a_call_takes_its_deadline_along() -> None:
    call = Call()
    assert len(call.phone.user_agent._core.deadlines) == 1
    call.phone.user_agent.hang_up(call.ours, call.network.now)
    call.network.roundtrip()
    assert len(call.phone.user_agent._core.deadlines) == len(call.server.user_agent._core.deadlines) == 0
