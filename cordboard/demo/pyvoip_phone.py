"""One caller whose phone is pyVoIP: a script, run as a process of its own, that prints one JSON object a
line.

pyVoIP is GPL-3 and an extra (`cordboard[phones]`). Only this script imports it, and nothing imports this
script.

What is special about pyVoIP 1.6.8, and how this script lives with it:
- it begins to listen one second after its start: who dials sooner acknowledges the answer late, and twice;
- it always registers; without a user of its own it must be told not to;
- audio is 8 bit, 8 kHz, unsigned, and is sent every 20 ms from the moment of the answer, silence if there
is none;
- it cannot send digits: they take the place of audio packets on their way out (RFC 4733 2.5.1), which keeps
source
  port, sequence numbers and pacing pyVoIP's own;
- its threads do not end in an orderly way once their sockets are closed, so the process ends without them.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import os
import signal
import struct
import sys
import time
import traceback
import wave
from pathlib import Path
from threading import Event
from typing import Any

from pyVoIP.VoIP import CallState, VoIPPhone

from cordboard.demo.children import end_with_parent

# Its modules import one another in a circle: only this way in works.
RTP: Any = importlib.import_module("pyVoIP.RTP")
SIP: Any = importlib.import_module("pyVoIP.SIP")
RATE_HZ = 8000
FRAME = 160
EVENT_PAYLOAD_TYPE = 101
DIGITS = "0123456789*#ABCD"
DIGIT_FRAMES = 6
END_REPEATS = 3
POLL_S = 0.02
LISTENS_AFTER_S = 1.1

hung_up = Event()


class DigitSender:
    """A socket that lets digits go first: while one is pending, its packets replace the audio packets
    handed in."""

    def __init__(self, sock: Any) -> None:
        self._socket = sock
        self._pending: list[tuple[int, int]] = []  # (event, frame number of that event)
        self._started_at = 0

    def press(self, digit: str) -> None:
        self._pending += [(DIGITS.index(digit), n) for n in range(DIGIT_FRAMES + END_REPEATS - 1)]

    def sendto(self, packet: bytes, address: tuple[str, int]) -> int:
        if self._pending:
            packet = self._event(packet, *self._pending.pop(0))
        sent: int = self._socket.sendto(packet, address)
        return sent

    def close(self) -> None:
        self._socket.close()

    def _event(self, packet: bytes, event: int, n: int) -> bytes:
        """The audio packet's sequence number and source, an event's timestamp and payload."""
        _, _, sequence, timestamp, source = struct.unpack("!BBHII", packet[:12])
        if n == 0:
            self._started_at = timestamp
        end = n >= DIGIT_FRAMES - 1
        duration = min(n + 1, DIGIT_FRAMES) * FRAME
        marker = 0x80 if n == 0 else 0
        header = struct.pack("!BBHII", 0x80, marker | EVENT_PAYLOAD_TYPE, sequence, self._started_at, source)
        return header + struct.pack("!BBH", event, (0x80 if end else 0) | 10, duration)


class DigitClient(RTP.RTPClient):  # type: ignore[misc]
    """pyVoIP's RTP client with a digit sender in front of its socket."""

    sout: Any

    def start(self) -> None:
        super().start()
        self.sout = DigitSender(self.sout)


def tell(event: str, **data: object) -> None:
    """Say what happened, for whoever started this process."""
    sys.stdout.write(json.dumps({"event": event, **data}) + "\n")
    sys.stdout.flush()


def sound(arguments: argparse.Namespace) -> bytes:
    """What the caller says while talking: a tone, or a 16 bit mono WAV, as pyVoIP's 8 bit unsigned
    samples."""
    if arguments.speech is not None:
        with wave.open(str(arguments.speech), "rb") as source:
            frames = source.readframes(source.getnframes())
        return bytes((sample >> 8) + 128 for (sample,) in struct.iter_unpack("<h", frames))
    step = 2 * math.pi * arguments.tone / RATE_HZ
    return bytes(128 + round(45 * math.sin(step * n)) for n in range(int(arguments.talk * RATE_HZ)))


