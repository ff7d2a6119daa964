"""The legs of a worker: what is closed is gone."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from telephony.media import messages as m
from telephony.media.keying import SrtpKeys
from telephony.media.leg import Leg
from telephony.media.packet_loop import PacketLoop
from telephony.media.room import Room
from tests.ports import OURS

NOW = 1000.0


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    config = m.MediaConfig(host="127.0.0.1", port_min=OURS[0], port_max=OURS[-1], runtime_dir=tmp_path)
    made = Room(
        0, config, send_event=lambda _event: None, send_reply=lambda _reply: None, notify=lambda: None
    )
    loop = PacketLoop(made, lambda _now: None)
    yield made
    loop._epoll.close()
    for leg in list(made.legs.values()):
        made.close(leg, NOW)
    made.files.close(30.0)


@pytest.fixture
def no_collector() -> Iterator[None]:
    """As in a worker: it collects no cycles, because a collection would hold packets up."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def remote(**changes: object) -> m.RemoteMedia:
    known: dict[str, object] = {
        "host": "127.0.0.1",
        "port": 9,
        "codec": "PCMU",
        "payload_type": 0,
        "dtmf_payload_type": 101,
    }
    return m.RemoteMedia(**{**known, **changes})  # type: ignore[arg-type]


def plain(_room: Room, leg: Leg) -> None:
    leg.set_remote(remote(), NOW)


def moved(_room: Room, leg: Leg) -> None:
    leg.set_remote(remote(), NOW)
    leg.set_remote(remote(port=11, sending=False), NOW)


def wide(_room: Room, leg: Leg) -> None:
    leg.set_remote(remote(codec="G722", payload_type=9), NOW)


def encrypted(_room: Room, leg: Leg) -> None:
    keys = SrtpKeys("AES_CM_128_HMAC_SHA1_80", bytes(30), bytes(30))
    leg.set_remote(remote(srtp=keys), NOW)


def listened_to(room: Room, leg: Leg) -> None:
    leg.set_remote(remote(dtmf_payload_type=None), NOW)
    room.listen(leg, m.Listen(leg_id=leg.leg_id, digits=True, silence_s=2.0), NOW)


def bridged(room: Room, leg: Leg) -> None:
    leg.set_remote(remote(), NOW)
    peer = room.open(f"peer of {leg.leg_id}", NOW)
    peer.set_remote(remote(port=11), NOW)
    leg.bridge(peer)
    room.close(peer, NOW)


@pytest.mark.parametrize("use", [plain, moved, wide, encrypted, listened_to, bridged])
@pytest.mark.usefixtures("no_collector")
def test_a_closed_leg_leaves_nothing_behind(room: Room, use: Callable[[Room, Leg], None]) -> None:
    for number in range(3):
        leg = room.open(f"leg-{number}", NOW)
        use(room, leg)
        room.close(leg, NOW)
        del leg
    assert [each.leg_id for each in gc.get_objects() if isinstance(each, Leg) and each.host is room] == []
