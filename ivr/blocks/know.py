"""Know:

Http, lookup, remember, recall, verify, require. They ask, others answer; the run waits, with a deadline.
"""

from __future__ import annotations

import re

from callflows.blocks.know import Http, Lookup, Recall, Remember, Require, Verify
from callflows.expressions import Template
from callflows.values import Value
from ivr.blocks.decide import spelt
from ivr.blocks.listen import ListeningRunner, take_digits
from ivr.effects import HttpRequest, LookUp, RecallFacts, RememberFacts
from ivr.events import Reply
from ivr.turn import NEXT, STAY, Happening, Instant, More, Outcome, Take, TimeIsUp, Turn, Wrong

PATIENCE_S = 5.0
SECRET_NAME = re.compile(r"\$\{([^}]*)\}")


class HttpRunner:
    """Asks a web service, and again if that fails."""

    def start(self, block: Http, turn: Turn) -> Outcome:
        """The first try."""
        turn.run.tries = 0
        turn.trace("http", {"method": block.method, "address": block.http.source})
        return self._ask(block, turn)

    def resume(self, block: Http, turn: Turn, event: Happening) -> Outcome:
        """The answer, a failure, or none at all."""
        if isinstance(event, Reply):
            turn.run.variables["http_status"] = event.status
            if event.error is None:
                turn.run.variables[block.into] = event.value
                turn.trace("answer", {"status": str(event.status or "")})
                return NEXT
            return self._failed(block, turn, event.error)
        if isinstance(event, TimeIsUp):
            return self._failed(block, turn, "no answer in time")
        return STAY

    def _ask(self, block: Http, turn: Turn) -> Outcome:
        variables = turn.run.variables
        body = None if block.json_ is None else {k: v.evaluate(variables) for k, v in block.json_.items()}
        headers = {name: template.render(variables) for name, template in block.headers.items()}
        if any(_asks_for_more(block.headers[name], value) for name, value in headers.items()):
            return self._failed(block, turn, "a value in a header looks like the name of a secret")
        address = block.http.render(variables)
        request = HttpRequest(turn.request(), block.method, address, headers, body, block.timeout_s)
        turn.effects.append(request)
        turn.wait(block.timeout_s + 1.0)
        return STAY

    def _failed(self, block: Http, turn: Turn, why: str) -> Outcome:
        turn.trace("failed", {"why": why, "try": str(turn.run.tries + 1)})
        if turn.run.tries < block.retries:
            turn.run.tries += 1
            return self._ask(block, turn)
        turn.run.variables[block.into] = None
        turn.run.variables.setdefault("http_status", None)
        return Take("failed", why)


def _asks_for_more(template: Template, rendered: str) -> bool:
    """Whether a value from outside brought in a `${NAME}`, which would be filled in with a secret of the server's."""
    return not set(SECRET_NAME.findall(rendered)) <= set(SECRET_NAME.findall(template.source))


class LookupRunner:
    """Finds a row."""

    def start(self, block: Lookup, turn: Turn) -> Outcome:
        """Ask for it."""
        key = spelt(block.lookup.evaluate(turn.run.variables))
        file = turn.flow.path.parent / block.table.file
        turn.trace(
            "lookup",
            {"in": block.table.file, "by": block.column, "key": _shown(turn, block.lookup.names, key)},
        )
        turn.effects.append(LookUp(turn.request(), file, block.rows, block.column, key))
        turn.wait(PATIENCE_S)
        return STAY

    def resume(self, block: Lookup, turn: Turn, event: Happening) -> Outcome:
        """A row, none, or no answer."""
        if not isinstance(event, Reply | TimeIsUp):
            return STAY
        row = event.value if isinstance(event, Reply) and event.error is None else None
        why = "no answer in time" if isinstance(event, TimeIsUp) else event.error
        turn.run.variables[block.into] = row
        turn.trace("looked up", {"found": "no" if row is None else "yes"} | ({"why": why} if why else {}))
        return Take("missing", why or "") if row is None else NEXT


class RememberRunner(Instant):
    """Keeps facts."""

    def start(self, block: Remember, turn: Turn) -> Outcome:
        """Hand them over; nobody waits."""
        variables = turn.run.variables
        facts = {name: assigned.evaluate(variables) for name, assigned in block.remember.items()}
        turn.effects.append(RememberFacts(spelt(block.about.evaluate(variables)), facts, block.for_s))
        turn.trace("remember", {"facts": ", ".join(facts)})
        return NEXT


