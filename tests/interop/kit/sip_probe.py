"""Hand-made datagrams for what no phone would send: garbage, odd methods, an INVITE and its CANCEL back to
back."""

from __future__ import annotations

import re
import secrets
import socket
import time
from types import TracebackType

from tests.interop.kit.ports import LOOPBACK

SDP = (
    "v=0\r\no=probe 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
)


class SipProbe:
    """A UDP socket that speaks just enough SIP to provoke; one INVITE at a time."""

    def __init__(self, server_port: int, host: str = LOOPBACK, user: str = "probe") -> None:
        self._server = (LOOPBACK, server_port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self._host, self._user = host, user
        self._port = self._socket.getsockname()[1]
        self._call_id, self._tag = secrets.token_hex(8), secrets.token_hex(4)
        self._branch = _new_branch()
        self._target = ""

    def __enter__(self) -> SipProbe:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Any bytes at all."""
        self._socket.sendto(data, self._server)

    def receive(self, timeout_s: float = 2.0) -> str | None:
        """The next datagram, or None."""
        self._socket.settimeout(timeout_s)
        try:
            return self._socket.recv(65536).decode(errors="replace")
        except TimeoutError:
            return None

    def request(
        self,
        method: str,
        number: str = "",
        *,
        cseq: int = 1,
        branch: str = "",
        to_tag: str = "",
        extra: str = "",
        body: str = "",
    ) -> None:
        """Send a request of this probe's one dialog."""
        if number:
            self._target = f"sip:{number}@{LOOPBACK}:{self._server[1]}"
        branch = branch or _new_branch()
        lines = [
            f"{method} {self._target} SIP/2.0",
            f"Via: SIP/2.0/UDP {self._host}:{self._port};branch={branch};rport",
            f"From: <sip:{self._user}@{LOOPBACK}>;tag={self._tag}",
            f"To: <{self._target}>{f';tag={to_tag}' if to_tag else ''}",
            f"Call-ID: {self._call_id}",
            f"CSeq: {cseq} {method}",
            f"Contact: <sip:probe@{self._host}:{self._port}>",
            "Max-Forwards: 70",
            *([extra] if extra else []),
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        self.send(("\r\n".join(lines) + "\r\n\r\n" + body).encode())

    def invite(self, number: str) -> None:
        """An INVITE with an offer of mu-law."""
        self.request("INVITE", number, branch=self._branch, body=SDP.format(port=self._port + 2))

    def cancel(self) -> None:
        """The CANCEL of that INVITE: same branch (RFC 3261 9.1)."""
        self.request("CANCEL", branch=self._branch)

    def finish_cancelled_call(self, timeout_s: float = 5.0) -> list[tuple[str, str]]:
        """Collect (status line, CSeq) until INVITE and CANCEL are both answered; acknowledge, and hang up a
        200."""
        seen: list[tuple[str, str]] = []
        wanted = {"INVITE", "CANCEL"}
        deadline = time.monotonic() + timeout_s
        while wanted and time.monotonic() < deadline:
            text = self.receive(0.5)
            if text is None or not text.startswith("SIP/2.0 "):
                continue
            line, cseq = text.splitlines()[0], _header(text, "CSeq")
            seen.append((line, cseq))
            if line.startswith("SIP/2.0 1"):
                continue
            wanted.discard(cseq.split()[-1])
            if cseq.endswith("INVITE"):
                self._acknowledge(text, line.startswith("SIP/2.0 200"))
        return seen

    def _acknowledge(self, response: str, answered: bool) -> None:
        tag = re.search(r"tag=([^;\s]+)", _header(response, "To"))
        to_tag = tag[1] if tag else ""
        self.request("ACK", branch="" if answered else self._branch, to_tag=to_tag)
        if answered:
            self.request("BYE", cseq=2, to_tag=to_tag)


def _new_branch() -> str:
    return f"z9hG4bK{secrets.token_hex(6)}"


def _header(text: str, name: str) -> str:
    found = re.search(rf"(?mi)^{name}\s*:\s*(.*?)\r?$", text)
    return found[1] if found else ""
