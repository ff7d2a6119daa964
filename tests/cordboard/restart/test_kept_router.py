"""A router that is written down in snapshots and events, and the one that is read back."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from acd.effects import OfferAgent
from acd.events import (
    AgentLoggedIn,
    AgentPaused,
    CallbackRequested,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    EffectDone,
    Event,
    OfferAccepted,
    Tick,
)
from acd.model import Agent, Queue, Strategy
from cordboard.restart import kept_router
from cordboard.restart.kept_router import STATE, TAIL, KeptRouter

QUEUES = [Queue("sales", strategy=Strategy.RANDOM, wrap_up_s=5.0), Queue("help")]
AGENTS = [Agent(id=f"a{n}", name=f"a{n}", queues=("sales", "help")) for n in range(3)]


class Disk(dict[str, bytes]):
    """What would be on the disk."""

    def write(self, router: KeptRouter, *, everything: bool = False) -> None:
        for name, data in router.changed(0.0, everything=everything).items():
            if data is None:
                self.pop(name, None)
            else:
                self[name] = data

    def into(self, router: KeptRouter) -> None:
        router.restore(self.state, self.tail)

    @property
    def state(self) -> list[tuple[str, bytes]]:
        return sorted((name, data) for name, data in self.items() if name.startswith(STATE))

    @property
    def tail(self) -> list[tuple[str, bytes]]:
        return sorted((name, data) for name, data in self.items() if name.startswith(TAIL))


def ids(prefix: str) -> Callable[[], str]:
    numbers = itertools.count()
    return lambda: f"{prefix}{next(numbers)}"


def new_router(prefix: str = "x", queues: list[Queue] = QUEUES, agents: list[Agent] = AGENTS) -> KeptRouter:
    numbers = itertools.cycle((0.25, 0.75, 0.5))
    return KeptRouter(queues, agents, ids(prefix), random=lambda: next(numbers), now=100.0)


def work(router: KeptRouter, steps: int, begin: int = 0) -> None:
    """Callers come, are answered, talk and go; each step depends on what the router said before."""
    for n in range(begin, begin + steps):
        now = 100.0 + n
        effects = router.handle(ContactQueued(f"c{n}", "sales" if n % 2 else "help"), now)
        for effect in effects:
            if isinstance(effect, OfferAgent):
                for each in router.handle(OfferAccepted(effect.offer.id), now + 0.3):
                    router.handle(EffectDone(each.effect_id), now + 0.4)
        if n >= 3:
            router.handle(ContactEnded(f"c{n - 3}"), now + 0.5)
        router.handle(Tick(), now + 0.9)


def log_in(router: KeptRouter) -> None:
    for agent in AGENTS:
        router.handle(AgentLoggedIn(agent.id), 100.0)


def test_snapshot_and_events_lead_to_the_same_state() -> None:
    router, disk = new_router(), Disk()
    log_in(router)
    disk.write(router)
    for n in range(10):
        work(router, 1, begin=n)
        disk.write(router)
    assert disk.tail
    again = new_router("y")
    disk.into(again)
    assert again.dump() == router.dump()


@pytest.fixture(autouse=True)
def plenty_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a follower, and it does all there is to do at once, however slow the machine is."""
    monkeypatch.setattr(kept_router, "SLICE_S", 1e9)
    monkeypatch.setattr(kept_router, "AT_ONCE_S", -1.0)


@pytest.mark.parametrize("follows", [True, False])
def test_a_snapshot_takes_the_place_of_many_events(monkeypatch: pytest.MonkeyPatch, follows: bool) -> None:
    monkeypatch.setattr(kept_router, "AT_ONCE_S", -1.0 if follows else 1e9)
    monkeypatch.setattr(kept_router, "FEWEST", 10)
    monkeypatch.setattr(kept_router, "MOST", 10)
    router, disk = new_router(), Disk()
    log_in(router)
    disk.write(router)
    sizes = []
    for n in range(12):
        work(router, 1, begin=n)
        disk.write(router)
        sizes.append(len(disk.tail))
    assert sizes.count(0) > 1
    assert max(sizes) <= 4
    assert (router._follower is not None) is follows
    again = new_router("y")
    disk.into(again)
    assert again.dump() == router.dump()


