"""State that is written piece by piece: nothing that changes goes unsaid, and the pieces make the next process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from telephony.sip.config import UserAgentConfig
from telephony.sip.event_packages import DialogInfo, WatchedDialog
from telephony.sip.events import BindingsChanged, CallEnded, EndCause
from telephony.sip.noting import BINDINGS, SESSION, SUBSCRIPTION
from telephony.sip.records import UserAgentRecord
from telephony.sip.user_agent import UserAgent
from tests.telephony.sip.kit import ANSWER, OFFER, Call, Network, Node, Passwords, answering_offers
from tests.telephony.sip.test_notifier import Watcher

Pieces = dict[tuple[str, str], UserAgentRecord]


class Keeper:
    """Writes down what a node says has changed, and nothing else."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.written: Pieces = {}
        self._marked: set[tuple[str, str]] = set()
        node.user_agent.pieces.watch(lambda kind, key: self._marked.add((kind, key)))

    def write(self) -> None:
        now = self.node.network.now
        for key in self._marked:
            data = self.node.user_agent.pieces.write(*key, now)
            if data is None:
                self.written.pop(key, None)
            else:
                self.written[key] = _at(UserAgentRecord.load(data), now)
        self._marked.clear()

    def check(self) -> None:
        """What was written before, and what is marked now, is all there is to say."""
        self.write()
        now = self.node.network.now
        whole = _at(UserAgentRecord.load(self.node.user_agent.to_state(now)), now)
        for kind in ("sessions", "bindings", "subscriptions"):
            parts = [each for record in self.written.values() for each in getattr(record, kind)]
            assert sorted(map(_text, parts)) == sorted(map(_text, getattr(whole, kind)))

    def next_process(self, away_s: float = 1.0, passwords: Passwords | None = None) -> None:
        """Another user agent from what is written."""
        self.write()
        node = self.node
        node.network.now += away_s
        config = node.user_agent.config
        node.user_agent = UserAgent(config, credentials=passwords or Passwords(), new_id=node.network._new_id)
        for record in self.written.values():
            node.user_agent.from_state(_at(record, -node.network.now).dump(), node.network.now)
        node.collect()


def _at(record: UserAgentRecord, now: float) -> UserAgentRecord:
    """With what counts from the time of writing as a time of day, or back again."""
    plain = msgspec.to_builtins(record)
    for each in (*plain["sessions"], *plain["bindings"], *plain["subscriptions"]):
        if each["expires_in_s"] is not None:
            each["expires_in_s"] = round(each["expires_in_s"] + now, 6)
    return msgspec.convert(plain, UserAgentRecord)


def _text(record: Any) -> str:
    return msgspec.json.encode(record).decode()


Step = Callable[[Call], None]


def _reoffer(call: Call) -> None:
    call.phone.user_agent.reoffer(call.ours, OFFER, call.network.now)


def _offered(call: Call) -> None:
    call.server.user_agent.reoffer(call.theirs, OFFER, call.network.now)


def _update(call: Call) -> None:
    call.phone.user_agent.update(call.ours, OFFER, call.network.now)


def _updated(call: Call) -> None:
    call.server.user_agent.update(call.theirs, OFFER, call.network.now)


def _hang_up(call: Call) -> None:
    call.server.user_agent.hang_up(call.theirs, call.network.now)


def _hung_up(call: Call) -> None:
    call.phone.user_agent.hang_up(call.ours, call.network.now)


def _refreshes(call: Call) -> None:
    call.network.run(400)


@pytest.mark.parametrize("step", [_reoffer, _offered, _update, _updated, _hang_up, _hung_up, _refreshes])
@pytest.mark.parametrize("timer_s", [0, 300])
def test_every_change_of_a_call_is_said(step: Step, timer_s: int) -> None:
    call = Call(config=UserAgentConfig(session_expires_s=timer_s))
    answering_offers(call.phone, call.ours)
    answering_offers(call.server, call.theirs)
    keepers = Keeper(call.phone), Keeper(call.server)
    for keeper in keepers:  # sessions that stand already
        keeper._marked |= {(SESSION, key) for key in keeper.node.user_agent.pieces.sessions()}
        keeper.check()
    step(call)
    for seconds in (0.0, 0.1, 1.0, 40.0):
        call.network.run(seconds)
        for keeper in keepers:
            keeper.check()


