"""The four tables: every (state, input) pair is defined, and walks through them stay within the RFC."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.sip.address import Address
from telephony.sip.core import BYSTANDER
from telephony.sip.message import Request, Response
from telephony.sip.timers import Timers
from telephony.sip.transactions import invite_client, invite_server, non_invite_client, non_invite_server
from telephony.sip.transactions.client import InviteClient, NonInviteClient
from telephony.sip.transactions.machine import Transaction
from telephony.sip.transactions.server import InviteServer, NonInviteServer
from telephony.sip.transactions.table import Action

TABLES = [
    (invite_client, InviteClient, "INVITE"),
    (non_invite_client, NonInviteClient, "OPTIONS"),
    (invite_server, InviteServer, "INVITE"),
    (non_invite_server, NonInviteServer, "OPTIONS"),
]
FIELDS = [
    ("Via", "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKt"),
    ("From", "<sip:a@b>;tag=1"),
    ("To", "<sip:c@d>"),
    ("Call-ID", "t"),
    ("CSeq", "1 INVITE"),
]
SENDING = {"SEND_PROVISIONAL", "SEND_SUCCESS", "SEND_FAILURE", "SEND_FINAL"}


@dataclass
class Ground:
    """What a transaction stands on, recorded."""

    timers: Timers = field(default_factory=Timers)
    sent: list[bytes] = field(default_factory=list)
    started: list[tuple[float, int]] = field(default_factory=list)
    forgotten: int = 0

    def send(self, wire: bytes, destination: Address) -> None:
        self.sent.append(wire)

    def retransmit(self, wire: bytes, destination: Address) -> None:
        self.sent.append(wire)

    def start_timer(self, at: float, transaction: Transaction, timer: int) -> None:
        self.started.append((at, timer))

    def forget(self, transaction: Transaction) -> bool:
        self.forgotten += 1
        return True


def message_for(event: IntEnum, method: str) -> Request | Response | None:
    status = {"PROVISIONAL": 180, "SUCCESS": 200, "FAILURE": 486, "FINAL": 200}
    kind = event.name.removeprefix("SEND_")
    if kind in status:
        return Response(status[kind], None, FIELDS)
    if event.name in ("REQUEST", "ACK"):
        return Request("ACK" if event.name == "ACK" else method, "sip:c@d", FIELDS)
    return None


@pytest.mark.parametrize(("module", "kind", "method"), TABLES)
def test_every_pair_is_defined_and_leads_to_a_state(module, kind, method) -> None:
    pairs = {(state, event) for state in module.State for event in module.Input}
    assert set(module.TABLE) == pairs
    for actions, state in module.TABLE.values():
        assert state in set(module.State)
        assert all(isinstance(action, Action) for action in actions)


@pytest.mark.parametrize(("module", "kind", "method"), TABLES)
def test_every_state_is_reached_and_terminated_is_final(module, kind, method) -> None:
    reached, todo = {0}, [0]
    while todo:
        state = todo.pop()
        for event in module.Input:
            target = int(module.TABLE[state, event][1])
            if target not in reached:
                reached.add(target)
                todo.append(target)
    assert reached == {int(state) for state in module.State}
    assert all(
        module.TABLE[module.State.TERMINATED, event] == ((), module.State.TERMINATED)
        for event in module.Input
    )


@pytest.mark.parametrize(("module", "kind", "method"), TABLES)
@pytest.mark.parametrize("transport", ["udp", "tcp"])
@given(data=st.data())
def test_any_walk_is_survived(module, kind, method, transport, data) -> None:
    ground = Ground()
    transaction = kind(
        ("k",), Request(method, "sip:c@d", FIELDS), Address(transport, "h", 1), BYSTANDER, ground
    )
    if hasattr(transaction, "begin"):
        transaction.begin(0.0)
    for event in data.draw(st.lists(st.sampled_from(list(module.Input)), max_size=12)):
        before, sent = transaction.state, len(ground.sent)
        transaction.feed(event, 1.0, message_for(event, method))
        actions, expected = module.TABLE[before, event]
        assert transaction.state == expected
        if not actions:
            assert len(ground.sent) == sent
    assert ground.forgotten == (transaction.state == module.State.TERMINATED)


def test_retransmission_stops_growing_at_t2() -> None:
    ground = Ground()
    client = NonInviteClient(
        ("k",), Request("OPTIONS", "sip:c@d", FIELDS), Address("udp", "h", 1), BYSTANDER, ground
    )
    client.begin(0.0)
    for _ in range(5):
        client.feed(non_invite_client.Input.TIMER_E, 0.0)
    timer_e = [at for at, timer in ground.started if timer == non_invite_client.Input.TIMER_E]
    assert timer_e == [0.5, 1.0, 2.0, 4.0, 4.0, 4.0]


def test_a_stream_starts_no_retransmission_timers() -> None:
    ground = Ground()
    client = InviteClient(
        ("k",), Request("INVITE", "sip:c@d", FIELDS), Address("tcp", "h", 1), BYSTANDER, ground
    )
    client.begin(0.0)
    assert [timer for _, timer in ground.started] == [invite_client.Input.TIMER_B]
    client.feed(invite_client.Input.FAILURE, 5.0, Response(486, None, FIELDS))
    assert ground.started[-1] == (
        5.0,
        invite_client.Input.TIMER_D,
    )  # zero seconds: nothing strays on a stream
