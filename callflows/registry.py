"""Every verb of the language and the model behind it, said explicitly.

One line here is what makes a block exist for the loader, the checks, the JSON Schema and the
documentation's tests; its behaviour is registered beside the runners in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping

from callflows.blocks import decide, route, talk
from callflows.blocks.base import Block

BLOCKS: tuple[type[Block], ...] = (
    talk.Say,
    talk.Menu,
    talk.Collect,
    talk.Wait,
    decide.Set,
    decide.If,
    decide.Goto,
    route.Queue,
    route.Hangup,
)

VERBS: Mapping[str, type[Block]] = {block.verb: block for block in BLOCKS}
