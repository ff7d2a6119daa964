"""What flows cost: 500 callers at once in the support line, under virtual time; and steps that only decide.

    python bench/flows.py [callers]

Each has come in, and all are moved on event by event, in turn, until all are over. Prints processor time for an
event and for a caller, what a run takes when it is written down, and what a `set`, an `if` and a `goto` cost.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from callflows.flow import load_flow
from ivr.flow_tests.cases import load_suite
from ivr.flow_tests.world import World
from ivr.run import CallFacts
from ivr.simulated_caller import SimulatedCaller

DECIDING = """\
flow: deciding
start: main
sections:
  main:
    - set: {count: "{{ 0 }}"}
    - goto: round
  round:
    - set: {count: "{{ count + 1 }}"}
    - if: count >= 300
      then: done
      else: again
  again:
    - goto: round
  done:
    - hangup: normal
"""
ROUNDS = 20
EXAMPLE = Path(__file__).parents[1] / "callflows" / "examples" / "support"


def a_step_us() -> float:
    """Microseconds of processor time for a step that sets, decides or goes on, the trace included."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "deciding.yaml"
        path.write_text(DECIDING)
        flow = load_flow(path)
    best = float("inf")
    for _ in range(ROUNDS):
        call = SimulatedCaller(flow, CallFacts("+442079460000", "1000", "call"))
        begin = time.process_time()
        call.call()
        seconds = time.process_time() - begin
        assert call.runner.run.variables["count"] == 300
        best = min(best, seconds / call.runner.run.steps_without_input)
    return best * 1e6


def main(callers: int) -> None:
    """Run them all side by side."""
    flow = load_flow(EXAMPLE / "support.yaml")
    suite = load_suite(EXAMPLE / "support.test.yaml")
    at, given = suite.cases[0].at, suite.cases[0].given
    begin = time.process_time()
    calls = []
    for number in range(callers):
        facts = CallFacts(f"+44207946{number:04}", "1000", f"call-{number}", at)
        calls.append(SimulatedCaller(flow, facts, answer=World(given).answer))
    for call in calls:
        call.call()
    sizes = [len(call.runner.run.dump()) for call in calls]
    moves = 0
    while any(not call.over for call in calls):
        for call in calls:
            if not call.over:
                call.pass_time()
                moves += 1
    seconds = time.process_time() - begin
    steps = sum(len(call.experience.trace) for call in calls)
    print(f"{callers} callers at once, {moves} events, {steps} steps: {seconds:.3f} s of processor time")
    print(f"{seconds / moves * 1e6:.0f} us an event, {seconds / callers * 1e3:.2f} ms a call")
    print(f"a run written down: {sum(sizes) // len(sizes)} bytes")
    print(f"a set, if or goto: {a_step_us():.1f} us")


main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
