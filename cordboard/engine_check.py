"""What a configuration asks of audio that `media: engine: rtpengine` cannot do: all of it, each at its place.

Like `cross_check` it works on the plain values; flows are looked at when they are without mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from callflows.blocks.base import Block
from callflows.blocks.sound import Recording
from callflows.blocks.talk import Collect, Menu
from callflows.flow import Flow
from callflows.source import Document, KeyPath, Problem
from telephony.media.rtpengine.descriptions import PAYLOAD_TYPES

HINT = "media: engine: workers does it"


def engine_check(document: Document, flows: Iterable[Flow]) -> list[Problem]:
    """A problem for each thing that rtpengine would have to do and cannot; none for our own workers."""
    if document.value_at(("media", "engine")) != "rtpengine":
        return []
    problems = [document.problem(path, message, hint=HINT) for path, message in _settings(document)]
    return problems + impossible_steps(flows)


def impossible_steps(flows: Iterable[Flow]) -> list[Problem]:
    """A problem for each step that rtpengine cannot carry out."""
    problems = []
    for flow in flows:
        for steps in flow.sections.values():
            for step in steps:
                what = _impossible(step.block)
                if what is not None:
                    line, column = step.position
                    problems.append(
                        Problem(flow.path, line, column, step.verb, f"rtpengine cannot {what}", HINT)
                    )
    return problems


def _settings(document: Document) -> Iterator[tuple[KeyPath, str]]:
    if document.value_at(("media", "srtp")) not in (None, "off", False):
        yield ("media", "srtp"), "encrypted audio is not to be had with rtpengine here"
    if document.value_at(("media", "ice")) not in (None, "off", False):
        yield ("media", "ice"), "ICE is not to be had with rtpengine here"
    codecs = document.value_at(("media", "codecs"))
    for i, codec in enumerate(codecs if isinstance(codecs, list) else []):
        if codec not in PAYLOAD_TYPES:
            yield ("media", "codecs", i), f"{codec} is not to be had with rtpengine here"
    modes = document.value_at(("supervision", "modes"))
    if isinstance(modes, list) and modes:
        yield ("supervision", "modes"), "supervisors cannot listen, whisper or barge in with rtpengine"
    queues = document.value_at(("queues",))
    for queue_id, queue in queues.items() if isinstance(queues, dict) else ():
        if isinstance(queue, dict) and queue.get("record", True) is not False:
            yield ("queues", queue_id), 'rtpengine does not record talks: say "record: false"'


def _impossible(block: Block) -> str | None:
    if isinstance(block, Recording):
        return "record what a caller says"
    if isinstance(block, Menu | Collect) and block.listen:
        return "listen for words"
    return None
