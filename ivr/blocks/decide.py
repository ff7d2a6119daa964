"""Decide: set, if, goto. They never wait."""

from __future__ import annotations

from callflows.blocks.decide import Goto, If, Set
from ivr.turn import NEXT, Instant, Outcome, Take, Turn


class SetRunner(Instant):
    """Gives variables values, one after the other: a later one may use an earlier one."""

    def start(self, block: Set, turn: Turn) -> Outcome:
        """Work them out."""
        variables = turn.run.variables
        data = {}
        for name, assigned in block.set.items():
            value = variables[name] = assigned.evaluate(variables)
            data[name] = str(value)
        turn.trace("set", data)
        return NEXT


class IfRunner(Instant):
    """Takes the first branch whose condition holds."""

    def start(self, block: If, turn: Turn) -> Outcome:
        """Ask one condition after the other."""
        variables = turn.run.variables
        if block.condition.holds(variables):
            return self._take("then", block.condition.source, turn)
        for i, further in enumerate(block.elif_):
            if further.condition.holds(variables):
                return self._take(f"elif: {i}: then", further.condition.source, turn)
        turn.trace("if", {"condition": block.condition.source, "branch": "else"})
        return Take("else")

    @staticmethod
    def _take(name: str, condition: str, turn: Turn) -> Outcome:
        turn.trace("if", {"condition": condition, "branch": name})
        return Take(name)


class GotoRunner(Instant):
    """Goes on in another section."""

    def start(self, block: Goto, turn: Turn) -> Outcome:
        """Go."""
        turn.trace("goto", {"section": block.goto.section or ""})
        return Take("goto")
