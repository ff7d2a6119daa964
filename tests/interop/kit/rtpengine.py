"""Debian's rtpengine without its kernel module, on loopback and ports of its own."""

from __future__ import annotations

import socket
from pathlib import Path

from telephony.media.rtpengine.bencode import Dictionary, decode_dictionary, encode
from telephony.media.rtpengine.figures import relayed_packets
from tests.interop.kit.ports import free_port, free_ports
from tests.interop.kit.processes import ProcessFailed, RunningProcess
from tests.interop.kit.software import require_program

MEDIA_PORTS = 200


class Rtpengine(RunningProcess):
    """Runs when the constructor returns, on so many media ports."""

    def __init__(
        self, folder: Path, *, port: int = 0, digits: int = 0, media_ports: int = MEDIA_PORTS
    ) -> None:
        self._asked = 0
        self.port = port or free_port()
        self.digits = digits or free_port()
        low = free_ports(media_ports)
        command = [
            require_program("rtpengine"),
            "--foreground",
            "--log-stderr",
            "--log-level=5",
            "--table=-1",
            "--config-file=none",
            "--interface=127.0.0.1",
            f"--listen-ng=127.0.0.1:{self.port}",
            f"--dtmf-log-dest=127.0.0.1:{self.digits}",
            f"--port-min={low}",
            f"--port-max={low + media_ports - 1}",
            "--timeout=3600",
            "--silent-timeout=3600",
            "--offer-timeout=3600",
            "--delete-delay=0",
            "--num-threads=1",
        ]
        super().__init__("rtpengine", command, folder)
        try:
            self.wait_until(lambda: self.ask(command="ping").get("result") == "pong", 30, "an answer to ping")
        except ProcessFailed:
            self.end()
            raise

    def _cookie(self) -> bytes:
        """New for each: rtpengine repeats its answer to one that it knows."""
        self._asked += 1
        return b"test%d" % self._asked

    def ask(self, **fields: str) -> Dictionary:
        """One command past the client under test; nothing if it does not answer yet."""
        message = {name.replace("_", "-"): value for name, value in fields.items()}
        with socket.socket(type=socket.SOCK_DGRAM) as link:
            link.settimeout(0.5)
            link.connect(("127.0.0.1", self.port))
            try:
                link.send(self._cookie() + b" " + encode(message))
                return decode_dictionary(link.recv(65535).partition(b" ")[2])
            except OSError:
                return {}

    def relayed(self) -> int:
        """Packets that it has passed on from one party to another."""
        return relayed_packets(self.ask(command="statistics"))
