"""In which order contacts are served: a score that never changes while a contact waits on the same rung.

Strict (`priority_step_s` None): higher priority first, then who came first. A stream of high priority can keep
the others waiting for ever; that is what strict means.

With aging, a step of priority is worth `priority_step_s` of waiting, and a queue that promises an answer sooner
is worth the difference of the promises:

    score = arrived_at + service_level_s - priority * priority_step_s

The score is a due time: whoever is due first is served first, and since everybody ages alike it need never be
computed again. It bounds starvation: of two contacts that the same agents can serve, one that came in at `a`
is never overtaken by one that arrives after

    a + (difference of their service levels) + (difference of their priorities) * priority_step_s

so once that time has passed only those already there can be before it, and they are finitely many.
"""

from __future__ import annotations

from acd.line import Score
from acd.model import Contact, Queue, RouterPolicy


def score(policy: RouterPolicy, contact: Contact, queue: Queue, raised: int = 0) -> Score:
    """The lowest is served first; `raised` is what the ladder adds to the contact's priority."""
    priority = contact.priority + raised
    if policy.priority_step_s is None:
        return (-float(priority), contact.arrived_at)
    due = contact.arrived_at + queue.service_level_s - priority * policy.priority_step_s
    return (due, contact.arrived_at)
