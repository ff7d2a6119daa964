from hypothesis import given
from hypothesis import strategies as st

from telephony.media.rtpengine.figures import Heard, heard_of, relayed_packets, tags_of

STREAM = {
    "local port": 40028,
    "endpoint": {"address": "192.0.2.7", "port": 4000},
    "last packet": 1_700_000_000,
    "stats": {"packets": 22, "bytes": 2848},
}
ANSWER = {"tags": {"a": {"medias": [{"streams": [STREAM, {"local port": 40029}]}]}, "b": {"medias": []}}}


def test_what_came_from_a_tag() -> None:
    assert tags_of(ANSWER) == ("a", "b")
    assert heard_of(ANSWER, "a") == Heard(40028, ("192.0.2.7", 4000), 22, 2848, 1_700_000_000)
    assert heard_of(ANSWER, "b") == heard_of(ANSWER, "nobody") == Heard()


def test_relayed_packets() -> None:
    assert relayed_packets({"statistics": {"totalstatistics": {"relayedpackets": 7}}}) == 7
    assert relayed_packets({}) == 0


ODD = st.recursive(
    st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["tags", "a", "medias", "streams", "stats", "endpoint"]), inner)
    ),
)


@given(st.dictionaries(st.sampled_from(["tags", "statistics"]), ODD))
def test_odd_answers_count_as_nothing(answer) -> None:
    assert heard_of(answer, "a").packets == 0
    assert relayed_packets(answer) == 0
