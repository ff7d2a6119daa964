"""Dialogs as data: route sets, targets, sequence numbers, writing down and reading back."""

from __future__ import annotations

import json

import pytest

from telephony.sip.address import Address
from telephony.sip.dialog import Dialog
from telephony.sip.errors import RemoteProtocolError
from telephony.sip.message import Request, Response
from telephony.sip.parser import parse_message
from tests.telephony.sip.kit import request_text


def received(extra: str = "") -> Request:
    request = parse_message(request_text("INVITE", extra=extra, seq=7).replace("\n", "\r\n").encode())
    assert isinstance(request, Request)
    return request


def callee(extra: str = "") -> Dialog:
    return Dialog.from_request(received(extra), "ours", None, secure=False)


def test_the_callees_side() -> None:
    dialog = callee("Record-Route: <sip:p1;lr>\nRecord-Route: <sip:p2;lr>\n")
    assert dialog.key == ("hand@10.9.9.9", "ours", "hand")
    assert (dialog.local, dialog.remote) == ("<sip:1000@10.0.0.2>", "<sip:hand@10.9.9.9>")
    assert dialog.route_set == ("<sip:p1;lr>", "<sip:p2;lr>")
    assert dialog.remote_target == "sip:hand@10.9.9.9:5060"
    uri, fields = dialog.request_fields("BYE", dialog.next_seq())
    assert uri == "sip:hand@10.9.9.9:5060"
    assert fields == [
        ("Route", "<sip:p1;lr>"),
        ("Route", "<sip:p2;lr>"),
        ("Max-Forwards", "70"),
        ("From", "<sip:1000@10.0.0.2>;tag=ours"),
        ("To", "<sip:hand@10.9.9.9>;tag=hand"),
        ("Call-ID", "hand@10.9.9.9"),
        ("CSeq", "1 BYE"),
    ]
    assert dialog.destination() == Address("sip", "p1", 0)


def test_the_callers_side_reverses_the_route() -> None:
    request = received()
    fields = [("Contact", "<sip:c@10.0.0.3>"), ("Record-Route", "<sip:p1;lr>, <sip:p2;lr>")]
    response = Response.to_request(request, 200, to_tag="theirs", fields=fields)
    dialog = Dialog.from_response(request, response, None)
    assert dialog.key == ("hand@10.9.9.9", "hand", "theirs")
    assert dialog.route_set == ("<sip:p2;lr>", "<sip:p1;lr>")
    assert (dialog.local_seq, dialog.remote_seq, dialog.confirmed) == (7, None, True)


def test_a_strict_router_goes_into_the_request_uri() -> None:
    dialog = callee("Record-Route: <sip:strict:5070>, <sip:p2;lr>\n")
    uri, fields = dialog.request_fields("BYE", 1)
    assert uri == "sip:strict:5070"
    assert [value for name, value in fields if name == "Route"] == ["<sip:p2;lr>", "<sip:hand@10.9.9.9:5060>"]
    assert dialog.destination() == Address("udp", "strict", 5070)


def test_sequence_numbers_rise() -> None:
    dialog = callee()
    assert not dialog.accepts(received())
    later = parse_message(request_text("BYE", seq=9).replace("\n", "\r\n").encode())
    assert isinstance(later, Request)
    assert dialog.accepts(later)
    assert dialog.remote_seq == 9


def test_a_target_refresh_moves_the_target() -> None:
    dialog = callee()
    moved = Request("INVITE", "sip:x@h", [("Contact", "<sip:moved@10.0.0.9>")])
    dialog.refresh(moved)
    assert dialog.remote_target == "sip:moved@10.0.0.9"
    dialog.refresh(Request("INVITE", "sip:x@h", []))
    assert dialog.remote_target == "sip:moved@10.0.0.9"


def test_it_survives_being_written_down() -> None:
    dialog = callee("Record-Route: <sip:p1;lr>\n")
    dialog.flow = Address("tcp", "10.9.9.9", 40000)
    assert Dialog.from_state(json.loads(json.dumps(dialog.to_state()))) == dialog
    dialog.flow = None
    assert Dialog.from_state(json.loads(json.dumps(dialog.to_state()))) == dialog


@pytest.mark.parametrize(("old", "new"), [
    ("Contact: <sip:hand@10.9.9.9:5060>\n", ""),
    ("Contact: <sip:hand@10.9.9.9:5060>\n", "Contact: <sip:a@h>, <sip:b@h>\n"),
    ("Contact: <sip:hand@10.9.9.9:5060>\n", "Contact: <tel:+4420>\n"),
    ("Content-Length", "Record-Route: <sip:broken\nContent-Length"),
])  # fmt: skip
def test_what_cannot_start_a_dialog(old: str, new: str) -> None:
    text = request_text("INVITE")
    assert old in text
    request = parse_message(text.replace(old, new).replace("\n", "\r\n").encode())
    assert isinstance(request, Request)
    with pytest.raises(RemoteProtocolError):
        Dialog.from_request(request, "ours", None, secure=False)
