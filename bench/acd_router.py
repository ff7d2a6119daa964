"""What a routing event costs with 1,000 and 10,000 agents, and what a waiting contact costs in memory.

    python bench/acd_router.py [--events N] [--seed N]

50 skills, 200 queues, as many waiting contacts as agents. Every agent serves five queues with six skills;
every queue asks for a skill at some level, every second contact for one more, and what is asked relaxes on
two rungs. All agents talk; then, in random order: an agent becomes free (and is offered a contact), the offer
is answered, a new contact arrives, a waiting contact hangs up, a refusal, and ticks whenever a deadline is due.
Each `Router.handle` is timed by the wall clock and by the CPU time of its thread, garbage collection included: on a
machine that does other things too, the wall clock's high percentiles are the scheduler's time slices (some milliseconds
each), not the event's cost. Prints a table, the growth from the smaller to the larger centre, and on the last line one
JSON object: `median_us` and `p99_us` by the wall clock, `cpu_median_us` and `cpu_p99_us` without waiting for a core.

The worst events are Python's collector walking everything that lives: with 10,000 agents and contacts a full
collection takes some tenths of a second, and falls into whatever event comes then. So what is there after the
start is frozen (`gc.freeze`) and young objects are looked at less often, as `cordboard serve` does. `--no-freeze`
shows the difference; the column "worst cpu us" is without the collector's time.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import sys
import time
import tracemalloc
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from acd.effects import Effect, OfferAgent
from acd.events import (
    AgentLoggedIn,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    Event,
    OfferAccepted,
    OfferRefused,
    Tick,
)
from acd.model import Agent, Queue, RouterPolicy, Rung
from acd.router import Router

SKILLS = [f"skill{number}" for number in range(50)]
QUEUES = [f"queue{number}" for number in range(200)]
SIZES = (1_000, 10_000)
GAP_S = 100.0
"""Seconds between the events of a centre, divided by its agents: a larger one has more calls in proportion, so that
contacts wait as long, and have relaxed as far, in the small one as in the large one."""


def queues(chance: random.Random) -> list[Queue]:
    made = []
    for queue_id in QUEUES:
        skill = chance.choice(SKILLS)
        ladder = (Rung(30, {skill: 2}), Rung(60, {skill: 0}))
        made.append(Queue(queue_id, skills={skill: chance.randint(3, 6)}, ladder=ladder, wrap_up_s=0.0))
    return made


def agents(number: int, all_queues: list[Queue], chance: random.Random) -> list[Agent]:
    staff = []
    for index in range(number):
        serves = chance.sample(all_queues, 5)
        known = {skill for queue in serves for skill in queue.skills} | set(chance.sample(SKILLS, 2))
        levels = {skill: chance.randint(1, 10) for skill in sorted(known)}
        staff.append(Agent(f"agent{index}", "", levels, tuple(queue.id for queue in serves)))
    return staff


class Collector:
    """How long Python's garbage collector has been at work."""

    def __init__(self) -> None:
        self.spent_ns = self._began_ns = 0
        gc.callbacks.append(self._on_collection)

    def _on_collection(self, phase: str, info: dict[str, int]) -> None:
        del info
        if phase == "start":
            self._began_ns = time.thread_time_ns()
        else:
            self.spent_ns += time.thread_time_ns() - self._began_ns


@dataclass
class Centre:
    """A router under load, and the times of its events by kind, in nanoseconds."""

    router: Router
    chance: random.Random
    gap_s: float
    now: float = 0.0
    talking: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    numbers: count[int] = field(default_factory=count)
    times_ns: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    cpu_ns: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    worst_own_ns: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    collector: Collector = field(default_factory=Collector)

    def feed(self, kind: str, event: Event) -> list[Effect]:
        self.now += self.gap_s
        collected = self.collector.spent_ns
        started, cpu_started = time.perf_counter_ns(), time.thread_time_ns()
        effects = self.router.handle(event, self.now)
        cpu_ns = time.thread_time_ns() - cpu_started
        self.times_ns[kind].append(time.perf_counter_ns() - started)
        self.cpu_ns[kind].append(cpu_ns)
        own_ns = cpu_ns - (self.collector.spent_ns - collected)
        self.worst_own_ns[kind] = max(self.worst_own_ns[kind], own_ns)
        due = self.router.next_deadline()
        if due is not None and due <= self.now + self.gap_s and kind != "tick":
            self._answer(self.feed("tick", Tick()))
        return effects

    def arrive(self) -> None:
        contact = f"contact{next(self.numbers)}"
        skills = {self.chance.choice(SKILLS[:10]): 1} if self.chance.random() < 0.5 else {}
        event = ContactQueued(contact, self.chance.choice(QUEUES), skills, self.chance.randint(0, 2))
        effects = self.feed("arrival", event)
        self.waiting.append(contact)
        self._answer(effects)

    def free_agent(self) -> None:
        contact = _take(self.talking, self.chance)
        self._answer(self.feed("agent free", ContactEnded(contact)))

    def hang_up(self) -> None:
        contact = _take(self.waiting, self.chance)
        state = self.router.floor.contacts.get(contact)
        if state is not None and state.assignment is None:
            self.feed("abandon", ContactLeft(contact))

    def _answer(self, effects: list[Effect]) -> None:
        pending = [effect.offer for effect in effects if isinstance(effect, OfferAgent)]
        while pending:
            offer = pending.pop()
            if self.chance.random() < 0.05:
                effects = self.feed("refusal", OfferRefused(offer.id, "busy"))
            else:
                effects = self.feed("answer", OfferAccepted(offer.id))
                self.talking.append(offer.contact)
            pending += [effect.offer for effect in effects if isinstance(effect, OfferAgent)]


