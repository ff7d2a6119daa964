"""The figures as people and programs read them: a table, one JSON object; of one configuration or of two."""

from __future__ import annotations

from collections.abc import Mapping

from acd.simulation.confidence import Interval
from acd.simulation.experiment import COUNTS, FIGURES
from cordboard.simulated.runs import Figures

Tree = dict[str, object]


def as_data(figures: Figures, *, plain: bool) -> Tree:
    """One object: figures, `queues` and their `groups` of agents; the same tree of intervals under `confidence_95`, if
    there are any. Of a `plain` system, all of whose queues are alike, only the figures.
    """
    values = {name: each for name, each in figures.values.items() if not plain or name in FIGURES}
    data = _tree({name: round(each.mean, 6) for name, each in values.items()})
    data |= {"contacts": figures.contacts, "contacts_per_minute": round(figures.contacts_per_minute)}
    known = {name: each for name, each in values.items() if each.half_width is not None}
    if known:
        data["confidence_95"] = _tree({n: [round(i.low, 6), round(i.high, 6)] for n, i in known.items()})
    return data


def _tree(values: Mapping[str, object]) -> Tree:
    """`service_level sales` stands in `queues: sales: service_level`, `occupancy sales` in `groups: sales`."""
    tree: Tree = {}
    queues: dict[str, dict[str, object]] = {}
    groups: dict[str, object] = {}
    for name, value in values.items():
        figure, _, queue = name.partition(" ")
        if not queue:
            tree[figure] = value
        elif figure == "occupancy":
            groups[queue] = value
        else:
            queues.setdefault(queue, {})[figure] = value
    return tree | ({"queues": queues, "groups": groups} if queues else {})


def differences_as_data(differences: Mapping[str, Interval]) -> Tree:
    """By figure: the second minus the first, its interval, and whether that leaves no doubt."""
    return {
        name: {
            "mean": round(each.mean, 6),
            "confidence_95": None if each.half_width is None else [round(each.low, 6), round(each.high, 6)],
            "differs": each.excludes_zero,
        }
        for name, each in differences.items()
    }


def table(
    found: Mapping[str, Figures], differences: Mapping[str, Interval], *, plain: bool
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Headings and rows. A difference that is beyond doubt has a star."""
    names = dict.fromkeys(name for each in found.values() for name in each.values)
    rows: list[tuple[str, ...]] = []
    for name in names:
        if plain and name not in FIGURES:
            continue
        cells = [_cell(name, each.values.get(name)) for each in found.values()]
        if differences:
            change = differences.get(name)
            star = " *" if change is not None and change.excludes_zero else ""
            cells.append(_cell(name, change) + star)
        rows.append((name, *cells))
    empty = ("",) if differences else ()
    rows.append(("contacts", *(str(each.contacts) for each in found.values()), *empty))
    rows.append(
        ("contacts_per_minute", *(f"{each.contacts_per_minute:.0f}" for each in found.values()), *empty)
    )
    return ("figure", *found, *(("difference",) if differences else ())), rows


def _cell(name: str, value: Interval | None) -> str:
    if value is None:
        return ""
    digits = 1 if name.partition(" ")[0] in (*COUNTS, "contacts") else 4
    mean = f"{value.mean:.{digits}f}"
    return mean if value.half_width is None else f"{mean} ± {value.half_width:.{digits}f}"
