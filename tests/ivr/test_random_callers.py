"""Random callers through random valid flows: always an end, never an exception, and a run can be written down."""

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callflows.flow import Flow, FlowProblems, load_flow
from callflows.registry import VERBS
from ivr.run import FlowRun
from ivr.simulated_caller import SimulatedCaller

SECTIONS = ["main", "one", "two", "three"]

section = st.sampled_from(SECTIONS)
expression = st.sampled_from(
    ["a == 1", "b != caller", "a is string", "true", "a | int > 3", "1 // (a | int)", "a + b"]
)
text = st.sampled_from(["Hello.", "You are {{ caller }}.", "{{ a }} and {{ b }}", "{{ b.c }}"])


def is_steps(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def steps_of(depth: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    branch = section if depth == 0 else st.one_of(section, steps_of(depth - 1))
    keys = st.dictionaries(st.sampled_from([1, 2, 3, 22, "*", "#"]), branch, min_size=1, max_size=4)
    retry = st.fixed_dictionaries({}, optional={"say": text, "retries": st.integers(0, 2), "then": branch})
    asking = {
        "timeout": st.sampled_from(["1s", "5s"]),
        "retries": st.integers(0, 2),
        "no_input": retry,
        "wrong_input": retry,
        "otherwise": branch,
        "interruptible": st.booleans(),
    }
    collect = {
        "collect": text,
        "digits": st.sampled_from([1, 4, "1..3", "2..6"]),
        "into": st.sampled_from(["a", "b"]),
    }
    verbs: list[st.SearchStrategy[dict[str, Any]]] = [
        st.fixed_dictionaries({"say": text}, optional={"interruptible": st.booleans()}),
        st.fixed_dictionaries({"menu": text, "keys": keys}, optional=asking),
        st.fixed_dictionaries(collect, optional=asking | {"terminator": st.sampled_from(["#", "*", None])}),
        st.fixed_dictionaries({"set": st.dictionaries(st.sampled_from(["a", "b"]), text, min_size=1)}),
        st.fixed_dictionaries({"if": expression, "then": branch}, optional={"else": branch}),
        st.fixed_dictionaries({"goto": section}),
        st.fixed_dictionaries({"wait": st.sampled_from(["1s", "1m", "forever"])}),
        st.fixed_dictionaries({"queue": st.just("q")}, optional={"after": branch, "refused": branch}),
        st.fixed_dictionaries({"hangup": st.sampled_from(["normal", "busy"])}),
    ]
    steps = branch.filter(is_steps) if depth else st.just([{"say": "Round."}])
    share = st.tuples(branch, branch)
    question = st.fixed_dictionaries(
        {"ask": text, "scale": st.sampled_from(["csat", "nps"]), "name": st.just("b")}
    )
    verbs += [
        st.fixed_dictionaries({"switch": expression, "cases": keys}, optional={"otherwise": branch}),
        st.fixed_dictionaries({"repeat": st.integers(1, 4), "steps": steps}, optional={"while": expression}),
        share.map(lambda ways: {"split": [{"percent": 50, "then": way} for way in ways]}),
        st.fixed_dictionaries(
            {"call": st.just("sub")}, optional={"into": st.just("a"), "with": st.just({"b": 1})}
        ),
        st.fixed_dictionaries({"http": text}, optional={"retries": st.integers(0, 2), "failed": branch}),
        st.fixed_dictionaries({"recall": st.just("b")}),
        st.fixed_dictionaries({"remember": st.just({"b": "{{ a }}"})}),
        st.fixed_dictionaries({"verify": text, "digits": st.just(2), "expect": expression}, optional=asking),
        st.fixed_dictionaries({"require": st.just("verified"), "otherwise": branch}),
        st.fixed_dictionaries({"record": text}, optional={"empty": branch}),
        st.fixed_dictionaries({"music": st.just("20s")}),
        st.fixed_dictionaries({"beep": st.just("200ms")}),
        st.fixed_dictionaries({"tag": st.just({"reason": "{{ a }}"})}),
        st.fixed_dictionaries({"survey": st.lists(question, min_size=1, max_size=2)}),
        st.fixed_dictionaries({"contained": text}),
        st.just({"flow": "elsewhere"}),
        st.fixed_dictionaries({"dial": text}, optional={"after": branch, "busy": branch, "announce": text}),
        st.fixed_dictionaries({"transfer": st.just({"agent": "anna"})}, optional={"failed": branch}),
        st.fixed_dictionaries({"voicemail": text}, optional={"review": st.booleans(), "empty": branch}),
        st.fixed_dictionaries({"callback": text, "queue": st.just("q")}, optional={"declined": branch}),
        st.just({"queue": "q", "while_waiting": "hold", "longest": "1m"}),
        st.just({"busy": None}),
        st.just({"reject": "congestion"}),
    ]
    return st.lists(st.one_of(verbs), min_size=1, max_size=4)


flows = st.fixed_dictionaries({name: steps_of(1) for name in SECTIONS})
actions = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.1, 1.0, 3.0, 20.0]),
        st.one_of(st.text("0123456789*#", max_size=6), st.just("hang up")),
    ),
    max_size=12,
)