def make_phone(arguments: argparse.Namespace) -> VoIPPhone:
    """A phone that is ready to dial: registered if it has a password."""
    RTP.RTPClient = DigitClient
    if arguments.password is None:
        SIP.SIPClient.register = lambda _self: True
    host, _, port = arguments.server.rpartition(":")
    low, _, high = arguments.rtp_ports.partition("-")
    phone = VoIPPhone(
        host,
        int(port),
        arguments.user,
        arguments.password or "",
        myIP="127.0.0.1",
        sipPort=arguments.local_port,
        rtpPortLow=int(low),
        rtpPortHigh=int(high),
    )
    phone.start()
    time.sleep(LISTENS_AFTER_S)
    return phone


def converse(call: Any, arguments: argparse.Namespace) -> bytes:
    """Press keys and talk until the time is up or the other side has hung up; returns what was heard."""
    keys = [
        (float(at), key) for at, _, key in (item.partition(":") for item in arguments.keys.split(",") if item)
    ]
    started, heard, speech = time.monotonic(), bytearray(), sound(arguments)
    client = call.RTPClients[0]
    spoke = False
    while call.state == CallState.ANSWERED and not hung_up.is_set():
        elapsed = time.monotonic() - started
        if elapsed >= arguments.talk_after + arguments.talk:
            break
        while keys and elapsed >= keys[0][0]:
            client.sout.press(keys.pop(0)[1])
        if not spoke and elapsed >= arguments.talk_after:
            call.write_audio(speech)
            spoke = True
        heard += call.read_audio(FRAME, blocking=False)
        hung_up.wait(POLL_S)
    return bytes(heard)


def level_dbfs(audio: bytes) -> float:
    """The level of 8 bit unsigned samples."""
    if not audio:
        return -99.0
    power = sum((sample - 128) ** 2 for sample in audio) / len(audio)
    return round(20 * math.log10(max(math.sqrt(power), 1e-3) / 128), 1)


def dial(arguments: argparse.Namespace) -> int:
    """One call, from dialling to its end; the exit code says whether it was answered."""
    phone = make_phone(arguments)
    tell("ready", registered=arguments.password is not None)
    call = phone.call(arguments.number)
    deadline = time.monotonic() + arguments.answer_within
    while call.state == CallState.DIALING and time.monotonic() < deadline and not hung_up.is_set():
        time.sleep(POLL_S)
    answered = call.state == CallState.ANSWERED
    if answered:
        tell("answered")
        heard = converse(call, arguments)
        ours = call.state == CallState.ANSWERED
        if ours:
            call.hangup()
        tell(
            "ended",
            by="caller" if ours else "server",
            heard_dbfs=level_dbfs(heard),
            heard_s=len(heard) / RATE_HZ,
        )
    else:
        tell("failed", state=call.state.value)
    time.sleep(0.2)  # pyVoIP sends its BYE once and leaves no time to be heard
    return 0 if answered else 1


def read_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add = parser.add_argument
    add("--server", required=True, metavar="HOST:PORT")
    add("--number", required=True)
    add("--user", default="pyvoip")
    add("--password", help="register with it first; without, the phone only calls")
    add("--local-port", type=int, required=True)
    add("--rtp-ports", required=True, metavar="LOW-HIGH")
    add("--keys", default="", metavar="SECONDS:KEY,...", help="keys to press, seconds after the answer")
    add("--talk-after", type=float, default=0.0, metavar="SECONDS")
    add("--talk", type=float, default=5.0, metavar="SECONDS")
    add("--tone", type=float, default=440.0, metavar="HZ")
    add("--speech", type=Path, metavar="WAV", help="16 bit mono at 8 kHz, in place of the tone")
    add("--answer-within", type=float, default=10.0, metavar="SECONDS")
    add("--end-with-parent", action="store_true", help="hang up when standard input ends")
    return parser.parse_args()


def main() -> None:
    """Dial, and end without waiting for pyVoIP's threads."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: hung_up.set())
    code = 2
    try:
        arguments = read_arguments()
        if arguments.end_with_parent:
            end_with_parent()
        code = dial(arguments)
    finally:
        if sys.exc_info()[0] is not None:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
