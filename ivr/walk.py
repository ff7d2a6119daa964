"""A walk through a flow: somebody at a keyboard is the caller. Virtual time, no audio, no server.

Data flow: a line that was typed > `Walk.take` > the simulated caller > lines to be read. What does not depend on the
caller happens by itself: prompts are heard to their end, services answer. Then the walk stands still until something
is typed. The queue is the walker's to play, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from callflows.program import Flow
from callflows.values import parse_duration
from ivr.effects import Effect, JoinQueue
from ivr.events import QueueLeft
from ivr.flow_tests.cases import Given
from ivr.flow_tests.world import World
from ivr.run import CallFacts
from ivr.shown import shown_variables
from ivr.simulated_caller import Coming, SimulatedCaller

HELP = """\
keys such as 1 or 4711#   press them, one right after the other
an empty line             let time pass until something happens
wait 10s                  let so much time pass
answered                  an agent answers, talks and hangs up (in a queue)
refused full              the queue refuses, for this reason
variables                 what the flow knows
hang up                   hang up"""
_KEYS = re.compile(r"[0-9*#A-D]+")


class Walk:
    """One call; `over` says that it has ended."""

    def __init__(
        self,
        flow: Flow,
        given: Given | None = None,
        *,
        caller: str = "+442079460000",
        at: datetime | None = None,
    ) -> None:
        self._flow = flow
        self._world = World(given or Given())
        facts = CallFacts(caller, "1000", "walk", at or datetime.now(UTC))
        self._caller = SimulatedCaller(flow, facts, answer=self._answer)
        self._heard = self._traced = 0

    @property
    def over(self) -> bool:
        """Whether the call has ended."""
        return self._caller.over

    def begin(self) -> list[str]:
        """Ring in; what is heard first."""
        self._caller.call()
        return self._go_on()

    def take(self, line: str) -> list[str]:
        """Do what was typed; what comes of it."""
        words = line.strip()
        caller = self._caller
        if words in ("help", "?"):
            return HELP.splitlines()
        if words == "variables":
            return [f"  {name} = {value}" for name, value in shown_variables(caller.runner.run).items()]
        if words == "":
            caller.pass_time()
        elif _KEYS.fullmatch(words):
            caller.press(words)
        elif words in ("hang up", "hangup"):
            caller.hang_up()
        elif words.startswith("wait "):
            try:
                caller.wait(parse_duration(words.removeprefix("wait ")))
            except ValueError as error:
                return [str(error)]
        elif words.split()[0] in ("answered", "refused"):
            return self._leave_queue(words)
        else:
            return [f'"{words}" is nothing a caller can do:', *HELP.splitlines()]
        return self._go_on()

    def _leave_queue(self, words: str) -> list[str]:
        if not self._caller.runner.run.in_queue:
            return ["the caller is in no queue"]
        how, _, why = words.partition(" ")
        self._caller.happen(QueueLeft("answered" if how == "answered" else why or "full"))
        return self._go_on()

    def _answer(self, effect: Effect) -> Sequence[Coming]:
        coming = self._world.answer(effect)
        return () if isinstance(effect, JoinQueue) else coming

    def _go_on(self) -> list[str]:
        self._caller.settle()
        return [*self._news(), self._place()]

    def _news(self) -> Iterator[str]:
        went = self._caller.experience
        news: list[tuple[float, int, str]] = []
        for number in range(self._traced, len(went.trace)):
            step = went.trace[number]
            facts = ", ".join(f"{name}: {value}" for name, value in step.data.items() if name != "text")
            place = f"{self._flow.path.name}:{step.step.line}"
            news.append((went.times[number], 0, f"{place:<24} {step.what}  {facts}".rstrip()))
        for heard in went.heard[self._heard :]:
            if heard.text:
                news.append((heard.at, 1, f"    you hear: {heard.text}"))
        self._traced, self._heard = len(went.trace), len(went.heard)
        for at, _, text in sorted(news, key=lambda entry: entry[:2]):
            yield f"{at:7.1f} s  {text}"
        for request in self._world.unknown:
            yield f"           (nothing answers {request} here: give answers with --given)"
        self._world.unknown.clear()

    def _place(self) -> str:
        caller, run = self._caller, self._caller.runner.run
        if self.over:
            if caller.experience.handed_to is not None:
                return f"The call goes on in the flow {caller.experience.handed_to}."
            return f"The call is over: {run.ended}."
        step = caller.runner.step
        block = self._flow.sections[step.section][step.index]
        if run.in_queue:
            joined = caller.experience.queues[-1]
            skills = ", ".join(f"{name} {level}" for name, level in joined.skills.items())
            return (
                f"In the queue {joined.queue}"
                + (f" ({skills})" if skills else "")
                + ": answered, or refused WHY?"
            )
        return f"At {self._flow.path.name}:{step.line}, {block.verb} in {step.section}."
