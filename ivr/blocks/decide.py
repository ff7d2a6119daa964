"""Decide: set, if, goto. They never wait."""

from __future__ import annotations

import hashlib

from callflows.blocks.decide import Call, Goto, HandOver, Hours, If, Repeat, Return, Set, Split, Switch
from callflows.values import Value
from ivr.turn import NEXT, Away, Back, CallSection, Instant, Outcome, Take, Turn


class SetRunner(Instant):
    """Gives variables values, one after the other: a later one may use an earlier one."""

    def start(self, block: Set, turn: Turn) -> Outcome:
        """Work them out."""
        variables, secret = turn.run.variables, turn.run.secret
        data = {}
        for name, assigned in block.set.items():
            value = variables[name] = assigned.evaluate(variables)
            if secret and turn.is_secret(assigned.names):  # what is made of a secret is one
                secret.append(name)
                data[name] = "***"
            else:
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


class SwitchRunner(Instant):
    """Takes the case that the value spells."""

    def start(self, block: Switch, turn: Turn) -> Outcome:
        """Work the value out."""
        value = spelt(block.switch.evaluate(turn.run.variables))
        name = f"cases: {value}" if value in block.cases else "otherwise"
        shown = "***" if turn.is_secret(block.switch.names) else value
        turn.trace("switch", {"value": shown, "branch": name if shown == value else "***"})
        return Take(name)


def spelt(value: Value) -> str:
    """A value as a case of a flow file would spell it."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


class HoursRunner(Instant):
    """Looks at the calendar."""

    def start(self, block: Hours, turn: Turn) -> Outcome:
        """Open, closed, or a holiday, which is closed unless it has a way of its own."""
        state = turn.flow.calendars[block.hours.name].state(turn.moment())
        turn.trace("hours", {"calendar": block.hours.name, "state": state})
        return Take("closed" if state == "holiday" and block.holiday is None else state)


class CallRunner(Instant):
    """Enters a section that comes back."""

    def start(self, block: Call, turn: Turn) -> Outcome:
        """Work the arguments out before any of them hides a variable."""
        arguments = {name: assigned.evaluate(turn.run.variables) for name, assigned in block.with_.items()}
        turn.trace("call", {"section": block.call.section or ""})
        return CallSection(arguments, block.into)


class ReturnRunner(Instant):
    """Leaves it."""

    def start(self, block: Return, turn: Turn) -> Outcome:
        """With a result."""
        result = block.return_.evaluate(turn.run.variables)
        turn.trace("return", {"result": "***" if turn.is_secret(block.return_.names) else str(result)})
        return Back(result)


class RepeatRunner(Instant):
    """Counts rounds; coming from elsewhere begins anew."""

    def start(self, block: Repeat, turn: Turn) -> Outcome:
        """One more round, or on."""
        run = turn.run
        place = f"{run.section}:{run.index}:{len(run.stack)}"
        done = run.rounds.get(place, 0) if run.came_back else 0
        again = done < block.repeat and (block.while_ is None or block.while_.holds(run.variables))
        turn.trace("repeat", {"round": str(done + 1) if again else "done"})
        if again:
            run.rounds[place] = done + 1
            return Take("steps")
        run.rounds.pop(place, None)
        return NEXT


class SplitRunner(Instant):
    """Sends callers by a number that each of them always draws again."""

    def start(self, block: Split, turn: Turn) -> Outcome:
        """The number is a hash of the flow, the step and the caller."""
        who = spelt(block.by.evaluate(turn.run.variables))
        draw = share_of(f"{turn.flow.name}:{turn.run.section}:{who}")
        for i, share in enumerate(block.split):
            draw -= share.percent
            if draw < 0:
                turn.trace("split", {"share": str(i + 1), "percent": str(share.percent)})
                return Take(f"split: {i}: then")
        return NEXT


def share_of(text: str) -> float:
    """0 to 100, evenly and always the same for the same text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64 * 100


class HandOverRunner(Instant):
    """Gives the call to another flow."""

    def start(self, block: HandOver, turn: Turn) -> Outcome:
        """It is over here."""
        turn.trace("flow", {"flow": block.flow.name})
        return Away(block.flow.name)
