import pytest

from telephony.media.rtpengine.digit_log import DigitLog

TOLD = b'{"callid":"c","source_tag":"a","type":"DTMF","event":%s,"duration":60,"volume":10}'


@pytest.mark.parametrize(("event", "digit"), [(b"5", "5"), (b"10", "*"), (b"11", "#"), (b"15", "D")])
def test_a_digit_is_told(event: bytes, digit: str) -> None:
    heard: list[tuple[str, str, str, int]] = []
    log = DigitLog(lambda *told: heard.append(told))
    log.datagram_received(TOLD % event, ("127.0.0.1", 4000))
    assert heard == [("c", "a", digit, 60)]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'"x"',
        TOLD % b"16",
        TOLD % b"-1",
        TOLD % b'"x"',
        TOLD % b"null",
        b"[" * 9000,
    ],
)
def test_anything_else_is_counted(data: bytes) -> None:
    heard: list[object] = []
    log = DigitLog(lambda *told: heard.append(told))
    log.datagram_received(data, ("127.0.0.1", 4000))
    assert (heard, log.malformed) == ([], 1)
