"""What an Opus receiver asks for: RFC 7587 section 6.1, and what nobody can mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.media.opus_format import FULL_BAND_HZ, OpusFormat, packet_time_ms


@pytest.mark.parametrize(
    ("text", "format_"),
    [
        ("", OpusFormat()),
        ("useinbandfec=1; stereo=1", OpusFormat(useinbandfec=True, stereo=True)),
        ("stereo=0;sprop-stereo=0;useinbandfec=0", OpusFormat()),
        (" MaxPlaybackRate = 16000 ;usedtx=1", OpusFormat(maxplaybackrate_hz=16000)),
        ("maxaveragebitrate=20000;cbr=1", OpusFormat(maxaveragebitrate=20000, cbr=True)),
        ("maxplaybackrate=7999;maxaveragebitrate=5999", OpusFormat()),
        ("maxplaybackrate=48001;maxaveragebitrate=510001", OpusFormat()),
        ("useinbandfec=yes;;=;x", OpusFormat()),
    ],
)
def test_parameters_are_read(text: str, format_: OpusFormat) -> None:
    assert OpusFormat.parse(text) == format_


def test_ours_always_names_one_channel() -> None:
    assert str(OpusFormat()) == "useinbandfec=0;stereo=0;sprop-stereo=0"
    full = OpusFormat(True, True, 16000, 20000, True)
    assert str(full) == (
        "useinbandfec=1;stereo=0;sprop-stereo=0;maxplaybackrate=16000;maxaveragebitrate=20000;cbr=1"
    )


@given(
    st.booleans(),
    st.sampled_from([8000, 16000, FULL_BAND_HZ]),
    st.none() | st.integers(6000, 510_000),
    st.booleans(),
)
def test_what_is_written_is_read(fec: bool, rate_hz: int, bits: int | None, cbr: bool) -> None:
    format_ = OpusFormat(fec, False, rate_hz, bits, cbr)
    assert OpusFormat.parse(str(format_)) == format_


@given(st.text(max_size=100))
def test_any_text_is_some_format(text: str) -> None:
    assert 8000 <= OpusFormat.parse(text).maxplaybackrate_hz <= FULL_BAND_HZ


def test_packet_times_are_frames_of_opus() -> None:
    assert [packet_time_ms(each) for each in (10, 20, 30, 40, 50, 60)] == [10, 20, 20, 40, 40, 60]
