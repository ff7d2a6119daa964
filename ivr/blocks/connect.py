"""Connect: transfer and dial. What is said before, the request, what is heard meanwhile, and what came of it."""

from __future__ import annotations

from typing import Generic, TypeVar

from callflows.blocks.connect import Connecting, Dial, Target, Transfer
from ivr.effects import CancelDial, DialOut, HoldMusic, Party, Prompt, Silence, Tone, TransferCaller
from ivr.events import PartyLeft, PlaybackFailed, PlaybackFinished, Reply, TalkBegan
from ivr.turn import STAY, End, Happening, Outcome, Take, TimeIsUp, Turn

AnyConnecting = TypeVar("AnyConnecting", bound=Connecting)
PATIENCE_S = 10.0
RINGING: tuple[Prompt, ...] = (Tone(1.0, 425.0), Silence(4.0))
"""The ringing tone of most of Europe (ITU-T E.180)."""

TRANSFERRED = "transferred"
ANSWERED = "answered"
CALLING = "calling"


class ConnectRunner(Generic[AnyConnecting]):
    """What transfer and dial share."""

    def target(self, block: AnyConnecting) -> Target:
        """Whom to call."""
        raise NotImplementedError

    def call(self, block: AnyConnecting, turn: Turn, party: Party) -> None:
        """Ask for it."""
        raise NotImplementedError

    def done(self, block: AnyConnecting, turn: Turn) -> Outcome:
        """They had each other."""
        raise NotImplementedError

    def start(self, block: AnyConnecting, turn: Turn) -> Outcome:
        """Say what is to be said before, if anything."""
        turn.run.typed = ""
        if block.announce is None:
            return self._begin(block, turn)
        turn.trace(block.verb, {"text": turn.play(block.announce, block.language)})
        return STAY

    def resume(self, block: AnyConnecting, turn: Turn, event: Happening) -> Outcome:
        """Call when it has been said; on when something came of it."""
        run = turn.run
        if isinstance(event, PlaybackFinished | PlaybackFailed) and run.phase != CALLING:
            return self._begin(block, turn)
        if isinstance(event, TalkBegan):
            turn.stop()
            turn.wait(float("inf"))
            turn.trace("talk began", {})
        elif isinstance(event, PartyLeft):
            return self._ended(block, turn, event.outcome)
        elif isinstance(event, Reply):
            return self._ended(block, turn, "failed", event.error or "")
        elif isinstance(event, TimeIsUp) and run.request is not None:
            turn.effects.append(CancelDial(run.request))
            return self._ended(block, turn, "no_answer")
        return STAY

    def _begin(self, block: AnyConnecting, turn: Turn) -> Outcome:
        target, variables = self.target(block), turn.run.variables
        party = Party(
            None if target.number is None else target.number.render(variables),
            None if target.agent is None else target.agent.render(variables),
            target.trunk,
        )
        secret = any(t is not None and turn.is_secret(t.names) for t in (target.number, target.agent))
        turn.trace(block.verb, {"to": "***" if secret else str(party)})
        turn.run.phase = CALLING
        turn.run.queued = True
        self.call(block, turn, party)
        if block.hear == "ringing":
            turn.play([], after=RINGING, loop=True)
        elif block.hear == "music":
            turn.play([], after=(HoldMusic(),), loop=True)
        turn.wait(block.timeout_s + PATIENCE_S)  # should nobody ever tell what came of it
        return STAY

    def _ended(self, block: AnyConnecting, turn: Turn, outcome: str, why: str = "") -> Outcome:
        turn.run.typed = ""
        turn.trace("left", {"outcome": outcome} | ({"why": why} if why else {}))
        if outcome in (TRANSFERRED, ANSWERED):
            return self.done(block, turn)
        own = {"busy": block.busy, "no_answer": block.no_answer}.get(outcome)
        return Take(outcome if own is not None else "failed", outcome)


class TransferRunner(ConnectRunner[Transfer]):
    """Hands the caller over; that ends the run."""

    def target(self, block: Transfer) -> Target:
        """As it says."""
        return block.transfer

    def call(self, block: Transfer, turn: Turn, party: Party) -> None:
        """Blind or attended."""
        order = TransferCaller(turn.request(), party, block.how == "attended", block.timeout_s)
        turn.effects.append(order)

    def done(self, _block: Transfer, _turn: Turn) -> Outcome:
        """The caller is somebody else's."""
        return End(TRANSFERRED)


class DialRunner(ConnectRunner[Dial]):
    """Calls, and goes on after the talk."""

    def target(self, block: Dial) -> Target:
        """As it says."""
        return block.dial

    def call(self, block: Dial, turn: Turn, party: Party) -> None:
        """Ring them."""
        turn.effects.append(DialOut(turn.request(), party, block.timeout_s, block.longest_s))

    def done(self, block: Dial, _turn: Turn) -> Outcome:
        """On by `after`, or the end."""
        return Take("after", ANSWERED) if block.after is not None else End("normal")
