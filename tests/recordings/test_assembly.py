"""Tones on the right sides at the right times, whatever the network did, measured in the finished file."""

from __future__ import annotations

import hashlib
import random
import tracemalloc
import wave
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from recordings.assembly import assemble
from telephony.media.decoding import WIDE_HZ, new_encoder
from telephony.media.g711 import Samples
from telephony.media.messages import Codec
from telephony.media.spool import CODEC_NUMBERS, SpoolError
from tests.recordings.spools import FRAME, RATE_HZ, Sent, stream, tone, write_spool

CALLER, AGENT = 0, 1


def sides(path: Path, rate_hz: int = RATE_HZ) -> NDArray[np.int16]:
    with wave.open(str(path)) as wav:
        assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) == (2, 2, rate_hz)
        data = np.frombuffer(wav.readframes(wav.getnframes()), dtype="<i2")
    return data.reshape(-1, 2).T


def pitch(samples: Samples) -> float:
    """The strongest frequency in Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * RATE_HZ / len(samples)


def purity(samples: Samples, hz: float, rate_hz: int = RATE_HZ) -> float:
    """The share of the energy that lies within 20 Hz of a frequency."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    frequencies = np.fft.rfftfreq(len(samples), 1 / rate_hz)
    return float(spectrum[np.abs(frequencies - hz) < 20].sum() / spectrum.sum())


def made(tmp_path: Path, packets: list[Sent], rate_hz: int = RATE_HZ) -> NDArray[np.int16]:
    spool = write_spool(tmp_path / "r.spool", packets)
    return sides(assemble(spool, tmp_path / "r.wav").path, rate_hz)


def test_440_left_and_880_right_through_jitter_loss_reordering_duplicates_and_a_late_start(
    tmp_path: Path,
) -> None:
    chance = random.Random(7)
    caller = stream(CALLER, tone(440, 10))
    agent = stream(AGENT, tone(880, 8), start_s=2.0, first_timestamp=2**32 - 8000)
    packets = caller[:1] + agent[:1]
    for sent in caller[1:] + agent[1:]:
        late = replace(sent, arrival_s=sent.arrival_s + chance.uniform(0, 0.09))
        packets += [late] * chance.choices([0, 1, 2], weights=[2, 96, 2])[0]
    left, right = made(tmp_path, packets)
    assert len(left) in range(10 * RATE_HZ - 2 * FRAME, 10 * RATE_HZ + 1)
    assert pitch(left) == pytest.approx(440, abs=1)
    assert not right[: 2 * RATE_HZ].any(), "the agent came two seconds later"
    assert pitch(right[2 * RATE_HZ :]) == pytest.approx(880, abs=1)
    assert purity(left, 440) > 0.9
    assert purity(right[2 * RATE_HZ :], 880) > 0.9


def test_without_disturbance_every_sample_is_the_one_that_was_sent(tmp_path: Path) -> None:
    from telephony.media.g711 import linear_to_ulaw, ulaw_to_linear

    sent = tone(440, 1)
    left, right = made(tmp_path, stream(CALLER, sent))
    assert (left == ulaw_to_linear(linear_to_ulaw(sent))).all()
    assert not right.any()


def test_reordered_packets_give_the_same_file(tmp_path: Path) -> None:
    packets = stream(CALLER, tone(440, 3)) + stream(AGENT, tone(880, 3))
    straight = made(tmp_path / "a", packets)
    chance = random.Random(1)
    shaken = packets[:1] + [
        replace(sent, arrival_s=sent.arrival_s + chance.uniform(0, 1.0)) for sent in packets[1:150]
    ]
    shaken += stream(AGENT, tone(880, 3))
    assert (made(tmp_path / "b", shaken) == straight).all()


def test_lost_packets_are_silence_of_the_same_length(tmp_path: Path) -> None:
    packets = stream(CALLER, tone(440, 1))
    del packets[10:20]
    left, _ = made(tmp_path, packets)
    assert len(left) == RATE_HZ
    assert not left[10 * FRAME : 20 * FRAME].any()
    assert left[9 * FRAME : 10 * FRAME].any()
    assert left[20 * FRAME : 21 * FRAME].any()


def test_alaw_and_a_change_of_codec_in_the_middle(tmp_path: Path) -> None:
    second_half = stream(CALLER, tone(440, 1), start_s=1.0, first_timestamp=1000 + RATE_HZ, alaw=True)
    left, right = made(
        tmp_path, stream(CALLER, tone(440, 1)) + second_half + stream(AGENT, tone(880, 2), alaw=True)
    )
    assert purity(left, 440) > 0.99
    assert purity(right, 880) > 0.99


def coded(packets: list[Sent], codec: Codec) -> list[Sent]:
    """The same packets as a phone with a wideband codec sends them."""
    encoder, number = new_encoder(codec, None), CODEC_NUMBERS[codec]
    return [
        replace(
            sent,
            codec=number,
            rtp=replace(sent.rtp, payload_type=number, payload=encoder.encode(sent.rtp.payload)),
        )
        for sent in packets
    ]


