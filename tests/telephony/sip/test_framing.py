"""Cutting a stream: whole, byte by byte, with trailing bytes, with limits."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.sip.errors import RemoteProtocolError
from telephony.sip.framing import StreamFramer
from telephony.sip.parser import Limits

ONE = b"OPTIONS sip:a SIP/2.0\r\nl : 4\r\n\r\nbody"
TWO = b"SIP/2.0 200 OK\r\nContent-Length:\r\n 0\r\n\r\n"


def frames_of(chunks: list[bytes], limits: Limits | None = None) -> list[bytes]:
    framer = StreamFramer(limits or Limits())
    frames: list[bytes] = []
    for chunk in chunks:
        framer.feed_into(chunk, frames)
    return frames


STREAM = b"\r\n" + ONE + b"\r\n\r\n" + TWO + b"\r\n" + ONE + b"OPT"


def test_whole_and_byte_by_byte() -> None:
    expected = [ONE, b"\r\n\r\n", TWO, ONE]
    assert frames_of([STREAM]) == expected
    assert frames_of([STREAM[at : at + 1] for at in range(len(STREAM))]) == expected


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_any_cut(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    assert frames_of([STREAM[a:b] for a, b in pairwise(edges)]) == frames_of([STREAM])


@pytest.mark.parametrize(("data", "why"), [
    (b"OPTIONS sip:a SIP/2.0\r\n\r\n", "Content-Length is missing on a stream"),
    (b"OPTIONS sip:a SIP/2.0\r\nl: x\r\n\r\n", "Content-Length: cannot read"),
    (b"OPTIONS sip:a SIP/2.0\r\nl: 1\r\nl: 2\r\n\r\n", "Content-Length: cannot read"),
    (b"OPTIONS sip:a SIP/2.0\r\nl: 99\r\n\r\n", "message of 131 bytes"),
    (b"x" * 101, "header fields of 101 bytes"),
])  # fmt: skip
def test_what_cannot_be_cut(data: bytes, why: str) -> None:
    framer = StreamFramer(Limits(message_bytes=100))
    with pytest.raises(RemoteProtocolError, match=why):
        framer.feed_into(data, [])
    assert framer.rest() == data


@given(st.lists(st.binary(max_size=80), max_size=6))
def test_any_bytes_give_frames_or_remote_protocol_error(chunks: list[bytes]) -> None:
    try:
        frames = frames_of(chunks)
    except RemoteProtocolError:
        return
    assert sum(map(len, frames)) <= sum(map(len, chunks))
