"""Captured RTP for SIPp to replay: tones, silence, voices and RFC 4733 digits in one stream, as a phone would send
them.

SIPp rewrites addresses and ports and keeps the rest: sequence numbers, timestamps, the source, and the
times between packets. The file is classic pcap, Ethernet, one UDP datagram a packet.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.interop.kit.tones import Samples, mulaw, sine

FRAME = 160
DTMF_PAYLOAD_TYPE = 101
DIGITS = "0123456789*#ABCD"
DIGIT_FRAMES = 5
"""100 ms a digit."""


@dataclass(frozen=True)
class Tone:
    frequency_hz: float
    seconds: float


@dataclass(frozen=True)
class Silence:
    seconds: float


@dataclass(frozen=True)
class Digit:
    digit: str


@dataclass(frozen=True)
class AudibleDigit:
    """The two tones of a key (ITU-T Q.23) in the audio, and as long a pause."""

    digit: str
    seconds: float = 0.1


@dataclass(frozen=True)
class Spoken:
    """A voice, between -1 and 1 at 8 kHz."""

    samples: Samples


Sound = Tone | Silence | Digit | AudibleDigit | Spoken
KEYPAD = ("123A", "456B", "789C", "*0#D")
ROWS_HZ, COLUMNS_HZ = (697, 770, 852, 941), (1209, 1336, 1477, 1633)


def write_capture(path: Path, sounds: list[Sound]) -> Path:
    """Write what a phone would send for `sounds`, one after the other."""
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for at_us, packet in _packets(sounds):
            frame = _ethernet(packet)
            out.write(
                struct.pack(
                    "<IIII", 1_000_000_000 + at_us // 1_000_000, at_us % 1_000_000, len(frame), len(frame)
                )
            )
            out.write(frame)
    return path


def _packets(sounds: list[Sound]) -> Iterator[tuple[int, bytes]]:
    tick, sequence = 0, 1
    for sound in sounds:
        if isinstance(sound, Digit):
            for at, marker, timestamp, payload in _digit_frames(sound.digit, tick):
                yield at * 20_000, _rtp(DTMF_PAYLOAD_TYPE, sequence, timestamp, payload, marker=marker)
                sequence += 1
            tick += DIGIT_FRAMES + 2  # the two repetitions of the end
            continue
        for payload in _audio_frames(sound):
            yield tick * 20_000, _rtp(0, sequence, tick * FRAME, payload, marker=tick == 0)
            tick, sequence = tick + 1, sequence + 1


def _digit_frames(digit: str, tick: int) -> Iterator[tuple[int, bool, int, bytes]]:
    """RFC 4733 2.5.1: one timestamp for the event, growing duration, the final packet three times with the
    end bit."""
    event = DIGITS.index(digit)
    for n in range(DIGIT_FRAMES + 2):
        end = n >= DIGIT_FRAMES - 1
        duration = min(n + 1, DIGIT_FRAMES) * FRAME
        yield tick + n, n == 0, tick * FRAME, struct.pack("!BBH", event, (0x80 if end else 0) | 10, duration)


def _audio_frames(sound: Tone | Silence | AudibleDigit | Spoken) -> Iterator[bytes]:
    audio = mulaw(sound.samples if isinstance(sound, Spoken) else _samples(sound))
    for start in range(0, len(audio) - FRAME + 1, FRAME):
        yield audio[start : start + FRAME]


def _samples(sound: Tone | Silence | AudibleDigit) -> Samples:
    if isinstance(sound, AudibleDigit):
        row = next(at for at, keys in enumerate(KEYPAD) if sound.digit in keys)
        pair = (ROWS_HZ[row], COLUMNS_HZ[KEYPAD[row].index(sound.digit)])
        low, high = (sine(hz, sound.seconds, dbfs=-16.0) for hz in pair)
        return np.concatenate((low + high, np.zeros(len(low))))
    return sine(sound.frequency_hz if isinstance(sound, Tone) else 0.0, sound.seconds)


def _rtp(payload_type: int, sequence: int, timestamp: int, payload: bytes, *, marker: bool) -> bytes:
    return (
        struct.pack("!BBHII", 0x80, payload_type | (0x80 if marker else 0), sequence, timestamp, 0x0C0DB0A2)
        + payload
    )


def _ethernet(datagram: bytes) -> bytes:
    udp = struct.pack("!HHHH", 6000, 6000, 8 + len(datagram), 0) + datagram
    ip = struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes([127, 0, 0, 1]), bytes([127, 0, 0, 1])
    )
    return bytes(12) + b"\x08\x00" + ip + udp
