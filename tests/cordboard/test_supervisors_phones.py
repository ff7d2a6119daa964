"""Which phones may supervise, and where they ring."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from api.supervision_routes import SupervisionConflict, SupervisionForbidden
from cordboard.config import ConfigurationProblems, load_configuration
from cordboard.directory import Directory
from cordboard.live_settings import LiveSettings
from cordboard.supervisors_phones import SupervisorsPhones
from telephony.sip.events import BindingsChanged
from telephony.sip.uri import SipUri

SETTINGS = """\
numbers: {"1": main}
queues: {sales: {}}
agents: {ann: {queues: [sales]}, sue: {role: supervisor}, tom: {role: supervisor}}
"""
FLOW = "flow: main\nstart: main\nsections:\n  main:\n    - hangup: normal\n"


def house(folder: Path, more: str = "") -> tuple[SupervisorsPhones, Directory]:
    (folder / "cordboard.yaml").write_text(SETTINGS + more)
    (folder / "main.yaml").write_text(FLOW)
    settings = load_configuration(folder, {}).settings
    directory = Directory(settings, {})
    return SupervisorsPhones(LiveSettings(settings), directory), directory


def register(directory: Directory, agent: str) -> None:
    binding = SimpleNamespace(contact=SipUri.parse(f"sip:{agent}@127.0.0.1:5070"), flow=None, expires_at=1.0)
    directory.on_bindings(BindingsChanged(agent, (binding,)))  # type: ignore[arg-type]


def test_a_supervisor_is_rung_where_their_phone_is_registered(tmp_path: Path) -> None:
    phones, directory = house(tmp_path)
    with pytest.raises(SupervisionConflict, match="not registered"):
        phones.reach("sue")
    register(directory, "sue")
    assert str(phones.reach("sue").target) == "sip:sue@127.0.0.1:5070"


def test_an_agent_is_no_supervisor(tmp_path: Path) -> None:
    phones, directory = house(tmp_path)
    register(directory, "ann")
    for name in ("ann", "nobody"):
        with pytest.raises(SupervisionForbidden):
            phones.reach(name)


def test_the_only_one_that_is_there_need_not_be_named(tmp_path: Path) -> None:
    phones, directory = house(tmp_path)
    with pytest.raises(SupervisionConflict, match="no supervisor"):
        phones.only()
    register(directory, "sue")
    register(directory, "ann")
    assert phones.only() == "sue"
    register(directory, "tom")
    with pytest.raises(SupervisionConflict, match="sue, tom"):
        phones.only()


def test_a_named_phone_is_always_there(tmp_path: Path) -> None:
    phones, _ = house(tmp_path, 'supervision: {phones: {mobile: "tel:+442079460001"}}\n')
    assert phones.only() == "mobile"
    assert phones.reach("mobile").target.scheme == "tel"


def test_a_wrong_address_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationProblems, match="expected an address such as"):
        house(tmp_path, "supervision: {phones: {boss: nowhere}}\n")


def test_a_supervisor_who_is_new_since_a_reload_may_at_once(tmp_path: Path) -> None:
    _, directory = house(tmp_path)
    settings = load_configuration(tmp_path, {}).settings
    live = LiveSettings(settings)
    phones = SupervisorsPhones(live, directory)
    register(directory, "ann")
    with pytest.raises(SupervisionForbidden):
        phones.reach("ann")
    promoted = settings.agents["ann"].model_copy(update={"role": "supervisor"})
    live.replace(settings.model_copy(update={"agents": {**settings.agents, "ann": promoted}}))
    assert str(phones.reach("ann").target) == "sip:ann@127.0.0.1:5070"
