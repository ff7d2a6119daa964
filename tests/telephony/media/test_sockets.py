import select
import socket
from collections.abc import Iterator

import pytest

from telephony.media.errors import NoPortAvailable
from telephony.media.sockets import LegSockets, PortRange, drain, dropped_by_kernel, is_address
from tests.ports import OURS

HOST = "127.0.0.1"


def free_ports() -> PortRange:
    return PortRange(HOST, OURS[0], OURS[-1])


@pytest.fixture
def pair() -> Iterator[LegSockets]:
    sockets = free_ports().open_pair()
    yield sockets
    sockets.close()


@pytest.fixture
def remotes() -> Iterator[tuple[socket.socket, socket.socket]]:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as a,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as b,
    ):
        for remote in (a, b):
            remote.bind((HOST, 0))
            remote.settimeout(2)
        yield a, b


def waiting(sock: socket.socket) -> list[bytes]:
    select.select([sock], [], [], 2)
    found: list[bytes] = []
    drain(sock, bytearray(2000), lambda data, _: found.append(data), 64)
    return found


def test_pairs_are_even_and_odd_and_busy_ones_are_skipped() -> None:
    ports = free_ports()
    first = ports.open_pair()
    second = free_ports().open_pair()  # another range object: it finds the first pair taken
    try:
        assert first.port % 2 == 0
        assert first.rtcp.getsockname()[1] == first.port + 1
        assert second.port > first.port
    finally:
        first.close()
        second.close()


def test_a_pair_whose_rtcp_port_is_taken_is_skipped_whole(remotes) -> None:
    first = free_ports().open_pair()
    port = first.port
    first.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as somebody:
        somebody.bind((HOST, port + 1))
        second = PortRange(HOST, port, port + 3).open_pair()
        assert second.port == port + 2
        second.close()


def test_a_port_given_back_is_used_again_after_all_others() -> None:
    found = free_ports().open_pair()
    found.close()
    ports = PortRange(HOST, found.port, found.port + 5)
    first = ports.open_pair()
    first.close()
    ports.give_back(first.port)
    opened = [ports.open_pair() for _ in range(3)]
    assert opened[-1].port == first.port
    for pair in opened:
        pair.close()


def test_an_odd_start_and_a_full_range() -> None:
    found = free_ports().open_pair()
    port = found.port
    with pytest.raises(NoPortAvailable) as caught:
        PortRange(HOST, port - 1, port + 1).open_pair()
    assert str(caught.value) == f"no free RTP port pair on 127.0.0.1 among 1 from {port}"
    found.close()
    with pytest.raises(NoPortAvailable):
        PortRange(HOST, port, port).open_pair()


def test_the_connected_socket_hears_its_source_and_the_other_the_strangers(pair, remotes) -> None:
    friend, stranger = remotes
    connected = pair.connect(friend.getsockname())
    stranger.sendto(b"stranger", (HOST, pair.port))
    friend.sendto(b"friend", (HOST, pair.port))
    assert waiting(connected) == [b"friend"]
    assert waiting(pair.rtp) == [b"stranger"]
    connected.send(b"hello")
    assert friend.recv(100) == b"hello"


def test_connecting_anew_keeps_the_port(pair, remotes) -> None:
    a, b = remotes
    pair.connect(a.getsockname())
    connected = pair.connect(b.getsockname())
    b.sendto(b"b", (HOST, pair.port))
    a.sendto(b"a", (HOST, pair.port))
    assert (waiting(connected), waiting(pair.rtp)) == ([b"b"], [b"a"])


@pytest.mark.parametrize("reuse", [0, 1])
def test_nobody_else_gets_our_port(pair, remotes, reuse) -> None:
    pair.connect(remotes[0].getsockname())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
        with pytest.raises(OSError, match="Address already in use"):
            thief.bind((HOST, pair.port))


def test_what_the_kernel_dropped(pair, remotes) -> None:
    assert dropped_by_kernel(pair.rtp) == 0
    pair.rtp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
    for _ in range(50):
        remotes[0].sendto(b"x" * 500, (HOST, pair.port))
    assert dropped_by_kernel(pair.rtp) + len(waiting(pair.rtp)) == 50
    assert dropped_by_kernel(pair.rtp) > 0


def test_addresses() -> None:
    assert is_address("127.0.0.1")
    assert is_address("::1")
    assert not is_address("phone.example.com")
    assert not is_address("")
