"""`cordboard sip` as people type it, against an API that answers on a real port."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from typer.testing import CliRunner

from api.sip_schema import BanList, BanView, SipLadder, SipMessage, SipStatus, TrunkList, TrunkView
from cordboard.cli import app

runner = CliRunner()

TRUNK = TrunkView(
    name="carrier", uri="sip:carrier.example", state="up", since_s=3725, usable=False, registers=True,
    registered=False, registration_status=403, calls_now=1, max_calls=30, calls_in=5, calls_out=7, failed_out=2,
    refused=4,
)  # fmt: skip
BAN = BanView(source="2001:db8::/64", why="wrong passwords", since_s=1, ends_in_s=299, count=1, dropped=9)
STATUS = SipStatus(**{**dict.fromkeys(SipStatus.model_fields, 0), "bans": 17})
LADDER = SipLadder(
    call="c1",
    messages=tuple(
        SipMessage(
            at=datetime(2030, 5, 6, tzinfo=UTC), sent=sent, peer="udp:192.0.2.7:5060", party="rosa",
            call_id="y", first_line=line, text=f"{line}\r\nCall-ID: y\r\n\r\n",
        )
        for sent, line in ((False, "INVITE sip:1@h SIP/2.0"), (True, "SIP/2.0 404 Not Found"))
    ),
)  # fmt: skip


class Api(HTTPServer):
    """Answers from a table of paths; what is lifted is gone."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.pages = {
            "/v1/trunks": TrunkList(trunks=(TRUNK,)).model_dump_json(),
            "/v1/sip": STATUS.model_dump_json(),
            "/v1/sip/bans": BanList(bans=(BAN,)).model_dump_json(),
            "/v1/calls/c1/sip": LADDER.model_dump_json(),
        }
        self.liftable = {"/v1/sip/bans/2001%3Adb8%3A%3A%2F64"}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        page = self.server.pages.get(self.path)
        self._say(200 if page is not None else 404, page or "{}")

    def do_DELETE(self) -> None:
        known = self.path in self.server.liftable
        self.server.liftable.discard(self.path)
        self._say(200 if known else 404, "{}")

    def _say(self, status: int, page: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on the tests' own output."""


@pytest.fixture
def api() -> Iterator[Api]:
    with Api() as running:
        thread = Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def sip(api: Api, *words: str, exit_code: int = 0) -> str:
    result = runner.invoke(app, ["sip", *words, "--url", api.url], env={"COLUMNS": "160"})
    assert result.exit_code == exit_code, result.output
    return result.stdout if exit_code == 0 else result.stderr


def test_trunks(api: Api) -> None:
    [_, line] = sip(api, "trunks").splitlines()
    assert line.split() == [
        "carrier",
        "sip:carrier.example",
        "up",
        "1h02m",
        "no",
        "(403)",
        "1/30",
        "5",
        "7",
        "2",
        "4",
    ]
    assert TrunkList.model_validate_json(sip(api, "trunks", "--json")).trunks == (TRUNK,)
    api.pages["/v1/trunks"] = TrunkList(trunks=()).model_dump_json()
    assert sip(api, "trunks") == "no trunks are configured\n"


def test_status(api: Api) -> None:
    shown = dict(line.split() for line in sip(api, "status").splitlines())
    assert shown.keys() == SipStatus.model_fields.keys()
    assert shown["bans"] == "17"
    assert json.loads(sip(api, "status", "--json"))["bans"] == 17


def test_bans_are_listed(api: Api) -> None:
    [_, line] = sip(api, "bans", "list").splitlines()
    assert line.split() == ["2001:db8::/64", "wrong", "passwords", "1s", "4m59s", "1", "9"]
    assert BanList.model_validate_json(sip(api, "bans", "list", "--json")).bans == (BAN,)
    api.pages["/v1/sip/bans"] = BanList(bans=()).model_dump_json()
    assert sip(api, "bans", "list") == "nobody is banned\n"


def test_a_ban_is_lifted_once(api: Api) -> None:
    assert sip(api, "bans", "lift", BAN.source) == "2001:db8::/64 is listened to again\n"
    assert "bans list" in sip(api, "bans", "lift", BAN.source, exit_code=1)


def test_a_trace_is_drawn_or_written_out(api: Api) -> None:
    drawn = sip(api, "trace", "c1")
    assert "INVITE" in drawn
    assert "404" in drawn
    assert "Call-ID" not in drawn
    assert "Call-ID: y" in sip(api, "trace", "c1", "--full")
    assert SipLadder.model_validate_json(sip(api, "trace", "c1", "--json")) == LADDER
    assert "calls list" in sip(api, "trace", "nobody", exit_code=1)


def test_no_server_is_said_in_one_line(api: Api) -> None:
    result = runner.invoke(app, ["sip", "trunks", "--url", "http://127.0.0.1:9"])
    assert result.exit_code == 1
    assert "127.0.0.1:9" in result.stderr
    assert "Traceback" not in result.output
