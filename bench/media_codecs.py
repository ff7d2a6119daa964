"""What codecs and handshakes cost a worker: CPU a packet of 20 ms, memory a leg, what has to be imported.

    python -m bench.media_codecs --packets 2000

Prints one JSON object, last line. `legs` are kilobytes of a leg that has sent and heard nothing yet, sockets in the
kernel apart; `stream_kb` is what encoder and decoder of one leg take once it transcodes.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from telephony.media.decoding import new_decoder, new_encoder, preload
from telephony.media.dtls import DtlsHandshake, new_context
from telephony.media.dtls_identity import fingerprint, load, load_or_make
from telephony.media.g711 import linear_to_ulaw
from telephony.media.keying import DtlsTerms
from telephony.media.messages import Codec, MediaConfig, RemoteMedia
from telephony.media.opus_format import OpusFormat
from telephony.media.room import Room

WISHES = OpusFormat(useinbandfec=True)
STREAMS = 100
LEGS = 500
PORTS = (30_000, 33_999)


def resident_kb() -> int:
    """Of this process, now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() // 1024


def transcoding(codec: Codec, packets: int) -> dict[str, float]:
    """Microseconds of CPU a packet of 20 ms of something like a voice, and kilobytes of one stream each way."""
    at = np.arange(160 * packets) / 8000
    wave = 6000 * np.sin(2 * np.pi * 180 * at) * np.sin(2 * np.pi * 3 * at) + 2000 * np.sin(
        2 * np.pi * 1100 * at
    )
    ulaw = linear_to_ulaw(wave.astype(np.int16))
    encoder, decoder = new_encoder(codec, WISHES), new_decoder(codec)
    begun = time.process_time()
    coded = [encoder.encode(ulaw[start : start + 160]) for start in range(0, len(ulaw), 160)]
    between = time.process_time()
    for payload in coded:
        linear_to_ulaw(decoder.samples(payload))
    ended = time.process_time()
    before = resident_kb()
    streams = [(new_encoder(codec, WISHES), new_decoder(codec)) for _ in range(STREAMS)]
    for one, other in streams:
        other.samples(one.encode(ulaw[:160]))
    return {
        "encode_us": round(1e6 * (between - begun) / packets, 1),
        "decode_us": round(1e6 * (ended - between) / packets, 1),
        "stream_kb": round((resident_kb() - before) / STREAMS, 1),
        "octets": round(sum(map(len, coded)) / packets, 1),
    }


def legs_kb(codec: Codec, folder: Path) -> float:
    """Kilobytes of a leg that has been agreed on."""
    config = MediaConfig(folder, port_min=PORTS[0], port_max=PORTS[1], host="127.0.0.1")
    room = Room(0, config, send_event=lambda _: None, send_reply=lambda _: None, notify=lambda: None)
    now = time.monotonic()
    room.close(room.open("first", now), now)
    before = resident_kb()
    for number in range(LEGS):
        leg = room.open(f"leg-{number}", now)
        leg.set_remote(RemoteMedia("127.0.0.1", 9, codec, 96, 101), now)
    taken = resident_kb() - before
    room.close_all(now)
    return round(taken / LEGS, 1)


def handshakes(count: int, folder: Path) -> float:
    """Milliseconds of CPU a handshake, both sides together."""
    path = folder / "dtls.pem"
    certificate = load_or_make(path, datetime.now(UTC))
    context, promised = new_context(*load(path)), (fingerprint(certificate),)
    begun = time.process_time()
    for _ in range(count):
        active = DtlsHandshake(context, DtlsTerms("active", promised))
        passive = DtlsHandshake(context, DtlsTerms("passive", promised))
        active.start()
        while active.keys is None:
            for datagram in active.to_send():
                passive.receive(datagram)
            for datagram in passive.to_send():
                active.receive(datagram)
    return round(1e3 * (time.process_time() - begun) / count, 2)


def imported(module: str) -> dict[str, float]:
    """What a worker pays before its first leg of this kind; it has numpy anyway."""
    program = (
        "import resource, time, telephony.media.worker\n"
        "def kb(): return int(open('/proc/self/statm').read().split()[1]) * resource.getpagesize() // 1024\n"
        f"kb0, begun = kb(), time.perf_counter()\nimport {module}\n"
        "print(1000 * (time.perf_counter() - begun), kb() - kb0)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    milliseconds, kilobytes = said.stdout.split()
    return {"ms": round(float(milliseconds), 1), "kb": float(kilobytes)}


def measure(packets: int, folder: Path) -> dict[str, Any]:
    """Everything, one after the other."""
    wide: tuple[Codec, ...] = ("G722", "opus")
    preload(wide)
    every: tuple[Codec, ...] = ("PCMU", *wide)
    return {
        "codecs": {codec: transcoding(codec, packets) for codec in wide},
        "legs": {codec: legs_kb(codec, folder) for codec in every},
        "handshake_ms": handshakes(100, folder),
        "import": {name: imported(f"telephony.media.{name}") for name in ("g722", "opus", "dtls_desk")},
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Codecs and handshakes: what they cost.")
    parser.add_argument("--packets", type=int, default=2000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        print(json.dumps(measure(options.packets, Path(name))))


if __name__ == "__main__":
    main()
