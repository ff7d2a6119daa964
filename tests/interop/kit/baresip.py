"""baresip without a sound card: a registered phone that answers by itself, plays a tone and writes down
what it hears.

Debian's baresip 1.0.0: `aufile` is a source only, so the player is an `aubridge` with nobody at its other
end, and the `sndfile` filter in front of it writes what was decoded to `dump-*-dec.wav`. `ctrl_tcp` takes
commands and tells events as JSON in netstrings; without `regint` above zero baresip does not register at all.
"""

from __future__ import annotations

import json
import re
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from tests.interop.kit.ports import LOOPBACK, free_port, free_ports
from tests.interop.kit.processes import ProcessFailed, RunningProcess
from tests.interop.kit.software import require_program
from tests.interop.kit.tones import sine, write_wav

MODULES = Path("/usr/lib/baresip/modules")

CONFIG = """\
poll_method epoll
sip_listen {host}:{sip_port}
sip_trans_def {transport}
call_max_calls 4
call_local_timeout 120
audio_source aufile,{folder}/tone.wav
audio_player aubridge,nobody
ausrc_srate {rate_hz}
auplay_srate {rate_hz}
ausrc_channels 1
auplay_channels 1
rtp_ports {rtp_low}-{rtp_high}
rtcp_enable yes
jitter_buffer_delay 2-5
module_path {modules}
module g711.so
module g722.so
module opus.so
module srtp.so
module dtls_srtp.so
module ice.so
rtcp_mux yes
module aufile.so
module aubridge.so
module sndfile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {host}:{control_port}
snd_path {folder}
"""

ACCOUNT = (
    "<sip:{user}@{host}:{server_port};transport={transport}>;auth_user={user};auth_pass={password};"
    "answermode={answermode};regint={registration_s};audio_codecs={codecs}{encryption}{nat}\n"
)


@dataclass(frozen=True)
class BaresipOrder:
    """Whose phone it is, where the server is, and what it sounds like."""

    user: str
    password: str
    server_port: int
    tone_hz: float = 880.0
    answermode: str = "auto"
    registration_s: int = 60
    codecs: str = "PCMU/8000/1,PCMA/8000/1"
    transport: str = "udp"
    certificate: Path | None = None  # whom it believes on TLS
    rate_hz: int = 8000  # of what it plays and hears
    medianat: str = ""  # ice
    mediaenc: str = ""  # srtp: if the other side can; srtp-mand: RTP/SAVP or nothing; dtls_srtp


class Baresip(RunningProcess):
    """One baresip process and its control connection."""

    def __init__(self, order: BaresipOrder, folder: Path) -> None:
        program = require_program("baresip")
        self.order = order
        self.sip_port, self._control_port = free_ports(2), free_port()  # TLS listens one above SIP's port
        self.events: list[dict[str, object]] = []
        self._pending = b""
        _write_configuration(order, folder, self.sip_port, self._control_port)
        super().__init__(f"baresip-{order.user}", [program, "-f", str(folder)], folder)
        self._control = self._connect()

    def _connect(self) -> socket.socket:
        self.wait_until(lambda: "baresip is ready" in self.said(), 10, "readiness")
        connection = socket.create_connection((LOOPBACK, self._control_port), timeout=5)
        connection.settimeout(0.1)
        return connection

    def command(self, name: str, parameters: str = "") -> None:
        """Give it one of its commands, such as `dial sip:1000@...`, `sndcode 1` or `hangup`."""
        message = json.dumps({"command": name, "params": parameters, "token": name}).encode()
        self._control.sendall(b"%d:%s," % (len(message), message))

    def wait_for(self, kind: str, timeout_s: float = 10.0) -> dict[str, object]:
        """The next event of a kind that was not waited for yet: REGISTER_OK, CALL_ESTABLISHED, CALL_CLOSED,
        ..."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            self._read()
            for event in self.events:
                if event.get("type") == kind:
                    self.events.remove(event)
                    return event
        seen = [event.get("type") for event in self.events]
        raise ProcessFailed(f"{self.name}: no {kind} in {timeout_s:.0f} s; seen {seen}\n{self.tail()}")

    def wait_registered(self, timeout_s: float = 10.0) -> None:
        """Wait for the registrar's 200; it may have come before the control connection stood, so the log
        counts too."""
        pattern = re.compile(r"200 OK \(.*\) \[1 binding\]|200 OK .*binding")
        self.wait_until(lambda: bool(pattern.search(self.said())), timeout_s, "registration")

    def _read(self) -> None:
        try:
            self._pending += self._control.recv(65536)
        except TimeoutError:
            return
        while (match := re.match(rb"(\d+):", self._pending)) and len(self._pending) > match.end() + int(
            match[1]
        ):
            end = match.end() + int(match[1])
            message = json.loads(self._pending[match.end() : end])
            self._pending = self._pending[end + 1 :]
            if message.get("event"):
                self.events.append(message)

    def heard(self) -> list[Path]:
        """What it decoded, one WAV a call; complete once the call is closed."""
        return sorted(self.folder.glob("dump-*-dec.wav"))

    def quit(self) -> None:
        """Let it unregister and end."""
        if self.exit_code is None:
            self.command("quit")
            self.wait(10)
        self._control.close()

    def end(self) -> None:
        self._control.close()
        super().end()


def _write_configuration(order: BaresipOrder, folder: Path, sip_port: int, control_port: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rtp_low = free_ports(20)
    write_wav(folder / "tone.wav", sine(order.tone_hz, 60.0, rate_hz=order.rate_hz), order.rate_hz)
    (folder / "contacts").write_text("")
    (folder / "config").write_text(
        CONFIG.format(
            host=LOOPBACK,
            sip_port=sip_port,
            folder=folder,
            rtp_low=rtp_low,
            rtp_high=rtp_low + 18,
            modules=MODULES,
            control_port=control_port,
            transport=order.transport,
            rate_hz=order.rate_hz,
        )
        + (f"sip_cafile {order.certificate}\n" if order.certificate is not None else "")
    )
    (folder / "accounts").write_text(
        ACCOUNT.format(
            host=LOOPBACK,
            encryption=f";mediaenc={order.mediaenc}" if order.mediaenc else "",
            nat=f";medianat={order.medianat}" if order.medianat else "",
            **vars(order),
        )
    )
