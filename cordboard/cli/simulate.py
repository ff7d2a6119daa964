"""`cordboard simulate`: what service a staffing gives, computed by the router that serves live calls."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from callflows.values import parse_duration
from cordboard.cli.output import print_table, refuse

if TYPE_CHECKING:
    from cordboard.config import CordboardFile
    from cordboard.simulated import Figures, Run, Traffic

_UNITS_S = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def parse_rate(text: str) -> float:
    """Contacts a second from `480/h`, `8/min`, `0.1/s`; raises ValueError."""
    number, slash, unit = text.replace(" ", "").partition("/")
    try:
        rate = float(number)
    except ValueError:
        rate = math.nan
    if not slash or unit not in _UNITS_S or not (math.isfinite(rate) and rate > 0):
        raise ValueError(f'expected a rate such as "480/h", "8/min" or "0.1/s", got "{text}"')
    return rate / _UNITS_S[unit]


def simulate(
    config: Annotated[
        Path | None, typer.Argument(help="A configuration folder: its queues and agents.", show_default=False)
    ] = None,
    compare: Annotated[
        Path | None, typer.Option(help="A second configuration folder, put beside the first.")
    ] = None,
    agents: Annotated[int, typer.Option(min=1, max=100_000, help="How many, without a configuration.")] = 10,
    queues: Annotated[int, typer.Option(min=1, max=10_000, help="How many alike, without one.")] = 1,
    service_level: Annotated[str, typer.Option(help="In time, without a configuration.")] = "20s",
    arrivals: Annotated[
        list[str] | None,
        typer.Option(help="480/h over all queues; with a configuration also QUEUE=120/h, repeated."),
    ] = None,
    aht: Annotated[str, typer.Option(help="Mean length of a talk; exponential.")] = "180s",
    patience: Annotated[str, typer.Option(help="Mean patience of callers, exponential, or none.")] = "none",
    contacts: Annotated[int, typer.Option(min=1, max=100_000_000, help="How many arrive.")] = 20_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same contacts.")] = 1,
    seeds: Annotated[
        int, typer.Option(min=1, max=1000, help="Runs with seeds from --seed on; two or more give intervals.")
    ] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Simulate contacts and print the service they get."""
    from acd.simulator import PlainSystem
    from cordboard.simulated import Traffic, figures, plain

    try:
        rates = _rates(arrivals or ["100/h"])
        talk_s = _positive("--aht", aht)
        patience_s = None if patience == "none" else _positive("--patience", patience)
        in_time_s = parse_duration(service_level)
        if config is not None:
            runs = _configured(config, compare, rates, Traffic({}, talk_s, patience_s, contacts))
        elif compare is not None or set(rates) != {""}:
            raise ValueError("--compare, and --arrivals by queue, need a configuration folder")
        elif queues > agents:
            raise ValueError("--queues: every queue needs an agent, so no more than --agents")
        else:
            system = PlainSystem(agents, talk_s, rates[""], patience_s, queues, in_time_s)
            runs = {"plain": plain(system, contacts)}
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    _show({name: figures(run, range(seed, seed + seeds)) for name, run in runs.items()}, as_json)


def _configured(
    config: Path, compare: Path | None, rates: Mapping[str, float], traffic: Traffic
) -> dict[str, Run]:
    from cordboard.simulated import configured

    if compare == config:
        raise ValueError("--compare: that is the same configuration")
    runs: dict[str, Run] = {}
    for folder in (config,) if compare is None else (config, compare):
        settings = _settings(folder)
        arrivals = _spread(rates, list(settings.queues))
        runs[str(folder)] = configured(settings, replace(traffic, arrivals_per_s=arrivals))
    return runs


def _rates(texts: Sequence[str]) -> dict[str, float]:
    """By queue; under "" what is for all of them together."""
    rates: dict[str, float] = {}
    for text in texts:
        queue, _, rate = text.rpartition("=")
        if queue in rates:
            raise ValueError(f"--arrivals: {text} is said twice")
        rates[queue] = parse_rate(rate)
    if "" in rates and len(rates) > 1:
        raise ValueError("--arrivals: one rate for all queues, or one for each that is named")
    return rates


def _spread(rates: Mapping[str, float], queues: Sequence[str]) -> dict[str, float]:
    if "" not in rates:
        return dict(rates)
    return {queue: rates[""] / len(queues) for queue in queues}


def _positive(option: str, text: str) -> float:
    length_s = parse_duration(text)
    if length_s <= 0:
        raise ValueError(f"{option}: must be more than 0s")
    return length_s


def _settings(folder: Path) -> CordboardFile:
    from cordboard.config import ConfigurationProblems, load_configuration

    try:
        return load_configuration(folder).settings
    except ConfigurationProblems as error:
        refuse(error.problems)


def _show(found: Mapping[str, Figures], as_json: bool) -> None:
    if as_json:
        data = {name: each.as_data() for name, each in found.items()}
        typer.echo(json.dumps(data if len(data) > 1 else next(iter(data.values()))))
        return
    rows = []
    for figure in next(iter(found.values())).means:
        cells = []
        for each in found.values():
            half = each.half_widths[figure]
            cells.append(f"{each.means[figure]:.4f}" + ("" if half is None else f" ± {half:.4f}"))
        rows.append((figure, *cells))
    rows.append(("contacts", *(str(each.contacts) for each in found.values())))
    rows.append(("contacts_per_minute", *(f"{each.contacts_per_minute:.0f}" for each in found.values())))
    print_table(("figure", *found), rows)
