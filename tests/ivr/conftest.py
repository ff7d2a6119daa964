"""A flow from text, and a runner whose ids and clock the test holds."""

import itertools
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from callflows.flow import Flow, load_flow
from ivr.effects import Effect, Play, Speech, Traced
from ivr.events import CallerArrived, DigitPressed, PlaybackFinished
from ivr.run import CallFacts, FlowRun
from ivr.runner import Runner


class Line:
    """One caller on one flow, event by event."""

    def __init__(self, flow: Flow) -> None:
        ids = itertools.count(1)
        run = FlowRun.new(flow, CallFacts("+15550100", "1000", "call-1"))
        self.runner = Runner(flow, run, lambda: f"p{next(ids)}")
        self.now = 100.0
        self.effects: list[Effect] = []

    def _did(self, effects: list[Effect]) -> list[Effect]:
        self.effects += effects
        return [effect for effect in effects if not isinstance(effect, Traced)]

    def arrive(self) -> list[Effect]:
        return self._did(self.runner.handle(CallerArrived(), self.now))

    def press(self, digits: str) -> list[Effect]:
        done: list[Effect] = []
        for digit in digits:
            done += self._did(self.runner.handle(DigitPressed(digit), self.now))
        return done

    def heard_all(self) -> list[Effect]:
        assert self.runner.run.playing is not None, "nothing plays"
        return self._did(self.runner.handle(PlaybackFinished(self.runner.run.playing), self.now))

    def event(self, event: object) -> list[Effect]:
        return self._did(self.runner.handle(event, self.now))  # type: ignore[arg-type]

    def wait(self, seconds: float) -> list[Effect]:
        self.now += seconds
        return self._did(self.runner.handle_timer(self.now))

    @property
    def traced(self) -> list[tuple[str, dict[str, str]]]:
        return [(effect.what, effect.data) for effect in self.effects if isinstance(effect, Traced)]

    @property
    def said(self) -> list[str]:
        return [
            " ".join(prompt.text for prompt in effect.prompts if isinstance(prompt, Speech))
            for effect in self.effects
            if isinstance(effect, Play)
        ]


@pytest.fixture
def flow_of(tmp_path: Path) -> Callable[[str], Flow]:
    """The sections in YAML; `main` is the start."""

    def make(sections: str) -> Flow:
        path = tmp_path / "flow.yaml"
        body = textwrap.indent(textwrap.dedent(sections), "  ")
        path.write_text(f"flow: test\nstart: main\nsections:\n{body}\n")
        return load_flow(path)

    return make


@pytest.fixture
def line_of(flow_of: Callable[[str], Flow]) -> Callable[[str], Line]:
    return lambda sections: Line(flow_of(sections))
