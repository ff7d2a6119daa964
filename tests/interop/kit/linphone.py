"""linphone without a sound card: linphonec at its prompt, with a home of its own.

Debian's linphone-cli 5.1 finds no sound card and says so; `soundcard use files` lets it play a WAV and record one. It
takes commands from its standard input; a single key is sent as a digit while it is in a call. Its home must have the
folder of its database: without it, it comes up in halves, opens no port and registers nowhere. It is told not to judge
by itself whether there is a network, for loopback is none to it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from tests.interop.kit.ports import LOOPBACK, free_port, free_ports
from tests.interop.kit.processes import RunningProcess
from tests.interop.kit.software import require_program
from tests.interop.kit.tones import sine, write_wav

CONFIG = """\
[sip]
guess_hostname=0
contact=sip:{user}@{host}
sip_port={port}
sip_tcp_port=0
sip_tls_port=0
bind_address={host}
auto_net_state_mon=0
register_only_when_network_is_up=0
default_proxy=0
use_ipv6=0
[rtp]
audio_rtp_port={rtp_low}-{rtp_high}
[net]
mtu=1300
[misc]
log_collection=0
"""
ACCOUNT = """\
[proxy_0]
reg_proxy=<sip:{host}:{server_port}>
reg_identity=sip:{user}@{host}
reg_expires=600
reg_sendregister=1
publish=0
[auth_info_0]
username={user}
passwd={password}
realm=interop
domain={host}
"""


@dataclass(frozen=True)
class LinphoneOrder:
    """Whose phone it is, where the server is, and what it sounds like. With a password it registers, and answers."""

    user: str
    server_port: int
    tone_hz: float = 880.0
    password: str = ""


class Linphone(RunningProcess):
    """One linphonec at its prompt."""

    def __init__(self, order: LinphoneOrder, folder: Path) -> None:
        program = require_program("linphonec")
        self.order = order
        home = folder / "home"
        for part in (".local/share/linphone", ".config/linphone"):
            (home / part).mkdir(parents=True)
        low = free_ports(20)
        fields = {
            "host": LOOPBACK,
            "port": free_port(),
            "rtp_low": low,
            "rtp_high": low + 18,
            **asdict(order),
        }
        text = CONFIG + (ACCOUNT if order.password else "")
        (folder / "rc").write_text(text.format(**fields))
        write_wav(folder / "tone.wav", sine(order.tone_hz, 60.0))
        command = [program, "-c", str(folder / "rc"), *(["-a"] if order.password else [])]
        super().__init__(f"linphone-{order.user}", command, folder, {"HOME": str(home)}, typed=True)
        self.type("soundcard use files")
        self.wait_until(lambda: "Using wav files" in self.said(), 30, "its prompt")
        self.type(f"play {folder / 'tone.wav'}")

    def call(self, number: str) -> None:
        """Call a number of the server, and wait until it is answered."""
        self.type(f"call sip:{number}@{LOOPBACK}:{self.order.server_port} --audio-only")
        self.wait_until(lambda: "connected" in self.said(), 30, "an answer")
