"""The desk beside the loop: results under their number, failures begun anew, and an end to waiting."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from telephony.media.dtls import DtlsHandshake
from telephony.media.dtls_desk import ATTEMPTS, DEADLINE_S, MOST_WAITING, DtlsDesk, Failure
from telephony.media.dtls_identity import fingerprint
from telephony.media.keying import DtlsTerms, SrtpKeys
from tests.telephony.media.dtls_kit import End

PATIENCE_S = 30.0


class Watched:
    """A desk, and a way to wait for what it tells."""

    def __init__(self, certificate: Path) -> None:
        self.told = threading.Event()
        self.now = 1000.0
        self.desk = DtlsDesk(certificate, self.told.set, clock=lambda: self.now)

    def next(self) -> tuple[int, object]:
        deadline = time.monotonic() + PATIENCE_S
        while not self.desk.results:
            assert self.told.wait(max(0.0, deadline - time.monotonic())), "the desk says nothing"
            self.told.clear()
        return self.desk.results.popleft()


@pytest.fixture
def ends(tmp_path: Path) -> tuple[End, End]:
    return End(tmp_path / "a.pem"), End(tmp_path / "b.pem")


@pytest.fixture
def watch() -> Iterator[Callable[[Path], Watched]]:
    made: list[Watched] = []

    def start(certificate: Path) -> Watched:
        made.append(Watched(certificate))
        return made[-1]

    yield start
    for each in made:
        each.desk.stop()


def terms(of: End, role: str) -> DtlsTerms:
    return DtlsTerms(role, (fingerprint(of.certificate),))  # type: ignore[arg-type]


def carry(watched: Watched, number: int, other: DtlsHandshake) -> object:
    """Datagrams to and from the desk until it tells something else."""
    other.start()
    for datagram in other.to_send():
        watched.desk.receive(number, datagram)
    while True:
        told_number, result = watched.next()
        assert told_number == number
        if not isinstance(result, list):
            return result
        for datagram in result:
            other.receive(datagram)
        for datagram in other.to_send():
            watched.desk.receive(number, datagram)


def test_two_legs_come_to_their_keys(ends: tuple[End, End], watch: Callable[[Path], Watched]) -> None:
    ours, theirs = ends
    watched = watch(ours.path)
    numbers = [watched.desk.begin(terms(theirs, "passive")) for _ in range(2)]
    for number in numbers:
        other = theirs.handshake("active", ours)
        keys = carry(watched, number, other)
        assert isinstance(keys, SrtpKeys)
        assert other.keys is not None
        assert keys.send_key == other.keys.receive_key
    assert numbers == [1, 2]


def test_a_spoilt_handshake_is_begun_anew(ends: tuple[End, End], watch: Callable[[Path], Watched]) -> None:
    ours, theirs = ends
    watched = watch(ours.path)
    number = watched.desk.begin(terms(theirs, "passive"))
    stranger = ours.handshake("active", ours)  # shows a certificate that nobody promised
    stranger.start()
    for datagram in stranger.to_send():
        watched.desk.receive(number, datagram)
    _, answer = watched.next()
    assert isinstance(answer, list)
    for datagram in answer:
        stranger.receive(datagram)
    for datagram in stranger.to_send():
        watched.desk.receive(number, datagram)
    assert isinstance(carry(watched, number, theirs.handshake("active", ours)), SrtpKeys)


def test_a_wrong_certificate_is_told_after_all_attempts(
    ends: tuple[End, End], watch: Callable[[Path], Watched]
) -> None:
    ours, theirs = ends
    watched = watch(ours.path)
    number = watched.desk.begin(terms(ours, "passive"))
    for _ in range(ATTEMPTS):
        other = theirs.handshake("active", ours)
        other.start()
        while other.keys is None:
            for datagram in other.to_send():
                watched.desk.receive(number, datagram)
            _, result = watched.next()
            assert isinstance(result, list)
            for datagram in result:
                other.receive(datagram)
    while isinstance(result, list):
        _, result = watched.next()
    assert result == Failure("the certificate is not the one that SDP promised")


def test_waiting_ends_at_the_deadline(ends: tuple[End, End], watch: Callable[[Path], Watched]) -> None:
    watched = watch(ends[0].path)
    number = watched.desk.begin(terms(ends[1], "active"))
    told_number, hello = watched.next()
    assert told_number == number
    assert isinstance(hello, list)
    watched.now += DEADLINE_S
    watched.desk.receive(number, b"\x16nothing of ours")  # wakes it
    assert watched.next() == (number, Failure("no handshake in time"))


def test_without_a_certificate_nothing_begins(tmp_path: Path, watch: Callable[[Path], Watched]) -> None:
    watched = watch(tmp_path / "missing.pem")
    number = watched.desk.begin(DtlsTerms("active", ()))
    told_number, failure = watched.next()
    assert told_number == number
    assert isinstance(failure, Failure)
    assert "our certificate cannot be used" in failure.why


def test_what_is_over_is_passed_over_and_too_much_is_dropped(
    ends: tuple[End, End], watch: Callable[[Path], Watched]
) -> None:
    watched = watch(ends[0].path)
    first = watched.desk.begin(terms(ends[1], "passive"))
    watched.desk.end(first)
    watched.desk.receive(first, b"\x16")
    second = watched.desk.begin(terms(ends[1], "active"))
    assert watched.next()[0] == second
    idle = DtlsDesk(ends[0].path, lambda: None)  # its thread never starts: nothing empties the queue
    for _ in range(MOST_WAITING + 3):
        idle.receive(1, b"\x16")
    assert idle.dropped == 3
    idle.stop()
