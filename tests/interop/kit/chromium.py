"""Headless Chromium as a phone: a page with SIP.js (MIT) on the browser's own WebRTC, driven by the DevTools protocol.

SIP.js is fetched once by `npm pack` into the environment's folder and checked against the hash below; it is made of
plain modules, so that nothing needs to be built. The page comes from a small HTTP server on loopback: to a browser that
is a secure context, in which it opens microphones, and from which it may speak to `ws:` too. The microphone is a file
of a tone; a `tone` in the page needs none, and makes Chromium hide its addresses behind names in `.local` (mDNS).
"""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import http.server
import itertools
import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate
from websockets.sync.client import ClientConnection, connect

from tests.interop.kit.ports import LOOPBACK
from tests.interop.kit.processes import ProcessFailed, RunningProcess
from tests.interop.kit.software import require_download, require_program
from tests.interop.kit.tones import sine, write_wav

PAGE = Path(__file__).resolve().parent / "browser_phone"
SIP_JS = "sip.js@0.21.2"
SIP_JS_SHA512 = "tSqTcIgrOd2IhP/rd70JablvAp+fSfLSxO4hGNY6LkWRY1SKygTO7OtJEV/BQb8oIxtMRx0LE7nUF2MaqGbFzA=="
MICROPHONE_RATE_HZ = 48_000
SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--remote-debugging-port=0",
)


def sip_js() -> Path:
    """The folder of SIP.js's modules, fetched if this environment has it not yet."""
    kept = Path(sys.prefix) / "interop"
    folder = kept / SIP_JS.replace("@", "-")
    if not folder.exists():
        npm = require_program("npm")
        kept.mkdir(exist_ok=True)
        command = [npm, "pack", "--silent", SIP_JS]
        fetched = subprocess.run(command, cwd=kept, capture_output=True, text=True, timeout=120, check=False)
        require_download(SIP_JS, fetched.returncode, fetched.stderr)
        archive = kept / fetched.stdout.strip()
        found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        assert found == SIP_JS_SHA512, f"{SIP_JS} is not what it was: {found}"
        part = kept / f"{folder.name}.part"
        part.mkdir(exist_ok=True)
        subprocess.run(["tar", "-xzf", archive, "-C", part], check=True, timeout=60)
        archive.unlink()
        part.rename(folder)
    return folder / "package" / "lib"


@dataclass(frozen=True)
class ChromiumOrder:
    """Whose phone it is, where the server is, and what it sounds like."""

    user: str
    server: str
    """`ws://...` or `wss://...`."""
    password: str = ""
    tone_hz: float = 880.0
    microphone: bool = True
    answers: bool = False
    bundle: str = "balanced"
    """WebRTC's bundlePolicy; "max-bundle" takes no description without a group."""
    certificate: Path | None = None
    """Of the server, trusted by its key."""