class RecallRunner:
    """Brings facts back."""

    def start(self, block: Recall, turn: Turn) -> Outcome:
        """Ask for them."""
        about = spelt(block.about.evaluate(turn.run.variables))
        turn.effects.append(RecallFacts(turn.request(), about, block.recall))
        turn.trace("recall", {"facts": ", ".join(block.recall)})
        turn.wait(PATIENCE_S)
        return STAY

    def resume(self, block: Recall, turn: Turn, event: Happening) -> Outcome:
        """Known ones get their value, others null."""
        if not isinstance(event, Reply | TimeIsUp):
            return STAY
        known = facts_of(event)
        for name in block.recall:
            turn.run.variables[name] = known.get(name)
        turn.trace("recalled", {name: "known" if name in known else "unknown" for name in block.recall})
        return NEXT


def facts_of(event: Happening) -> dict[str, Value]:
    """The facts in a reply; none if it failed or never came."""
    return event.value if isinstance(event, Reply) and isinstance(event.value, dict) else {}


def _shown(turn: Turn, names: frozenset[str], value: str) -> str:
    return "***" if turn.is_secret(names) else value


class VerifyRunner(ListeningRunner[Verify]):
    """Asks for digits, compares, and locks out who fails too often. The digits are never kept."""

    def prompt(self, block: Verify) -> tuple[object, ...]:
        """The question."""
        return block.verify

    def start(self, block: Verify, turn: Turn) -> Outcome:
        """First see whether this caller is locked out."""
        if block.lockout is None:
            return super().start(block, turn)
        turn.effects.append(RecallFacts(turn.request(), self._about(block, turn), (self._fact(block),)))
        turn.wait(PATIENCE_S)
        return STAY

    def resume(self, block: Verify, turn: Turn, event: Happening) -> Outcome:
        """The lock's answer comes before everything else."""
        if turn.run.listening is not None:
            return super().resume(block, turn, event)
        if not isinstance(event, Reply | TimeIsUp):
            return STAY
        turn.wait(float("inf"))
        if facts_of(event).get(self._fact(block)):
            turn.trace("locked out", {"tier": block.tier})
            return self._locked(block)
        return super().start(block, turn)

    def judge(self, block: Verify, turn: Turn, *, silence: bool) -> Outcome | Wrong | More:
        """Complete, and right."""
        taken = take_digits(block.digits, block.terminator, turn, silence=silence)
        if isinstance(taken, More):
            return taken
        digits, rest = taken
        if not block.digits.minimum <= len(digits) <= block.digits.maximum or not self._right(
            block, turn, digits
        ):
            return Wrong()
        turn.run.typed = rest
        identity = turn.run.variables.get("identity")
        turn.run.variables["identity"] = [*(identity if isinstance(identity, list) else []), block.tier]
        turn.trace("verified", {"tier": block.tier})
        return NEXT

    def gave_up(self, block: Verify, turn: Turn, how: str) -> Outcome | None:
        """Wrong to the end locks out; silence to the end does not."""
        if block.lockout is None or how != "wrong input":
            return None
        fact: dict[str, Value] = {self._fact(block): True}
        turn.effects.append(RememberFacts(self._about(block, turn), fact, block.lockout.for_s))
        turn.trace("locked out", {"tier": block.tier})
        return self._locked(block)

    @staticmethod
    def _locked(block: Verify) -> Outcome:
        own = block.lockout is not None and block.lockout.then is not None
        return Take("lockout: then" if own else "otherwise", "locked out")

    @staticmethod
    def _right(block: Verify, turn: Turn, digits: str) -> bool:
        variables = turn.run.variables
        if block.expect is not None:
            return spelt(block.expect.evaluate(variables)) == digits
        return block.check is not None and block.check.holds({**variables, "digits": digits})

    @staticmethod
    def _about(block: Verify, turn: Turn) -> str:
        return spelt(block.about.evaluate(turn.run.variables))

    @staticmethod
    def _fact(block: Verify) -> str:
        return f"locked_out_{block.tier}"


class RequireRunner(Instant):
    """Lets on who has the tier."""

    def start(self, block: Require, turn: Turn) -> Outcome:
        """Look at the tiers reached."""
        reached = turn.run.variables.get("identity")
        has = isinstance(reached, list) and block.require in reached
        turn.trace("require", {"tier": block.require, "reached": "yes" if has else "no"})
        return NEXT if has else Take("otherwise")
