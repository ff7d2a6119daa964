"""From the queues that people write to the queues of the router, and what the router asks of the outside."""

from __future__ import annotations

from dataclasses import asdict

import structlog

from acd.model import Queue, Rung
from acd.queue_rules import (
    Announcements,
    CallbackRules,
    OverflowFacts,
    OverflowRule,
    OverflowTarget,
    OverflowTo,
    OverflowWhen,
)
from callflows.expressions import Expression, ExpressionError
from cordboard.queue_settings import OverflowSettings, QueueSettings
from telephony.calls.numbers import normalise

log = structlog.get_logger(__name__)


def queue(queue_id: str, settings: QueueSettings) -> Queue:
    """A queue as the router wants it."""
    return Queue(
        id=queue_id,
        name=settings.name or queue_id,
        skills=dict(settings.skills),
        ring_timeout_s=settings.ring_timeout,
        wrap_up_s=settings.wrap_up,
        service_level_s=settings.service_level,
        max_size=settings.max_size,
        max_wait_s=settings.max_wait,
        back_off_s=settings.back_off,
        strategy=settings.strategy,
        ring_width=settings.ring_width,
        ladder=tuple(
            Rung(rung.after, dict(rung.levels), rung.join, rung.priority) for rung in settings.ladder
        ),
        overflow=tuple(_rule(rule) for rule in settings.overflow),
        regain_s=settings.regain,
        announcements=_announcements(settings),
        callbacks=_callbacks(settings),
    )


def _announcements(settings: QueueSettings) -> Announcements | None:
    said = settings.announcements
    return None if said is None else Announcements(said.first_after, said.every)


def _callbacks(settings: QueueSettings) -> CallbackRules:
    rules = settings.callbacks
    return CallbackRules(
        mode=rules.mode,
        answer_s=rules.answer,
        max_attempts=rules.attempts,
        retry_s=rules.retry,
        retry_factor=rules.retry_factor,
        expires_s=rules.expires,
    )


def _rule(rule: OverflowSettings) -> OverflowRule:
    [condition] = rule.conditions()
    limit = next((each for each in (rule.waited, rule.estimated_wait, rule.size) if each is not None), 0.0)
    if rule.queue is not None:
        target = OverflowTarget(OverflowTo.QUEUE, rule.queue)
    else:
        target = OverflowTarget(OverflowTo.FLOW, rule.branch or "")
    return OverflowRule(
        name=rule.name or condition,
        when=OverflowWhen(condition),
        target=target,
        limit=float(limit),
        expression="" if rule.expression is None else rule.expression.source,
    )


class Conditions:
    """Works out the expressions of overflow rules, each compiled once."""

    def __init__(self) -> None:
        self._compiled: dict[str, Expression] = {}

    def __call__(self, source: str, facts: OverflowFacts) -> bool:
        """Whether it holds; one that cannot be worked out (an estimate that is unknown) does not."""
        expression = self._compiled.get(source)
        if expression is None:
            expression = self._compiled[source] = Expression(source)
        try:
            return expression.holds(asdict(facts))
        except ExpressionError as error:
            log.warning("overflow.expression_failed", queue=facts.queue, expression=source, why=str(error))
            return False


def recognisable(caller: str, region: str | None) -> str | None:
    """The number, in one spelling, by which somebody who rings again is known; None for those who withhold it."""
    return normalise(caller, region) if any(character.isdigit() for character in caller) else None
