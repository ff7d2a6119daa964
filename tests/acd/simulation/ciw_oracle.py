"""Ciw, somebody else's simulator of queueing networks, on the very contacts that ours was given.

Every contact brings its talk and its patience along, so both simulators have nothing left to chance: they must agree
on every figure to rounding. Ciw knows priorities and impatience by itself. Of skills it knows nothing: `_SkilledNode`
gives it servers who serve some classes of customers only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import Any

import ciw

from acd.simulation.workload import ContactRecord


@dataclass(frozen=True)
class Found:
    """What became of the contacts of a queue."""

    answered: int
    abandoned: int
    waited: int
    wait_s: float
    answered_wait_s: float


class _ByContact(ciw.dists.Distribution):  # type: ignore[misc]
    """The length that the contact brings along; customers are numbered from 1 in the order of arrival."""

    def __init__(self, lengths: Sequence[float]) -> None:
        super().__init__()
        self._lengths = lengths

    def sample(self, t: float | None = None, ind: Any = None) -> float:
        return self._lengths[ind.id_number - 1]


class _SkilledNode(ciw.Node):  # type: ignore[misc]
    """First come, first served, by servers who can: of those who are free the one who is idle longest."""

    serves: Sequence[frozenset[str]]

    def find_free_server(self, ind: Any) -> Any:
        free = [
            each
            for each in self.servers
            if not each.busy and ind.customer_class in self.serves[each.id_number - 1]
        ]
        return min(free, key=lambda each: (getattr(each, "idle_since", 0.0), each.id_number), default=None)

    def choose_next_customer(self) -> Any:
        free = [self.serves[each.id_number - 1] for each in self.servers if not each.busy]
        waiting = [ind for level in self.individuals for ind in level if not ind.server]
        return next((ind for ind in waiting if any(ind.customer_class in known for known in free)), None)

    def detatch_server(self, server: Any, individual: Any) -> None:
        super().detatch_server(server, individual)
        server.idle_since = self.now


def ask_ciw(
    records: Sequence[ContactRecord],
    servers: Sequence[frozenset[str]],
    ranks: Mapping[str, int] | None = None,
) -> dict[str, Found]:
    """Serve the records, each by a server who serves its queue; the queue of the lowest rank goes first."""
    queues = sorted({record.queue for record in records})
    patience = [inf if record.patience_s is None else record.patience_s for record in records]
    options: dict[str, Any] = {}
    if any(length < inf for length in patience):
        options["reneging_time_distributions"] = {queue: [_ByContact(patience)] for queue in queues}
    if ranks is not None:
        options["priority_classes"] = dict(ranks)
    network = ciw.create_network(
        arrival_distributions={queue: [_gaps(records, queue)] for queue in queues},
        service_distributions={q: [_ByContact([each.talk_s for each in records])] for q in queues},
        number_of_servers=[len(servers)],
        **options,
    )
    # With priorities the order is Ciw's own business; all servers are alike then.
    node = ciw.Node if ranks is not None else type("Node", (_SkilledNode,), {"serves": servers})
    simulation = ciw.Simulation(network, node_class=node)
    simulation.simulate_until_max_time(1e9)
    rows = simulation.get_all_records()
    return {queue: _found([row for row in rows if row.customer_class == queue]) for queue in queues}


def _gaps(records: Sequence[ContactRecord], queue: str) -> Any:
    times = [0.0, *(record.at_s for record in records if record.queue == queue)]
    return ciw.dists.Sequential([*(later - earlier for earlier, later in pairwise(times)), inf])


def _found(rows: Sequence[Any]) -> Found:
    served = [row.waiting_time for row in rows if row.record_type == "service"]
    gone = [row.waiting_time for row in rows if row.record_type == "renege"]
    return Found(
        answered=len(served),
        abandoned=len(gone),
        waited=sum(wait_s > 1e-9 for wait_s in served) + len(gone),
        wait_s=sum(served) + sum(gone),
        answered_wait_s=sum(served),
    )