@pytest.mark.parametrize("codec", ["G722", "opus"])
def test_a_wideband_codec_on_both_sides_and_a_change_to_it_in_the_middle(
    tmp_path: Path, codec: Codec
) -> None:
    first_half = stream(CALLER, tone(440, 1))
    second_half = coded(stream(CALLER, tone(440, 1), start_s=1.0, first_timestamp=1000 + RATE_HZ), codec)
    agent = coded(stream(AGENT, tone(880, 2)), codec)
    left, right = made(tmp_path, first_half + second_half + agent, WIDE_HZ)
    assert len(left) == len(right) == 2 * WIDE_HZ
    assert purity(left[400 : WIDE_HZ - 400], 440, WIDE_HZ) > 0.99
    assert purity(left[WIDE_HZ + 800 :], 440, WIDE_HZ) > 0.98
    assert purity(right[800:], 880, WIDE_HZ) > 0.98


def test_what_lies_above_the_telephone_band_is_kept(tmp_path: Path) -> None:
    high = (8000 * np.sin(2 * np.pi * 6000 * np.arange(WIDE_HZ) / WIDE_HZ)).astype(np.int16)
    encoder = av.CodecContext.create("g722", "w")
    encoder.sample_rate, encoder.layout, encoder.format = WIDE_HZ, "mono", "s16"  # type: ignore[attr-defined]
    encoder.time_base = Fraction(1, WIDE_HZ)
    packets = []
    for sent, samples in zip(stream(CALLER, tone(440, 1)), high.reshape(50, -1), strict=True):
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = WIDE_HZ
        payload = b"".join(bytes(each) for each in encoder.encode(frame))  # type: ignore[attr-defined]
        packets.append(replace(sent, codec=9, rtp=replace(sent.rtp, payload_type=9, payload=payload)))
    left, right = made(tmp_path, packets + stream(AGENT, tone(880, 1)), WIDE_HZ)
    assert purity(left[800:], 6000, WIDE_HZ) > 0.9
    assert purity(right[400:], 880, WIDE_HZ) > 0.99, "a side of G.711 is as it was"


def test_a_new_source_starts_where_it_arrives(tmp_path: Path) -> None:
    first = stream(CALLER, tone(440, 1), ssrc=1)
    second = stream(CALLER, tone(660, 1), start_s=3.0, ssrc=2, first_timestamp=77)
    left, _ = made(tmp_path, first + second)
    assert pitch(left[:RATE_HZ]) == pytest.approx(440, abs=1)
    assert not left[RATE_HZ : 3 * RATE_HZ].any()
    assert pitch(left[3 * RATE_HZ :]) == pytest.approx(660, abs=1)


def test_a_timestamp_that_jumps_without_a_new_source_is_tied_to_its_arrival(tmp_path: Path) -> None:
    first = stream(CALLER, tone(440, 1), ssrc=1, first_timestamp=5)
    second = stream(CALLER, tone(660, 1), start_s=2.0, ssrc=1, first_timestamp=2**31)
    left, _ = made(tmp_path, first + second)
    assert len(left) == 3 * RATE_HZ
    assert pitch(left[2 * RATE_HZ :]) == pytest.approx(660, abs=1)


def test_a_silent_hour_stays_an_hour_in_little_memory(tmp_path: Path) -> None:
    later = stream(CALLER, tone(440, 1), start_s=3600.0, first_timestamp=1000 + 3600 * RATE_HZ)
    spool = write_spool(tmp_path / "r.spool", stream(CALLER, tone(440, 1)) + later)
    tracemalloc.start()
    result = assemble(spool, tmp_path / "r.wav")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert result.seconds == 3601.0
    assert peak < 12_000_000, "the file is 115 MB"


def test_levels_are_those_of_the_file(tmp_path: Path) -> None:
    spool = write_spool(
        tmp_path / "r.spool", stream(CALLER, tone(440, 2, 16384.0)) + stream(AGENT, tone(880, 1, 1638.4))
    )
    result = assemble(spool, tmp_path / "r.wav")
    assert result.caller_dbfs == pytest.approx(-9.03, abs=0.1)
    assert result.agent_dbfs == pytest.approx(-29.03 - 3.01, abs=0.1), "half of that side is silence"
    left, right = sides(result.path).astype(float)
    assert result.caller_dbfs == pytest.approx(10 * np.log10(np.mean(left**2) / 32768**2))
    assert result.agent_dbfs == pytest.approx(10 * np.log10(np.mean(right**2) / 32768**2))
    assert result.sha256 == hashlib.sha256(result.path.read_bytes()).hexdigest()


def test_nobody_spoke(tmp_path: Path) -> None:
    result = assemble(write_spool(tmp_path / "r.spool", []), tmp_path / "r.wav")
    assert (result.seconds, result.caller_dbfs, result.agent_dbfs) == (0.0, None, None)
    assert sides(result.path).shape == (2, 0)


def test_a_truncated_spool_gives_what_it_has(tmp_path: Path) -> None:
    spool = write_spool(tmp_path / "r.spool", stream(CALLER, tone(440, 1)))
    spool.write_bytes(spool.read_bytes()[:-100])
    assert assemble(spool, tmp_path / "r.wav").seconds == pytest.approx(0.98)


def test_no_spool_leaves_no_file(tmp_path: Path) -> None:
    spool = tmp_path / "r.spool"
    spool.write_bytes(b"something else entirely")
    with pytest.raises(SpoolError, match="not a spool file"):
        assemble(spool, tmp_path / "out" / "r.wav")
    assert list((tmp_path / "out").iterdir()) == []
    assert spool.exists()
