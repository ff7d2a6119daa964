"""What is over is gone by itself: the collector of cycles looks rarely, and memory must stay flat."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from telephony.sip.incoming import IncomingInvite
from telephony.sip.outgoing import OutgoingInvite
from telephony.sip.session import Session
from telephony.sip.transactions.machine import Transaction
from tests.telephony.sip.kit import OFFER, Call, Network

KEPT = (IncomingInvite, OutgoingInvite, Session, Transaction)


@pytest.fixture(autouse=True)
def _no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def kept() -> set[tuple[str, int]]:
    return {(type(each).__name__, id(each)) for each in gc.get_objects() if isinstance(each, KEPT)}


def test_a_call_that_was_hung_up() -> None:
    before = kept()
    call = Call()
    call.phone.user_agent.hang_up(call.ours, call.network.now)
    call.network.run(100)
    assert call.phone.open_transactions == call.server.open_transactions == 0
    assert kept() - before == set()


def test_transactions_that_only_absorb_repetitions_hold_nothing_of_the_call_that_was_taken() -> None:
    before = kept()
    call = Call()
    call.phone.user_agent.hang_up(call.ours, call.network.now)
    call.network.roundtrip()
    assert call.server.open_transactions == 2  # for half a minute
    left = [name for name, _ in kept() - before]
    assert "IncomingInvite" not in left
    assert left.count("Session") == 1  # the caller's: it may have to acknowledge a repeated 200


@pytest.mark.parametrize("status", [486, 603])
def test_a_call_that_was_refused(status: int) -> None:
    before = kept()
    network = Network()
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2")
    phone.call(server, body=OFFER)
    network.roundtrip()
    server.user_agent.reject(server.incoming(), status, network.now)
    network.run(100)
    assert kept() - before == set()


def test_a_call_that_was_cancelled() -> None:
    before = kept()
    network = Network()
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2")
    session = phone.call(server, body=OFFER)
    network.roundtrip()
    server.user_agent.ring(server.incoming(), network.now)
    network.roundtrip()
    phone.user_agent.hang_up(session, network.now)
    network.run(100)
    assert kept() - before == set()
