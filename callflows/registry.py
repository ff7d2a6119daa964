"""Every verb of the language and the model behind it, said explicitly.

One line here is what makes a block exist for the loader, the checks, the JSON Schema and the
documentation's tests; its behaviour is registered beside the runners in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping

from callflows.blocks import connect, decide, know, later, measure, route, sound, talk
from callflows.blocks.base import Block
from callflows.extension import load_extensions

BUILT_IN: tuple[type[Block], ...] = (
    talk.Say,
    talk.Menu,
    talk.Collect,
    talk.Wait,
    sound.Play,
    sound.Beep,
    sound.Music,
    sound.Record,
    decide.Set,
    decide.If,
    decide.Switch,
    decide.Hours,
    decide.Goto,
    decide.Call,
    decide.Return,
    decide.Repeat,
    decide.Split,
    decide.HandOver,
    know.Http,
    know.Lookup,
    know.Remember,
    know.Recall,
    know.Verify,
    know.Require,
    measure.Tag,
    measure.Survey,
    measure.Contained,
    measure.Notify,
    route.Queue,
    route.Leave,
    route.Standing,
    connect.Transfer,
    connect.Dial,
    later.Voicemail,
    later.Callback,
    route.Hangup,
    route.Busy,
    route.Reject,
)

EXTENSIONS = load_extensions(block.verb for block in BUILT_IN)
BLOCKS: tuple[type[Block], ...] = (*BUILT_IN, *(extension.block for extension in EXTENSIONS))
VERBS: Mapping[str, type[Block]] = {block.verb: block for block in BLOCKS}