def _take(names: list[str], chance: random.Random) -> str:
    index = chance.randrange(len(names))
    names[index], names[-1] = names[-1], names[index]
    return names.pop()


def fill(number: int, seed: int) -> tuple[Centre, float]:
    """A centre with everybody talking and as many contacts waiting; the bytes that each waiting one took."""
    chance = random.Random(seed)
    all_queues = queues(chance)
    staff = agents(number, all_queues, chance)
    ids = count()
    router = Router(all_queues, staff, lambda: f"id{next(ids)}", policy=RouterPolicy(max_missed=0))
    centre = Centre(router, chance, GAP_S / number)
    for agent in staff:
        centre.feed("log in", AgentLoggedIn(agent.id))
    while len(centre.talking) < 0.9 * number:
        centre.arrive()
    # What this program itself remembers of a contact must not be counted.
    names, centre.waiting = [f"w{index}" for index in range(number)], []
    events = [ContactQueued(name, chance.choice(QUEUES), {}, 0) for name in names]
    tracemalloc.start()
    before, waited = tracemalloc.get_traced_memory()[0], len(router.floor.contacts)
    for event in events:
        centre.now += centre.gap_s
        centre._answer(router.handle(event, centre.now))
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    centre.waiting = [name for name in names if name in router.floor.contacts]
    return centre, used / (len(router.floor.contacts) - waited)


ROUNDS = 20
"""The sizes take turns, so that whatever else the machine does falls on both alike."""


def measure(centres: dict[int, Centre], events: int, freeze: bool) -> None:
    """Put each centre through so many timed events."""
    if freeze:
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000, 20, 100)
    for number, centre in centres.items():
        for _ in range(events // 4):
            _one(centre, number)
        for counts in (centre.times_ns, centre.cpu_ns, centre.worst_own_ns):
            counts.clear()
    for turn in range(1, ROUNDS + 1):
        for number, centre in centres.items():
            while sum(map(len, centre.times_ns.values())) < events * turn // ROUNDS:
                _one(centre, number)
    gc.unfreeze()


def _one(centre: Centre, number: int) -> None:
    in_line = sum(len(contacts) for contacts in centre.router.floor.waiting.values())
    if centre.chance.random() < 0.1 and centre.waiting:
        centre.hang_up()
    elif in_line < number or not centre.talking:
        centre.arrive()
    else:
        centre.free_agent()


def _at(times_ns: list[int], share: float) -> float:
    ordered = sorted(times_ns)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] / 1000


FIGURES = ("median_us", "p99_us", "cpu_median_us", "cpu_p99_us")


def report(number: int, centre: Centre) -> dict[str, float]:
    """Print a row for each kind of event; the figures of all of them together."""
    figures: dict[str, float] = {}
    for times in (centre.times_ns, centre.cpu_ns):
        times["all"] = [each for kind in times.values() for each in kind]
    centre.worst_own_ns["all"] = max(centre.worst_own_ns.values())
    for kind, wall in centre.times_ns.items():
        cpu = centre.cpu_ns[kind]
        values = (_at(wall, 0.5), _at(wall, 0.99), _at(cpu, 0.5), _at(cpu, 0.99))
        figures = {name: round(value, 1) for name, value in zip(FIGURES, values, strict=True)}
        row = "".join(
            f"{value:14.1f}" for value in (*values, _at(wall, 1.0), centre.worst_own_ns[kind] / 1000)
        )
        print(f"{number:7} {kind:12} {len(wall):7}{row}")
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description="Cost of routing events.")
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-freeze", action="store_true", help="leave Python's collector as it comes")
    options = parser.parse_args()
    result: dict[str, dict[str, float]] = {}
    headings = ("median us", "p99 us", "cpu median us", "cpu p99 us", "worst us", "worst cpu us")
    print(f"{'agents':>7} {'event':12} {'count':>7}{''.join(f'{each:>14}' for each in headings)}")
    filled = {number: fill(number, options.seed) for number in SIZES}
    bytes_per_contact = max(size for _, size in filled.values())
    centres = {number: centre for number, (centre, _) in filled.items()}
    measure(centres, options.events, not options.no_freeze)
    for number, centre in centres.items():
        result[str(number)] = report(number, centre)
    small, large = (result[str(number)] for number in SIZES)
    growth = "".join(f"{large[name] / small[name]:14.2f}" for name in FIGURES)
    print(f"growth from {SIZES[0]} to {SIZES[1]} agents{growth}")
    print(json.dumps({"agents": result, "bytes_per_contact": round(bytes_per_contact)}))


if __name__ == "__main__":
    main()
