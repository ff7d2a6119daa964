"""What is answered from a plan is answered exactly as line by line, and what is not plain is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.calls import negotiation
from telephony.calls.negotiation import Agreed, NothingInCommon
from telephony.sip.errors import RemoteProtocolError

HEAD = "v=0\r\no=- {n} 7 IN IP4 192.0.2.9\r\ns=call\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
LINES = st.sampled_from(
    """a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=rtpmap:101 PCMU/16000
a=rtpmap:96 PCMA/8000
a=rtpmap:8 G722/8000
a=fmtp:101 0-15
a=ptime:20
a=sendonly
a=recvonly
a=inactive
a=rtcp-mux
a=x:é
a=candidate:1 1 UDP
b=AS:64
c=IN IP4 192.0.2.77
m=video 4002 RTP/AVP 99
i=words""".splitlines()
)
FORMATS = st.sampled_from(["0", "8", "0 101", "96 8 101", "18", "9 0 8 101 13", "0 0 101 101"])
HOSTS = st.sampled_from(["192.0.2.9", "0.0.0.0", "192.0.2.9/127", "phone.example.com", "10.1.1.1"])


def outcome(answer: object, offer: bytes) -> Agreed | str:
    try:
        return answer(offer, "192.0.2.1", 10000)  # type: ignore[operator,no-any-return]
    except (NothingInCommon, RemoteProtocolError) as error:
        return f"{type(error).__name__}: {error}"


@given(
    number=st.integers(1, 99),
    host=HOSTS,
    port=st.sampled_from([0, 1, 4000, 65535, 65536, 99999]),
    protocol=st.sampled_from(["RTP/AVP", "RTP/SAVP", "RTP/AVPF"]),
    formats=FORMATS,
    lines=st.lists(LINES, max_size=6),
    end=st.sampled_from(["\r\n", "\n"]),
)
def test_a_plan_says_what_the_long_way_says(
    number: int, host: str, port: int, protocol: str, formats: str, lines: list[str], end: str
) -> None:
    text = (
        HEAD.format(n=number, host=host)
        + f"m=audio {port} {protocol} {formats}\r\n"
        + "".join(line + "\r\n" for line in lines)
    )
    offer = text.replace("\r\n", end).encode()
    assert outcome(negotiation.answer, offer) == outcome(negotiation.answer_slowly, offer)


def test_a_second_phone_of_a_make_costs_no_parsing(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "m=audio {port} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=tool:unheard of\r\n"
    first = (HEAD.format(n=1, host="192.0.2.9") + lines.format(port=4000)).encode()
    negotiation.answer(first, "192.0.2.1", 10000)
    monkeypatch.setattr(negotiation, "answer_slowly", lambda *_: pytest.fail("parsed again"))
    second = (HEAD.format(n=2, host="192.0.2.10") + lines.format(port=5000)).encode()
    agreed = negotiation.answer(second, "192.0.2.1", 10002)
    assert agreed.remote is not None
    assert (agreed.remote.host, agreed.remote.port) == ("192.0.2.10", 5000)
    assert b"m=audio 10002 RTP/AVP 0 101\r\n" in agreed.body