def load(sections: dict[str, Any]) -> Flow | None:
    """The flow, or None: a random one may go wrong, but only in a way that is told."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flow.yaml"
        start = [{"set": {"a": 1, "b": "x"}}, {"call": "sub"}, WAIT, {"goto": "main"}]
        text = json.dumps(
            {
                "flow": "f",
                "start": "begin",
                "sections": {"begin": start, "sub": SUB, "hold": HOLD, **sections},
            }
        )
        path.write_text(text)
        try:
            return load_flow(path)
        except FlowProblems:
            return None


SUB = [{"if": "a == 1", "then": [{"return": "{{ a }}"}]}, {"say": "Sub."}]


HOLD = [{"music": "20s"}, {"menu": "Go?", "keys": {1: [{"leave": "main"}]}, "retries": 0}]
WAIT = {"queue": "first", "while_waiting": "hold", "longest": "1m", "after": "main"}


def goes_on(step: dict[str, Any]) -> bool:
    """Whether a step below would be reached, said apart from the program under test."""
    verb = next(iter(step))
    retries = [step.get(name, {}).get("then") for name in ("no_input", "wrong_input")]
    by_itself = {
        "goto": False,
        "hangup": False,
        "wait": step.get("wait") != "forever",
        "if": "else" not in step,
        "menu": "otherwise" not in step and None in retries,
        "queue": "refused" not in step,
        "switch": "otherwise" not in step,
        "split": False,
        "flow": False,
        "busy": False,
        "reject": False,
        "dial": True,
        "transfer": "failed" not in step,
    }.get(verb, True)
    branches = [*step.values(), *retries, *step.get("keys", {}).values(), *step.get("cases", {}).values()]
    branches += [share["then"] for share in step.get("split", [])]
    return by_itself or any(goes_on(branch[-1]) for branch in branches if is_steps(branch))


def repaired(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the steps that nothing leads to."""
    kept = []
    for step in steps:
        verb = next(key for key in step if key in VERBS)
        kept.append({key: within(step[key]) for key in (verb, *sorted(set(step) - {verb}))})
        if not goes_on(kept[-1]):
            break
    return kept


def within(value: Any) -> Any:
    if is_steps(value):
        return repaired(value) if set(value[0]) & set(VERBS) else [within(item) for item in value]
    return {key: within(item) for key, item in value.items()} if isinstance(value, dict) else value


def without_dead_ends(sections: dict[str, Any]) -> dict[str, Any]:
    """Every section ended and reached from a menu at the beginning, so that most random flows are valid ones."""
    result = {name: repaired(steps) for name, steps in sections.items()}
    for steps in result.values():
        if goes_on(steps[-1]):
            steps.append({"hangup": "normal"})
    result["main"].insert(0, {"menu": "Hub", "keys": {4: "one", 5: "two", 6: "three"}})
    return result


loaded: list[bool] = []


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(flows, actions, st.sampled_from(["answered", "full"]))
def test_a_random_caller_in_a_random_flow_always_comes_to_an_end(
    sections: dict[str, Any], does: list[tuple[float, str]], outcome: str
) -> None:
    flow = load(without_dead_ends(sections))
    loaded.append(flow is not None)
    if flow is None:
        return
    caller = SimulatedCaller(flow, queue_outcome=lambda _: (outcome, 10.0))
    went = caller.play_out(does, limit_s=7200.0)
    assert caller.over
    assert went.hangup is not None or caller.runner.run.ended in ("caller_hung_up", "handed_over")
    assert caller.runner.run.playing is None
    assert caller.runner.next_timer() is None
    assert FlowRun.load(caller.runner.run.dump()) == caller.runner.run


def test_enough_of_the_random_flows_are_valid_ones() -> None:
    assert sum(loaded) >= 75, f"{sum(loaded)} of {len(loaded)}"
