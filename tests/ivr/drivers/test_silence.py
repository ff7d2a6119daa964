"""Silence in a spool: who speaks, who only hisses, who sends nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ivr.drivers.silence import SPOOL_DELAY_S, SilenceWatch
from telephony.media.spool import SpoolPacket, SpoolTail
from tests.recordings.spools import Sent, stream, tone, write_spool


def packets(folder: Path, *sent: Sent) -> list[SpoolPacket]:
    return SpoolTail(write_spool(folder / "s.spool", sent)).read()


def noise(seconds: float, amplitude: float) -> np.ndarray:  # type: ignore[type-arg]
    return (np.random.default_rng(1).standard_normal(int(seconds * 8000)) * amplitude).astype(np.int16)


def test_speech_then_silence_is_over_after_so_much_silence(tmp_path: Path) -> None:
    watch = SilenceWatch(2.0)
    watch.take(packets(tmp_path, *stream(0, np.concatenate([tone(300, 3.0), noise(2.5, 30)]))))
    assert 2.9 < watch.spoken_until_s < 3.2
    assert watch.is_over(5.5)


def test_whoever_still_speaks_is_not_cut_off_while_the_disk_is_behind(tmp_path: Path) -> None:
    watch = SilenceWatch(2.0)
    watch.take(packets(tmp_path, *stream(0, tone(300, 3.0))))
    assert not watch.is_over(3.0 + 2.0 + SPOOL_DELAY_S - 0.1)
    assert watch.is_over(3.0 + 2.0 + SPOOL_DELAY_S + 0.1)


def test_a_hiss_is_silence_and_a_low_voice_is_not(tmp_path: Path) -> None:
    hiss, voice = SilenceWatch(2.0), SilenceWatch(2.0)
    hiss.take(packets(tmp_path, *stream(0, noise(4.0, 250))))
    assert hiss.spoken_until_s == 0
    low = np.concatenate([noise(1.0, 20), tone(300, 1.0, amplitude=500), noise(1.0, 20)])
    voice.take(packets(tmp_path, *stream(0, low)))
    assert 1.9 < voice.spoken_until_s < 2.2


def test_a_click_is_no_speech_and_the_agents_side_is_not_listened_to(tmp_path: Path) -> None:
    watch = SilenceWatch(2.0)
    click = np.concatenate([noise(1.0, 20), tone(300, 0.02), noise(1.0, 20)])
    watch.take(packets(tmp_path, *stream(0, click), *stream(1, tone(300, 2.0))))
    assert watch.spoken_until_s == 0


def test_packets_that_are_not_sent_are_silence() -> None:
    watch = SilenceWatch(2.0)
    assert not watch.is_over(2.0)
    assert watch.is_over(2.0 + SPOOL_DELAY_S)


def test_a_tail_gives_whole_packets_once(tmp_path: Path) -> None:
    sent = stream(0, tone(300, 1.0))
    path = tmp_path / "s.spool"
    tail = SpoolTail(path)
    assert tail.read() == []
    whole = write_spool(tmp_path / "whole.spool", sent).read_bytes()
    path.write_bytes(whole[:10])
    assert tail.read() == []
    path.write_bytes(whole[:1000])
    first = tail.read()
    path.write_bytes(whole)
    assert len(first) + len(tail.read()) == len(sent)
    assert tail.read() == []
