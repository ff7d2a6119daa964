"""What kind of message bytes are."""

from __future__ import annotations

import pytest

from telephony.sip.defence.sniff import REFUSED_TAG, Kind, kind_of, user_agent
from tests.telephony.sip.defence.messages import wire


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (wire("INVITE"), Kind.NEW_CALL),
        (wire("INVITE", to_tag="x"), Kind.IN_PROGRESS),
        (b"\r\n" + wire("INVITE"), Kind.NEW_CALL),
        (wire("INVITE").replace(b"To:", b"t :"), Kind.NEW_CALL),
        (wire("INVITE", to_tag="x").replace(b"To:", b"tO  :"), Kind.IN_PROGRESS),
        (wire("ACK"), Kind.IN_PROGRESS),
        (
            wire("ACK").replace(b"sip:1000@10.0.0.2>\r", b"sip:1000@10.0.0.2>" + REFUSED_TAG + b"1\r"),
            Kind.REFUSED_ACK,
        ),
        (wire("BYE", to_tag="x"), Kind.IN_PROGRESS),
        (wire("CANCEL"), Kind.CANCEL),
        (wire("REGISTER"), Kind.NEW_REQUEST),
        (wire("OPTIONS"), Kind.NEW_REQUEST),
        (wire("MESSAGE"), Kind.NEW_REQUEST),
        (wire("UPDATE", to_tag="x"), Kind.IN_PROGRESS),
        (b"SIP/2.0 200 OK\r\n\r\n", Kind.IN_PROGRESS),
        (b"\r\n\r\n", Kind.KEEP_ALIVE),
        (b"", Kind.KEEP_ALIVE),
        (b"\x00\xff\x00\xff\x00", Kind.NEW_REQUEST),
    ],
)
def test_kinds(data: bytes, kind: Kind) -> None:
    assert kind_of(data) is kind


@pytest.mark.parametrize("field", ["User-Agent: x y", "user-agent:x y", "USER-AGENT :  x y "])
def test_user_agent(field: str) -> None:
    assert user_agent(wire("OPTIONS", extra=f"{field}\n")) == b"x y"


def test_no_user_agent() -> None:
    assert user_agent(wire("OPTIONS")) == b""
    assert user_agent(b"\r\nUser-Agent: cut off") == b"cut off"
