"""`cordboard simulate`: what service a staffing gives, computed by the router that serves live calls."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from callflows.values import parse_duration
from cordboard.cli.output import database, print_table, refuse

if TYPE_CHECKING:
    from acd.simulation.confidence import Interval
    from cordboard.config import CordboardFile
    from cordboard.simulated.runs import Figures, Run
    from cordboard.simulated.workloads import Workload

MANY_SEEDS = 10
"""How many runs a day is given, if nobody says: enough for intervals."""


Config = Annotated[
    Path | None,
    typer.Argument(
        help="A configuration folder, or a file like its cordboard.yaml: queues and agents.",
        show_default=False,
    ),
]
Compare = Annotated[
    Path | None, typer.Option(help="A second configuration, put beside the first on the same contacts.")
]
Traffic = Annotated[
    Path | None, typer.Option(help="A day: who rings when, how long they talk, shifts (YAML or CSV).")
]
FromJournal = Annotated[
    Path | None, typer.Option(help="A server's data folder: a day that was, contact by contact.")
]
Day = Annotated[
    str | None, typer.Option(help="Which day of the journal, such as 2026-11-21; yesterday by default.")
]
LikeIt = Annotated[
    bool, typer.Option("--like-it", help="Days of the journal's kind instead of that very day.")
]
AgentCount = Annotated[int, typer.Option(min=1, max=100_000, help="How many, without a configuration.")]
QueueCount = Annotated[int, typer.Option(min=1, max=10_000, help="How many alike, without one.")]
InTime = Annotated[str, typer.Option(help="In time, without a configuration.")]
Arrivals = Annotated[
    list[str] | None,
    typer.Option(help="480/h over all queues; with a configuration also QUEUE=120/h, repeated."),
]
Aht = Annotated[str, typer.Option(help="Mean length of a talk; exponential.")]
Patience = Annotated[str, typer.Option(help="Mean patience of callers, exponential, or none.")]
Contacts = Annotated[int, typer.Option(min=1, max=100_000_000, help="How many arrive.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same contacts.")]
Seeds = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=1000,
        help="Runs with seeds from --seed on; two or more give intervals. 10 with --traffic or --journal, else 1.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the options say of the contacts, in seconds."""

    rates: Mapping[str, float]
    talk_s: float
    patience_s: float | None
    contacts: int
    traffic: Path | None
    journal: Path | None
    day: date
    like_it: bool


def simulate(
    config: Config = None,
    compare: Compare = None,
    traffic: Traffic = None,
    journal: FromJournal = None,
    day: Day = None,
    like_it: LikeIt = False,
    agents: AgentCount = 10,
    queues: QueueCount = 1,
    service_level: InTime = "20s",
    arrivals: Arrivals = None,
    aht: Aht = "180s",
    patience: Patience = "none",
    contacts: Contacts = 20_000,
    seed: Seed = 1,
    seeds: Seeds = None,
    as_json: AsJson = False,
) -> None:
    """Simulate contacts and print the service they get."""
    from cordboard.simulated.values import parse_rate

    try:
        rates = _rates(arrivals or ["100/h"], parse_rate)
        talk_s, patience_s = _positive("--aht", aht), _patience(patience)
        asked = _Asked(rates, talk_s, patience_s, contacts, traffic, journal, _day(day), like_it)
        _check_together(config, compare, asked, arrivals)
        if config is None:
            runs = _plain(asked, agents, queues, parse_duration(service_level))
        else:
            runs = _configured(config, compare, asked)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    number = seeds or (1 if traffic is journal is None else MANY_SEEDS)
    _run(runs, range(seed, seed + number), plain=config is None, as_json=as_json)


def _plain(asked: _Asked, agents: int, queues: int, service_level_s: float) -> dict[str, Run]:
    from acd.simulation.plain import PlainSystem
    from cordboard.simulated.runs import plain

    if queues > agents:
        raise ValueError("--queues: every queue needs an agent, so no more than --agents")
    system = PlainSystem(agents, asked.talk_s, asked.rates[""], asked.patience_s, queues, service_level_s)
    return {"plain": plain(system, asked.contacts)}