def test_restored_routers_go_on_alike_and_are_written_again_whole() -> None:
    router, disk = new_router(), Disk()
    log_in(router)
    work(router, 5)
    disk.write(router)
    work(router, 1, begin=5)
    disk.write(router)
    again = new_router("y")
    disk.into(again)
    again_disk = Disk(disk)
    again_disk.write(again)
    assert again_disk.state
    assert not again_disk.tail
    router.handle(AgentPaused("a1", "tea"), 200.0)
    again.handle(AgentPaused("a1", "tea"), 200.0)
    assert {each.id: each.presence for each in again.agents_view(201.0)} == {
        each.id: each.presence for each in router.agents_view(201.0)
    }


def test_a_changed_configuration_is_in_force_afterwards() -> None:
    router, disk = new_router(), Disk()
    log_in(router)
    work(router, 4)
    disk.write(router)
    queues = [Queue("sales", strategy=Strategy.RANDOM, wrap_up_s=50.0), Queue("help"), Queue("new")]
    again = new_router("y", queues, [*AGENTS, Agent(id="a9", name="a9", queues=("new",))])
    disk.into(again)
    assert again.floor.queues["sales"].wrap_up_s == 50.0
    assert "new" in again.floor.queues
    assert "a9" in again.floor.agents


def test_what_no_longer_fits_changes_nothing() -> None:
    router, disk = new_router(), Disk()
    router.handle(ContactQueued("c1", "help"), 101.0)
    disk.write(router)
    again = new_router("y", [QUEUES[0]], [Agent(id="a0", name="a0", queues=("sales",))])
    with pytest.raises(ValueError, match="queue help: goes"):
        disk.into(again)
    assert not again.floor.contacts
    disk[disk.state[0][0]] = b"nonsense"
    with pytest.raises(ValueError, match=r"."):
        disk.into(again)
    assert not again.floor.contacts


def test_an_event_that_nobody_knows_any_more_is_said() -> None:
    router, disk = new_router(), Disk()
    disk.write(router)
    router.handle(ContactQueued("c1", "help"), 101.0)
    disk.write(router)
    [(tail, data)] = disk.tail
    disk[tail] = data.replace(b"ContactQueued", b"ContactKueued")
    with pytest.raises(ValueError, match="ContactKueued"):
        disk.into(new_router("y"))


@pytest.mark.parametrize("event", [ContactQueued("c1", "sales"), ContactLeft("c1")])
def test_contacts_that_something_happens_to_are_named(event: Event) -> None:
    router = new_router()
    log_in(router)
    named: list[str] = []
    router.watch(lambda: None, named.append)
    router.handle(event, 101.0)
    assert set(named) == {"c1"}


def test_nothing_new_is_nothing_to_write() -> None:
    router, disk = new_router(), Disk()
    disk.write(router)
    disk.write(router)
    assert not router.is_stirred
    assert router.changed(0.0, everything=True) == {}


def test_a_snapshot_is_made_step_by_step_while_calls_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the follower has got to: what is on the disk leads to the state of this moment."""
    monkeypatch.setattr(kept_router, "FEWEST", 10)
    monkeypatch.setattr(kept_router, "MOST", 10)
    router, disk = new_router(), Disk()
    log_in(router)
    clock = itertools.count()
    monkeypatch.setattr(kept_router.time, "thread_time", lambda: float(next(clock)))
    monkeypatch.setattr(kept_router, "SLICE_S", 12.0)
    tails = []
    for n in range(60):
        work(router, 1, begin=n)
        disk.write(router)
        tails.append(len(disk.tail))
        again = new_router("y")
        disk.into(again)
        assert again.dump() == router.dump()
    assert any(after < before for before, after in itertools.pairwise(tails)), "a snapshot took their place"


def test_answers_from_outside_are_given_again_as_they_were() -> None:
    """Hours in which one may ring, say: asked again later they may be others."""
    hours = [500.0]
    numbers = itertools.cycle((0.25, 0.75))
    router = KeptRouter(
        QUEUES,
        AGENTS,
        ids("x"),
        random=lambda: next(numbers),
        now=100.0,
        calendar=lambda _number, _when: hours[0],
    )
    disk = Disk()
    disk.write(router)
    router.handle(CallbackRequested("t1", "+441", "help"), 101.0)
    hours[0] = 900.0
    disk.write(router)
    again = new_router("y")
    disk.into(again)
    assert [ticket.not_before for ticket in again.tickets()] == [500.0]
    disk.write(router, everything=True)


def test_a_follower_that_goes_its_own_way_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    router, disk = new_router(), Disk()
    log_in(router)
    disk.write(router)
    disk.write(router)
    work(router, 1)
    router._since[0].drawn.ids.append("nobody wanted this one")
    disk.write(router)
    assert not disk.tail
    again = new_router("y")
    disk.into(again)
    assert again.dump() == router.dump()
