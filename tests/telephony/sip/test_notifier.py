"""Subscriptions to dialog state and messages waiting (RFC 6665, 4235, 3842)."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from telephony.sip.config import UserAgentConfig
from telephony.sip.event_packages import DialogInfo, MessageSummary, WatchedDialog
from telephony.sip.message import Request, Response
from telephony.sip.parser import parse_message
from tests.telephony.sip.kit import Network, Node, Packet, Passwords, request_text
from tests.telephony.sip.test_session_state import reborn

OPEN = UserAgentConfig(authenticate_registrations=False)
TALKING = DialogInfo((WatchedDialog("d1", "confirmed", "recipient", "sip:+44<>@h"),))


class Watcher:
    """A phone by hand that subscribes to somebody at a server."""

    def __init__(self, event: str = "dialog", config: UserAgentConfig = OPEN) -> None:
        self.network = Network()
        self.server: Node = self.network.node("10.0.0.2", config=config)
        self.event = event
        self.tag = ""
        self.seq = 0

    def subscribe(self, expires: int = 600, extra: str = "", uri: str = "sip:1000@10.0.0.2") -> list[Packet]:
        self.seq += 1
        text = request_text(
            "SUBSCRIBE", uri, to_tag=self.tag, seq=self.seq, branch=f"z9hG4bKs{self.seq}",
            extra=f"Event: {self.event}\nExpires: {expires}\n{extra}",
        )  # fmt: skip
        self.server.hear(text.replace("<sip:hand@10.9.9.9>;tag", "<sip:1000@10.9.9.9>;tag"))
        said = self.server.said()
        self.tag = parse_message(said[0].data).to_tag or ""
        return said

    def answer(self, notify: Packet, status: int = 200) -> None:
        request = parse_message(notify.data)
        assert isinstance(request, Request)
        self.server.hear(bytes(Response.to_request(request, status)))

    def notified(self) -> list[Request]:
        found = [parse_message(packet.data) for packet in self.server.said()]
        return [each for each in found if isinstance(each, Request)]


def test_the_state_at_once_and_at_every_change() -> None:
    watcher = Watcher()
    accepted, first = watcher.subscribe()
    assert accepted.start_line == "SIP/2.0 200 OK"
    assert parse_message(accepted.data).header("expires") == "600"
    notify = parse_message(first.data)
    assert (notify.header("event"), notify.header("subscription-state")) == ("dialog", "active;expires=600")
    assert ElementTree.fromstring(notify.body).attrib["version"] == "0"
    now = watcher.network.now
    for _ in range(2):  # the same twice is told once
        watcher.server.user_agent.publish("1000", TALKING, now)
    watcher.server.user_agent.publish("2000", TALKING, now)
    [change] = watcher.notified()
    root = ElementTree.fromstring(change.body)
    space = "{urn:ietf:params:xml:ns:dialog-info}"
    assert (root.attrib["version"], root.attrib["state"]) == ("1", "full")
    assert root.findtext(f"{space}dialog/{space}state") == "confirmed"
    assert root.findtext(f"{space}dialog/{space}remote/{space}identity") == "sip:+44<>@h"
    watcher.server.user_agent.publish("1000", DialogInfo(), now)
    [idle] = watcher.notified()
    assert b"<dialog " not in idle.body


def test_messages_waiting() -> None:
    watcher = Watcher("message-summary")
    watcher.server.user_agent.publish("1000", MessageSummary(2, 8), watcher.network.now)
    _, notify = watcher.subscribe()
    assert parse_message(notify.data).body == (
        b"Messages-Waiting: yes\r\nMessage-Account: sip:1000@10.0.0.2\r\nVoice-Message: 2/8\r\n"
    )


def publish(watcher: Watcher, new: int, old: int, *readers: str, aor: str = "1000") -> list[Request]:
    watcher.server.user_agent.publish_messages(aor, new, old, watcher.network.now, readers=readers)
    return watcher.notified()


def counts(notify: Request) -> bytes:
    [line] = [line for line in notify.body.splitlines() if line.startswith(b"Voice-Message:")]
    return line


def test_a_mailboxs_phone_is_told_of_every_change_once() -> None:
    watcher = Watcher("message-summary")
    _, first = watcher.subscribe()
    assert b"Messages-Waiting: no\r\n" in first.data
    watcher.answer(first)
    for aor, new, old in (("1000", 1, 0), ("sip:1000@10.0.0.2", 1, 1), ("1000", 0, 2), ("sips:1000@h", 0, 0)):
        [notify] = publish(watcher, new, old, aor=aor)
        assert notify.header("event") == "message-summary"
        assert notify.header("content-type") == "application/simple-message-summary"
        assert counts(notify) == b"Voice-Message: %d/%d" % (new, old)
        assert (b"Messages-Waiting: yes" in notify.body) == bool(new)
        watcher.server.hear(bytes(Response.to_request(notify, 200)))
        assert publish(watcher, new, old, aor=aor) == []
    assert publish(watcher, 5, 0, aor="2000") == []


def test_a_queues_mailbox_is_told_to_its_readers_only() -> None:
    watcher = Watcher("message-summary")
    [refused] = watcher.subscribe(uri="sip:sales@10.0.0.2")
    assert refused.start_line == "SIP/2.0 403 Forbidden"
    publish(watcher, 3, 1, "1000", "1001", aor="sales")
    watcher.tag = ""
    accepted, first = watcher.subscribe(uri="sip:sales@10.0.0.2")
    assert accepted.start_line == "SIP/2.0 200 OK"
    assert b"Voice-Message: 3/1\r\n" in first.data
    [end] = publish(watcher, 4, 1, "1001", aor="sales")
    assert end.header("subscription-state") == "terminated;reason=rejected"
    assert counts(end) == b"Voice-Message: 0/0", "it is told nothing any more"
    assert len(watcher.server.user_agent._notifier) == 0


def test_after_a_restart_even_an_empty_mailbox_is_told() -> None:
    watcher = Watcher("message-summary")
    publish(watcher, 2, 0)
    for packet in watcher.subscribe()[1:]:
        watcher.answer(packet)
    reborn(watcher.server, passwords=Passwords())
    [notify] = publish(watcher, 0, 0)
    assert counts(notify) == b"Voice-Message: 0/0"
    assert publish(watcher, 0, 0) == []


@pytest.mark.parametrize(("event", "extra", "uri", "expires", "status", "header"), [
    ("presence", "", "sip:1000@10.0.0.2", 600, 489, ("allow-events", "dialog, message-summary, refer")),
    ("", "", "sip:1000@10.0.0.2", 600, 489, ("allow-events", "dialog, message-summary, refer")),
    ("dialog", "Accept: text/plain\n", "sip:1000@10.0.0.2", 600, 406, ("accept", "application/dialog-info+xml")),
    ("dialog", "", "sip:1000@10.0.0.2", 5, 423, ("min-expires", "60")),
    ("message-summary", "", "sip:2000@10.0.0.2", 600, 403, ("server", "Cordboard/0.1")),
])  # fmt: skip
def test_refusals(
    event: str, extra: str, uri: str, expires: int, status: int, header: tuple[str, str]
) -> None:
    [refusal] = Watcher(event).subscribe(expires, extra, uri)
    assert refusal.data.startswith(b"SIP/2.0 %d " % status)
    assert parse_message(refusal.data).header(header[0]) == header[1]


def test_refresh_and_expiry() -> None:
    watcher = Watcher()
    for packet in watcher.subscribe(60)[1:]:
        watcher.answer(packet)
    watcher.network.now += 50
    accepted, notify = watcher.subscribe(120)
    assert parse_message(accepted.data).header("expires") == "120"
    watcher.answer(notify)
    watcher.network.now += 119
    watcher.server.user_agent.handle_timer(watcher.network.now)
    assert watcher.notified() == []
    watcher.network.now += 2
    watcher.server.user_agent.handle_timer(watcher.network.now)
    [end] = watcher.notified()
    assert end.header("subscription-state") == "terminated;reason=timeout"
    assert len(watcher.server.user_agent._notifier) == 0
    [gone] = watcher.subscribe(120)
    assert gone.data.startswith(b"SIP/2.0 481 ")


def test_an_unsubscription_and_a_single_look() -> None:
    watcher = Watcher()
    watcher.subscribe()
    _, end = watcher.subscribe(0)
    assert parse_message(end.data).header("subscription-state") == "terminated;reason=timeout"
    _, look = Watcher().subscribe(0)
    assert parse_message(look.data).body.startswith(b"<?xml")
    assert len(watcher.server.user_agent._notifier) == 0


def test_who_refuses_a_notify_is_forgotten() -> None:
    for status in (481, 0):
        watcher = Watcher()
        _, notify = watcher.subscribe()
        if status:
            watcher.answer(notify, status)
        else:
            watcher.network.run(33)
        assert len(watcher.server.user_agent._notifier) == 0
        assert len(watcher.server.user_agent._core.deadlines) == 0


def test_only_of_whom_they_say_they_are() -> None:
    watcher = Watcher(config=UserAgentConfig())
    watcher.server.user_agent  # noqa: B018 - a server that knows no user
    [challenge] = watcher.subscribe()
    assert challenge.start_line == "SIP/2.0 401 Unauthorized"


def test_it_survives_its_process() -> None:
    watcher = Watcher()
    for packet in watcher.subscribe()[1:]:
        watcher.answer(packet)
    reborn(watcher.server, away_s=10, passwords=Passwords())
    watcher.server.user_agent.publish("1000", TALKING, watcher.network.now)
    [notify] = watcher.notified()
    assert notify.header("subscription-state") == "active;expires=590"
    assert b'version="1"' in notify.body
    accepted, _ = watcher.subscribe(300)
    assert accepted.start_line == "SIP/2.0 200 OK"