def _check_together(
    config: Path | None, compare: Path | None, asked: _Asked, arrivals: Sequence[str] | None
) -> None:
    given = [asked.traffic is not None, asked.journal is not None, arrivals is not None]
    if sum(given) > 1:
        raise ValueError("--traffic, --journal and --arrivals: one of them says who rings")
    if config is None and (compare is not None or any(given[:2]) or set(asked.rates) != {""}):
        raise ValueError("--compare, --traffic, --journal, and --arrivals by queue, need a configuration")
    if compare == config and config is not None:
        raise ValueError("--compare: that is the same configuration")
    if asked.like_it and asked.journal is None:
        raise ValueError("--like-it: days like which? say --journal")


def _configured(config: Path, compare: Path | None, asked: _Asked) -> dict[str, Run]:
    from cordboard.simulated.runs import configured

    runs: dict[str, Run] = {}
    first = _settings(config)
    workload = _workload(asked, first)
    for path in (config,) if compare is None else (config, compare):
        settings = first if path is config else _settings(path)
        if asked.traffic is None and asked.journal is None:
            workload = _workload(asked, settings)
        runs[str(path)] = configured(settings, workload)
    return runs


def _workload(asked: _Asked, settings: CordboardFile) -> Workload:
    from acd.simulation.distributions import Distribution, Shape
    from cordboard.config import ConfigurationProblems
    from cordboard.simulated.journal_day import journal_day
    from cordboard.simulated.traffic import traffic
    from cordboard.simulated.workloads import steady

    if asked.traffic is not None:
        patience_s = asked.patience_s
        patience = None if patience_s is None else Distribution(Shape.EXPONENTIAL, patience_s)
        try:
            return traffic(asked.traffic, Distribution(Shape.EXPONENTIAL, asked.talk_s), patience)
        except ConfigurationProblems as error:
            refuse(error.problems)
    if asked.journal is not None:
        path = database(asked.journal)
        return journal_day(path, asked.day, frozenset(settings.agents), like_it=asked.like_it)
    rates = _spread(asked.rates, list(settings.queues))
    return steady(rates, asked.talk_s, asked.patience_s, asked.contacts)


def _rates(texts: Sequence[str], parse: Callable[[str], float]) -> dict[str, float]:
    """By queue; under "" what is for all of them together."""
    rates: dict[str, float] = {}
    for text in texts:
        queue, _, rate = text.rpartition("=")
        if queue in rates:
            raise ValueError(f"--arrivals: {text} is said twice")
        rates[queue] = parse(rate)
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


def _patience(text: str) -> float | None:
    return None if text == "none" else _positive("--patience", text)


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now().astimezone().date() - timedelta(days=1)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f'--day: expected a day such as 2026-11-21, got "{text}"') from None


def _settings(path: Path) -> CordboardFile:
    from cordboard.config import ConfigurationProblems, load_settings

    try:
        return load_settings(path)
    except ConfigurationProblems as error:
        refuse(error.problems)


def _run(runs: Mapping[str, Run], seeds: Sequence[int], *, plain: bool, as_json: bool) -> None:
    from acd.simulation.experiment import differences
    from cordboard.simulated.runs import measure

    measured = {name: measure(run, seeds) for name, run in runs.items()}
    change = differences(*(results for _, results in measured.values())) if len(measured) > 1 else {}
    _show({name: figures for name, (figures, _) in measured.items()}, change, plain=plain, as_json=as_json)


def _show(
    found: Mapping[str, Figures], change: Mapping[str, Interval], *, plain: bool, as_json: bool
) -> None:
    from cordboard.simulated.report import as_data, differences_as_data, table

    if not as_json:
        print_table(*table(found, change, plain=plain))
        return
    data = {name: as_data(each, plain=plain) for name, each in found.items()}
    if change:
        data["difference"] = differences_as_data(change)
    typer.echo(json.dumps(data if len(data) > 1 else next(iter(data.values()))))