class Chromium(RunningProcess):
    """One browser with one page, which is a phone."""

    def __init__(self, order: ChromiumOrder, folder: Path) -> None:
        program = require_program("chromium")
        self.order = order
        self._profile = folder / "profile"
        self._web = _page_server(folder / "web")
        tone = write_wav(
            folder / "tone.wav",
            sine(order.tone_hz, 4.0, rate_hz=MICROPHONE_RATE_HZ),
            rate_hz=MICROPHONE_RATE_HZ,
        )
        command = [program, *SWITCHES, f"--user-data-dir={self._profile}"]
        if order.microphone:
            command += [
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                f"--use-file-for-fake-audio-capture={tone}",
            ]
        if order.certificate is not None:
            command.append(f"--ignore-certificate-errors-spki-list={_key_hash(order.certificate)}")
        super().__init__(f"chromium-{order.user}", [*command, "about:blank"], folder)
        self._numbers = itertools.count(1)
        self._page: ClientConnection | None = None
        try:
            self._open()
        except BaseException:
            self.end()
            raise

    def _open(self) -> None:
        ports = self._profile / "DevToolsActivePort"
        self.wait_until(lambda: ports.exists() and ports.read_text().count("\n") > 0, 60, "its DevTools port")
        pages = httpx.get(f"http://{LOOPBACK}:{ports.read_text().split()[0]}/json/list", timeout=10).json()
        [page] = [each for each in pages if each["type"] == "page"]
        self._page = connect(page["webSocketDebuggerUrl"], max_size=None, proxy=None)
        order = self.order
        settings = {
            "user": order.user,
            "password": order.password,
            "server": order.server,
            "host": LOOPBACK,
            "tone": "" if order.microphone else order.tone_hz,
            "answers": "1" if order.answers else "",
            "bundle": order.bundle,
        }
        address = f"http://{LOOPBACK}:{self._web.server_address[1]}/?{urlencode(settings)}"
        self._ask("Page.navigate", {"url": address})
        self.eventually(lambda: self.run("typeof window.phone") == "object", "the page's phone", 30)
        self.run("phone.start()")

    def _ask(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """One command of the DevTools protocol; events that come meanwhile are left alone."""
        assert self._page is not None
        number = next(self._numbers)
        self._page.send(json.dumps({"id": number, "method": method, "params": parameters}))
        deadline = time.monotonic() + 30
        while True:
            message = json.loads(self._page.recv(timeout=max(0.0, deadline - time.monotonic())))
            if message.get("id") == number:
                if "error" in message:
                    raise ProcessFailed(f"{self.name}: {method}: {message['error']}")
                result: dict[str, Any] = message["result"]
                return result

    def run(self, script: str) -> Any:
        """The value of an expression in the page; promises are waited for."""
        parameters = {"expression": script, "awaitPromise": True, "returnByValue": True}
        result = self._ask("Runtime.evaluate", parameters)
        if "exceptionDetails" in result:
            raise ProcessFailed(f"{self.name}: {script}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def eventually(self, holds: Callable[[], bool], what: str, timeout_s: float = 15.0) -> None:
        """Look until something holds; else fail with what the page's SIP stack said."""
        try:
            self.wait_until(holds, timeout_s, what)
        except ProcessFailed as error:
            said = "\n".join(self.run("window.phone ? phone.log() : []")[-60:])
            raise ProcessFailed(f"{error}\n{said}") from None

    def register(self) -> None:
        self.run("phone.register()")
        self.eventually(lambda: bool(self.run("phone.registered()")), "a registration")

    def call(self, number: str) -> None:
        """Dial, and wait for the answer."""
        self.run(f"phone.call({number!r})")
        self.wait_state("Established")

    def wait_state(self, state: str, timeout_s: float = 15.0) -> None:
        """SIP.js's word for where the call is."""
        self.eventually(lambda: self.run("phone.state()") == state, f"call that is {state}", timeout_s)

    def wait_hears(self, frequency_hz: float, timeout_s: float = 15.0) -> None:
        """Until its loudspeaker plays a tone, loud and at that frequency within a bin (6 Hz)."""

        def hears() -> bool:
            now = self.run("phone.heard()")
            return now["db"] is not None and now["db"] > -40 and abs(now["hz"] - frequency_hz) < 8

        self.eventually(hears, f"{frequency_hz:.0f} Hz", timeout_s)

    def wait_hears_all(self, *frequencies_hz: float, timeout_s: float = 15.0) -> None:
        """Until its loudspeaker plays all of these tones at once."""

        def hears() -> bool:
            levels = [self.run(f"phone.level({hz})") for hz in frequencies_hz]
            return all(level is not None and level > -45 for level in levels)

        self.eventually(hears, f"{frequencies_hz} Hz", timeout_s)

    def wait_hears_something(self, timeout_s: float = 15.0) -> None:
        """Until its loudspeaker plays anything that is no silence."""

        def hears() -> bool:
            level = self.run("phone.heard()")["db"]
            return level is not None and level > -60

        self.eventually(hears, "sound", timeout_s)

    def stats(self) -> dict[str, Any]:
        """WebRTC's figures, by type, and `codec`."""
        found: dict[str, Any] = self.run("phone.stats()")
        return found

    def wait_talk(self, seconds: float) -> None:
        """Until it has received packets for so long (20 ms each)."""
        packets = int(seconds * 50)

        def talked() -> bool:
            return self.stats().get("inbound-rtp", {}).get("packetsReceived", 0) >= packets

        self.eventually(talked, f"talk of {seconds:.0f} s", seconds + 15)

    def hang_up(self) -> None:
        self.run("phone.hangup()")

    def end(self) -> None:
        """The page's connection and server too."""
        if self._page is not None:
            with contextlib.suppress(OSError):
                self._page.close()
            self._page = None
        self._web.shutdown()
        self._web.server_close()
        super().end()
        shutil.rmtree(self._profile, ignore_errors=True)  # 10 MB a browser


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


def _page_server(folder: Path) -> http.server.ThreadingHTTPServer:
    shutil.copytree(PAGE, folder)
    (folder / "sip").symlink_to(sip_js())
    handler = functools.partial(_Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer((LOOPBACK, 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _key_hash(certificate: Path) -> str:
    """As Chromium names a key: SHA-256 of its SubjectPublicKeyInfo, in base64."""
    key = load_pem_x509_certificate(certificate.read_bytes()).public_key()
    return base64.b64encode(
        hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    ).decode()
