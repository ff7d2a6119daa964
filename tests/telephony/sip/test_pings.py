"""OPTIONS of ours, core to core."""

from __future__ import annotations

from telephony.sip.events import PingAnswered
from tests.telephony.sip.kit import Network


def test_somebody_is_there_and_somebody_is_not() -> None:
    network = Network()
    us, peer = network.node("10.0.0.1"), network.node("10.0.0.2")
    asked = us.user_agent.ping(peer.uri("x").with_changes(user=None), network.now, destination=peer.address)
    network.roundtrip()
    assert us.of(PingAnswered) == [PingAnswered(asked, 200)]
    del network.nodes[peer.address]
    asked = us.user_agent.ping(peer.uri("x"), network.now, destination=peer.address, user="acme")
    network.run(31.0)
    assert len(us.of(PingAnswered)) == 1
    network.run(2.0)
    assert us.last(PingAnswered) == PingAnswered(asked, 408)
    assert b"From: <sip:acme@10.0.0.1>" in network.log[-1].data
