import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.media.errors import RemoteProtocolError
from telephony.media.rtpengine.bencode import decode_dictionary, encode

VALUES = st.recursive(
    st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


def test_a_message_as_rtpengine_writes_it() -> None:
    assert decode_dictionary(b"d6:result4:pong4:sizei-3e4:tagsl1:ae5:emptydee") == {
        "result": "pong",
        "size": -3,
        "tags": ["a"],
        "empty": {},
    }


def test_keys_are_in_order() -> None:
    assert encode({"b": 1, "a": ["x", {"c": 2}]}) == b"d1:al1:xd1:ci2eee1:bi1ee"


@given(st.dictionaries(st.text(), VALUES))
def test_what_is_written_is_read(value: dict[str, object]) -> None:
    assert decode_dictionary(encode(value)) == value  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"d",
        b"de ",
        b"i5e",
        b"d1:ae",
        b"d1:ai5",
        b"d9:a",
        b"d-1:ae",
        b"d1:axe",
        b"d1:aiee",
        b"d" + b"1:al" * 40,
    ],
)
def test_what_is_no_dictionary_is_refused(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        decode_dictionary(data)


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        assert isinstance(decode_dictionary(data), dict)
    except RemoteProtocolError:
        pass
