"""The drawing of a call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from api.sip_schema import SipLadder, SipMessage
from cordboard.sip_ladder import draw, in_full, label

START = datetime(2030, 5, 6, 8, 0, tzinfo=UTC)
CALLER, AGENT = "udp:192.0.2.7:5060", "udp:192.0.2.9:5060"
SDP = "\r\n\r\nv=0\r\n"


def message(ms: int, sent: bool, peer: str, line: str, body: str = "\r\n\r\n") -> SipMessage:
    return SipMessage(
        at=START + timedelta(milliseconds=ms),
        sent=sent,
        peer=peer,
        party="+441614960000" if peer == CALLER else "rosa",
        call_id="x",
        first_line=line,
        text=f"{line}{body}",
    )


LADDER = SipLadder(
    call="c1",
    messages=(
        message(0, False, CALLER, "INVITE sip:1000@h SIP/2.0", SDP),
        message(1, True, CALLER, "SIP/2.0 100 Trying"),
        message(20, True, AGENT, "INVITE sip:rosa@h SIP/2.0", SDP),
        message(1500, False, AGENT, "SIP/2.0 200 OK", SDP),
    ),
)


def test_each_message_goes_its_way() -> None:
    lines = list(draw(LADDER))
    assert len(lines) == 6
    head, names, *rungs = lines
    caller, server, agent = (head.index(each) + len(each) // 2 for each in (CALLER, "cordboard", AGENT))
    assert abs(names.index("rosa") + 2 - agent) <= 1
    assert [rung.split()[0] for rung in rungs] == ["0.000", "0.001", "0.020", "1.500"]
    for rung in rungs:
        assert all(
            abs(place - found) <= 1 for place, found in zip((caller, server, agent), bars(rung), strict=True)
        )
    assert "->|" in rungs[0][: server + 2]
    assert "INVITE (SDP)" in rungs[0][caller:server]
    assert "|<-" in rungs[1][: server + 1]
    assert "100 Trying" in rungs[1][caller:server]
    assert "INVITE (SDP)" in rungs[2][server:]
    assert rungs[2].endswith("->|")
    assert "200 OK (SDP)" in rungs[3][server:]
    assert "|<-" in rungs[3][server - 1 :]


def bars(line: str) -> list[int]:
    return [n for n, letter in enumerate(line) if letter == "|"]


def test_long_lines_are_cut() -> None:
    assert label(message(0, True, CALLER, "SIP/2.0 480 " + "x" * 100)) == ("480 " + "x" * 100)[:40]


def test_an_empty_ladder_says_so() -> None:
    assert list(draw(SipLadder(call="c1", messages=()))) == ["of call c1 no messages are kept any more"]


def test_in_full() -> None:
    lines = list(in_full(LADDER))
    assert lines[0] == "--- 2030-05-06T08:00:00.000+00:00 from udp:192.0.2.7:5060 (+441614960000)"
    assert lines[1:5] == ["INVITE sip:1000@h SIP/2.0", "", "v=0", ""]
    assert sum(line.startswith("--- ") for line in lines) == 4
