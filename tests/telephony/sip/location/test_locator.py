"""The cache, shared look-ups, and targets that are down."""

from __future__ import annotations

from telephony.sip.address import Address
from telephony.sip.location.locator import Locator
from telephony.sip.location.records import Answer, HostAddress, Question
from tests.telephony.sip.location.zone import Zone, answer_from

ZONE: Zone = {
    ("_sip._udp.example.com", "SRV"): ["0 0 5060 a.example.com.", "1 0 5060 b.example.com."],
    ("a.example.com", "A"): ["192.0.2.1"],
    ("b.example.com", "A"): ["192.0.2.2"],
}
NAME = Address("udp", "example.com", 0)
NOW = 1000.0


class Desk:
    """A locator and what it found."""

    def __init__(self) -> None:
        self.locator = Locator(lambda: ("udp", "tcp"), lambda: ("A",), lambda: 0.0)
        self.found: list[list[str]] = []

    def locate(self, now: float = NOW, where: Address = NAME) -> None:
        self.locator.locate(
            where, now, lambda targets, _now: self.found.append([each.host for each in targets])
        )

    def answer_all(self, now: float = NOW, answer: Answer | None = None) -> list[Question]:
        asked = []
        while questions := self.locator.questions():
            asked += questions
            for each in questions:
                self.locator.answered(each, answer or answer_from(ZONE, each), now)
        return asked


def test_one_question_serves_all_who_wait_and_those_who_come_later() -> None:
    desk = Desk()
    desk.locate()
    desk.locate()
    assert desk.found == []
    assert len(desk.answer_all()) == 3
    assert desk.found == [["192.0.2.1", "192.0.2.2"]] * 2
    desk.locate(NOW + 299)
    assert desk.found == [["192.0.2.1", "192.0.2.2"]] * 3
    assert desk.locator.questions() == []


def test_an_answer_grows_old() -> None:
    desk = Desk()
    desk.locate()
    desk.answer_all()
    desk.locate(NOW + 301)
    assert len(desk.found) == 1
    assert len(desk.answer_all(NOW + 301)) == 3
    assert len(desk.found) == 2


def test_a_failure_is_remembered_for_half_a_minute() -> None:
    desk = Desk()
    desk.locate()
    desk.answer_all(answer=Answer(failed=True))
    assert desk.found == [[]]
    desk.locate(NOW + 29)
    assert desk.found == [[], []]
    desk.locate(NOW + 31)
    desk.answer_all(NOW + 31)
    assert desk.found[-1] == ["192.0.2.1", "192.0.2.2"]


def test_what_is_down_goes_last_for_a_while() -> None:
    desk = Desk()
    desk.locate()
    desk.answer_all()
    desk.locator.failed(Address("udp", "192.0.2.1", 5060), NOW + 60)
    desk.locate(NOW + 1)
    assert desk.found[-1] == ["192.0.2.2", "192.0.2.1"]
    desk.locate(NOW + 61)
    assert desk.found[-1] == ["192.0.2.1", "192.0.2.2"]


def test_a_host_that_serves_two_names_is_asked_once_at_a_time() -> None:
    desk = Desk()
    desk.locate(where=Address("udp", "a.example.com", 5060))
    desk.locate(where=Address("tcp", "a.example.com", 5070))
    assert desk.answer_all() == [Question("a.example.com", "A")]
    assert desk.found == [["192.0.2.1"], ["192.0.2.1"]]


def test_a_short_life_is_made_a_little_longer() -> None:
    desk = Desk()
    where = Address("udp", "a.example.com", 5060)
    desk.locate(where=where)
    desk.answer_all(answer=Answer((HostAddress("192.0.2.1"),), ttl_s=0.0))
    desk.locate(NOW + 4, where)
    assert len(desk.found) == 2
