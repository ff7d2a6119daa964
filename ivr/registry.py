"""Which runner does what a block says: one line a block, as in the language's own registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callflows.blocks import decide, route, talk
from callflows.blocks.base import Block
from ivr.blocks.decide import GotoRunner, IfRunner, SetRunner
from ivr.blocks.listen import CollectRunner, MenuRunner
from ivr.blocks.route import HangupRunner, QueueRunner
from ivr.blocks.talk import SayRunner, WaitRunner
from ivr.turn import BlockRunner

RUNNERS: Mapping[type[Block], BlockRunner[Any]] = {
    talk.Say: SayRunner(),
    talk.Menu: MenuRunner(),
    talk.Collect: CollectRunner(),
    talk.Wait: WaitRunner(),
    decide.Set: SetRunner(),
    decide.If: IfRunner(),
    decide.Goto: GotoRunner(),
    route.Queue: QueueRunner(),
    route.Hangup: HangupRunner(),
}
