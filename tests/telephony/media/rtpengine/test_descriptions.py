import pytest

from telephony.media.errors import RemoteProtocolError
from telephony.media.messages import RemoteMedia
from telephony.media.rtpengine.descriptions import joining, port_in, remote_description, stand_in


def test_a_remote_in_its_own_words() -> None:
    remote = RemoteMedia("192.0.2.7", 4000, "PCMA", 8, 96, ptime_ms=30, sending=False, rtcp_mux=True)
    assert remote_description(remote).split("\r\n") == [
        "v=0",
        "o=- 1 1 IN IP4 192.0.2.7",
        "s=-",
        "c=IN IP4 192.0.2.7",
        "t=0 0",
        "m=audio 4000 RTP/AVP 8 96",
        "a=rtpmap:96 telephone-event/8000",
        "a=rtpmap:8 PCMA/8000",
        "a=ptime:30",
        "a=sendonly",
        "a=rtcp-mux",
        "",
    ]


@pytest.mark.parametrize(
    ("sending", "receiving", "direction"),
    [
        (True, True, "sendrecv"),
        (True, False, "recvonly"),
        (False, True, "sendonly"),
        (False, False, "inactive"),
    ],
)
def test_hold_is_said_from_the_remotes_side(sending: bool, receiving: bool, direction: str) -> None:
    remote = RemoteMedia("2001:db8::7", 4000, "PCMU", 0, None, sending=sending, receiving=receiving)
    lines = remote_description(remote).split("\r\n")
    assert f"a={direction}" in lines
    assert "c=IN IP6 2001:db8::7" in lines
    assert "m=audio 4000 RTP/AVP 0" in lines


def test_the_stand_in_is_nowhere() -> None:
    assert "c=IN IP4 0.0.0.0" in stand_in()


def test_ports_are_kept_whoever_is_joined() -> None:
    fields = joining("call", "a", "b", "sdp", transcode="PCMA", digits=True)
    assert fields["flags"] == ["trust-address", "port-latching", "inject-DTMF"]
    assert (fields["to-tag"], fields["codec"]) == ("b", {"transcode": ["PCMA"]})
    assert "to-tag" not in joining("call", "a", "", "sdp")


def test_the_port_of_an_answer() -> None:
    assert port_in({"sdp": "v=0\r\nm=audio 40028 RTP/AVP 0\r\n"}) == 40028


@pytest.mark.parametrize("answer", [{}, {"sdp": 5}, {"sdp": "v=0\r\n"}, {"sdp": "m=audio 0 RTP/AVP 0\r\n"}])
def test_an_answer_without_a_port(answer) -> None:
    with pytest.raises(RemoteProtocolError):
        port_in(answer)
