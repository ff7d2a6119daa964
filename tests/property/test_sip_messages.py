"""Any bytes give a message or RemoteProtocolError, and a message keeps its meaning when it is written again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from telephony.sip.errors import RemoteProtocolError
from telephony.sip.message import Message
from telephony.sip.parser import check, parse_message
from tests.fuzz.meaning import meaning_of, rewritten

TOKEN = st.text("abcXYZ019-.!%*_+`'~", min_size=1, max_size=12)
VALUE = st.text(st.characters(exclude_characters="\r\n", exclude_categories=("Cs",)), max_size=40).map(
    str.strip
)
START = st.one_of(
    st.builds("{} sip:{}@{} SIP/2.0".format, TOKEN, TOKEN, TOKEN),
    st.builds("SIP/2.0 {} {}".format, st.integers(100, 699), VALUE),
)
NAME = st.one_of(
    TOKEN, st.sampled_from(["Via", "v", "From", "To", "i", "Call-ID", "CSeq", "m", "Content-Type", "X-Own"])
)
FOLDS = st.sampled_from(["", "", "", "\r\n ", "\r\n\t"])


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """A message of a plausible shape, with odd fields, folds and any body."""
    body = draw(st.binary(max_size=60))
    lines = [draw(START)]
    for name, value in draw(st.lists(st.tuples(NAME, VALUE), max_size=12)):
        lines.append(f"{name}:{draw(FOLDS)} {value}")
    lines.append(f"Content-Length: {len(body)}\r\n\r\n")
    return "\r\n".join(lines).encode() + body


@given(messages())
def test_a_message_that_is_read_and_written_means_the_same(data: bytes) -> None:
    try:
        message = parse_message(data)
    except RemoteProtocolError:
        return
    assert meaning_of(rewritten(message)) == meaning_of(message)
    assert bytes(message) == data


@given(
    st.one_of(
        st.binary(max_size=300),
        messages().flatmap(lambda data: st.sampled_from([data[:40], data[5:], data * 2])),
    )
)
def test_any_bytes_give_a_message_or_the_remotes_error(data: bytes) -> None:
    try:
        message = parse_message(data)
        check(message)
    except RemoteProtocolError:
        return
    assert isinstance(message, Message)
    assert message.call_id is not None
