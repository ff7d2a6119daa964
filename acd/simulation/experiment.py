"""The same day many times, by other chances: figures with confidence intervals, and two configurations compared.

Each seed is one run. The interval of a figure is Student's t over the runs. Two configurations are compared seed by
seed on the same contacts (the caller makes both from the same seed), so that what the day was like falls out of the
difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from acd.simulation.confidence import Interval
from acd.simulation.service import SimulationResult

FIGURES = ("p_wait", "mean_wait_s", "service_level", "asa_s", "abandon_rate", "occupancy")
COUNTS = ("refused", "overflowed", "callbacks", "callbacks_served")
QUEUE_FIGURES = ("contacts", "service_level", "asa_s", "abandon_rate", "callbacks", "callbacks_served")


def figures(result: SimulationResult) -> dict[str, float]:
    """Every figure of one run by name: those of a queue as `service_level sales`, `occupancy sales` of its agents."""
    found = {name: float(getattr(result, name)) for name in (*FIGURES, *COUNTS)}
    for queue, service in result.queues.items():
        found |= {f"{name} {queue}": float(getattr(service, name)) for name in QUEUE_FIGURES}
        found[f"occupancy {queue}"] = result.groups[queue]
    return found


def summarise(results: Sequence[SimulationResult]) -> dict[str, Interval]:
    """Every figure over the runs."""
    runs = [figures(result) for result in results]
    return {name: Interval.of([run[name] for run in runs]) for name in runs[0]}


def differences(
    first: Sequence[SimulationResult], second: Sequence[SimulationResult]
) -> Mapping[str, Interval]:
    """The second minus the first, of figures that both have; runs of the same seeds, in the same order."""
    pairs = [(figures(a), figures(b)) for a, b in zip(first, second, strict=True)]
    names = [name for name in pairs[0][0] if name in pairs[0][1]]
    return {name: Interval.of([b[name] - a[name] for a, b in pairs]) for name in names}