def test_every_change_of_a_call_that_begins_is_said() -> None:
    network = Network()
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2")
    keepers = Keeper(phone), Keeper(server)

    def check() -> None:
        for keeper in keepers:
            keeper.check()

    phone.call(server)
    check()
    network.roundtrip()
    check()
    server.user_agent.ring(server.incoming(), network.now)
    check()
    network.roundtrip()
    check()
    server.user_agent.answer(server.incoming(), ANSWER, network.now)
    check()
    network.roundtrip()
    check()


def test_the_next_process_answers_for_a_call_from_its_piece() -> None:
    network = Network()
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2")
    keeper = Keeper(server)
    ours = phone.call(server)
    network.roundtrip()
    theirs = server.incoming()
    server.user_agent.answer(theirs, ANSWER, network.now)
    network.roundtrip()
    answering_offers(server, theirs)
    keeper.next_process()
    phone.user_agent.reoffer(ours, OFFER, network.now)
    network.run(1)
    phone.user_agent.hang_up(ours, network.now)
    network.run(1)
    assert [event.cause for event in server.of(CallEnded)] == [EndCause.REMOTE_BYE]
    assert phone.open_sessions == server.open_sessions == 0


def test_registrations_are_said_by_address_of_record_and_stand_in_the_next_process() -> None:
    network = Network()
    passwords = Passwords(alice="a", bob="b")
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2", passwords=passwords)
    keeper = Keeper(server)
    for name in ("alice", "bob"):
        aor = phone.uri(name).with_changes(host="10.0.0.2")
        phone.user_agent.register(server.address, aor, name, name[0], network.now)
    network.run(1)
    keeper.check()
    assert {key for kind, key in keeper.written if kind == BINDINGS} == {"alice", "bob"}
    network.run(400)  # refreshed
    keeper.check()
    server.events.clear()
    keeper.next_process(passwords=passwords)
    assert sorted(event.aor for event in server.of(BindingsChanged)) == ["alice", "bob"]
    keeper = Keeper(server)
    network.drop_all(lambda packet: True)
    network.run(4000)
    keeper.check()
    assert server.user_agent.pieces.write(BINDINGS, "alice", network.now) is None


def test_connections_of_bindings_are_named() -> None:
    network = Network()
    phone = network.node("10.0.0.1", transport="tcp")
    server = network.node("10.0.0.2", transport="tcp", passwords=Passwords(alice="a"))
    aor = phone.uri("alice").with_changes(host="10.0.0.2")
    phone.user_agent.register(server.address, aor, "alice", "a", network.now)
    network.run(1)
    keeper = Keeper(server)
    keeper._marked.add((BINDINGS, "alice"))
    keeper.next_process(passwords=Passwords(alice="a"))
    [stream] = server.user_agent.pieces.streams()
    assert stream.host == "10.0.0.1"
    server.user_agent.receive_closed(stream, network.now)  # it ended with the process that had it
    assert server.user_agent.pieces.streams() == set()
    # A phone that keeps to its flow (RFC 5626) registers again on another one; until then it is not there.
    server.collect()
    assert server.last(BindingsChanged) == BindingsChanged("alice", (), asked=False)


def test_subscriptions_are_said_with_every_notify_and_are_told_by_the_next_process() -> None:
    watcher = Watcher()
    keeper = Keeper(watcher.server)
    for packet in watcher.subscribe()[1:]:
        watcher.answer(packet)
    keeper.check()
    [(kind, _)] = [key for key in keeper.written if key[0] == SUBSCRIPTION]
    assert kind == SUBSCRIPTION
    keeper.next_process()
    info = DialogInfo((WatchedDialog("d1", "confirmed", "recipient"),))
    keeper = Keeper(watcher.server)
    watcher.server.user_agent.publish("1000", info, watcher.network.now)
    [told] = watcher.notified()
    assert told.cseq.number == 2
    assert b'version="1"' in told.body
    keeper._marked |= {(SUBSCRIPTION, key) for kind, key in keeper._marked if kind == SUBSCRIPTION}
    keeper.check()


def test_temporary_gruus_stay_good() -> None:
    network = Network()
    server = network.node("10.0.0.2")
    keeper = Keeper(server)
    secret = server.user_agent._temporary_gruus.secret
    keeper.next_process()
    assert server.user_agent._temporary_gruus.secret == secret
