"""linphone without a sound card: linphonec at its prompt, with a home of its own.

Debian's linphone-cli 5.1 finds no sound card and says so; `soundcard use files` lets it play a WAV and record one. It
takes commands from its standard input; a single key is sent as a digit while it is in a call. On a machine without a
network that it believes in it opens no port by itself, whatever its configuration says: `ports sip` makes it.
It sends no REGISTER there at all, so it is a caller only.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.interop.kit.ports import LOOPBACK, free_port, free_ports
from tests.interop.kit.processes import RunningProcess
from tests.interop.kit.software import require_program
from tests.interop.kit.tones import sine, write_wav

CONFIG = """\
[sip]
guess_hostname=0
contact=sip:{user}@{host}
[rtp]
audio_rtp_port={rtp_low}-{rtp_high}
[net]
mtu=1300
[misc]
log_collection=0
"""


@dataclass(frozen=True)
class LinphoneOrder:
    """Whose phone it is, where the server is, and what it sounds like."""

    user: str
    server_port: int
    tone_hz: float = 880.0


class Linphone(RunningProcess):
    """One linphonec at its prompt."""

    def __init__(self, order: LinphoneOrder, folder: Path) -> None:
        program = require_program("linphonec")
        self.order = order
        folder.mkdir(parents=True)
        (folder / "home").mkdir()
        low = free_ports(20)
        fields = {"host": LOOPBACK, "user": order.user}
        (folder / "rc").write_text(CONFIG.format(rtp_low=low, rtp_high=low + 18, **fields))
        write_wav(folder / "tone.wav", sine(order.tone_hz, 60.0))
        home = {"HOME": str(folder / "home"), "XDG_CONFIG_HOME": "", "XDG_DATA_HOME": ""}
        command = [program, "-c", str(folder / "rc")]
        super().__init__(f"linphone-{order.user}", command, folder, home, typed=True)
        self.type("soundcard use files")
        self.wait_until(lambda: "Using wav files" in self.said(), 15, "its prompt")
        self.type(f"ports sip {free_port()}")
        self.wait_until(lambda: "Setting sip port" in self.said(), 5, "its port")
        self.type(f"play {folder / 'tone.wav'}")

    def call(self, number: str) -> None:
        """Call a number of the server, and wait until it is answered."""
        self.type(f"call sip:{number}@{LOOPBACK}:{self.order.server_port} --audio-only")
        self.wait_until(lambda: "connected" in self.said(), 15, "an answer")
