"""The configuration folder: what is accepted, and every mistake with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from cordboard.config import ConfigurationProblems, load_configuration

FLOW = "flow: main\nstart: main\nsections:\n  main:\n    - say: Hello.\n    - queue: sales\n"
SETTINGS = """\
name: Test
numbers: {"1000": main}
queues:
  sales: {ring_timeout: 5s, skills: {sales: 2}}
agents:
  alice: {password: secret, skills: {sales: 3}, queues: [sales]}
"""


def folder(tmp_path: Path, settings: str = SETTINGS, flow: str = FLOW) -> Path:
    (tmp_path / "cordboard.yaml").write_text(settings)
    (tmp_path / "main.yaml").write_text(flow)
    return tmp_path


def mistakes(path: Path) -> list[str]:
    with pytest.raises(ConfigurationProblems) as caught:
        load_configuration(path, {})
    return [str(problem).removeprefix(f"{path}/") for problem in caught.value.problems]


def test_a_folder_is_read_with_units_and_defaults(tmp_path: Path) -> None:
    configuration = load_configuration(folder(tmp_path), {})
    queue = configuration.settings.queues["sales"]
    assert (queue.ring_timeout, queue.wrap_up, queue.record) == (5.0, 10.0, True)
    assert configuration.settings.media.ports == (10000, 19999)
    assert configuration.flows["main"].start == "main"


@pytest.mark.parametrize("example", sorted(Path("callflows/examples").glob("*/cordboard.yaml")), ids=str)
def test_every_example_is_without_mistake(example: Path) -> None:
    assert load_configuration(example.parent, {}).flows


def test_a_folder_without_the_file_says_what_a_configuration_is(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationProblems) as caught:
        load_configuration(tmp_path, {})
    assert "cordboard.yaml" in str(caught.value)
    assert "a configuration is a folder" in caught.value.problems[0].render()


def test_names_that_lead_nowhere_are_found_in_both_files_at_once(tmp_path: Path) -> None:
    settings = SETTINGS.replace("queues: [sales]", "queues: [sale]")
    found = mistakes(folder(tmp_path, settings, FLOW.replace("queue: sales", "queue: salse")))
    assert found == [
        'cordboard.yaml:6:58: agents: alice: queues: 0: there is no queue "sale"',
        'main.yaml:6:14: queue: there is no queue "salse"',
    ]


def test_a_wrong_name_is_told_together_with_a_wrong_unit(tmp_path: Path) -> None:
    settings = SETTINGS.replace("ring_timeout: 5s", "ring_timeout: soon").replace(
        '"1000": main', '"1000": mian'
    )
    found = mistakes(folder(tmp_path, settings, FLOW.replace("queue: sales", "queue: saels")))
    assert found == [
        'cordboard.yaml:2:19: numbers: 1000: there is no flow "mian"',
        'cordboard.yaml:4:25: queues: sales: ring_timeout: expected a duration such as "5s", got "soon"',
        'main.yaml:6:14: queue: there is no queue "saels"',
    ]


def test_a_number_needs_a_flow(tmp_path: Path) -> None:
    found = mistakes(folder(tmp_path, SETTINGS.replace('"1000": main', '"1000": maim')))
    assert found == ['cordboard.yaml:2:19: numbers: 1000: there is no flow "maim"']


def test_an_unknown_key_and_a_wrong_unit_are_both_told(tmp_path: Path) -> None:
    settings = SETTINGS.replace("ring_timeout: 5s", "ring_timeout: 5, wrapup: 3s")
    found = mistakes(folder(tmp_path, settings))
    assert len(found) == 2
    assert any('expected a duration such as "5s"' in line for line in found)
    assert any("wrapup" in line for line in found)


def test_a_port_range_the_wrong_way_round_is_refused(tmp_path: Path) -> None:
    found = mistakes(folder(tmp_path, SETTINGS + "media: {ports: 20000..10000}\n"))
    assert found == [
        'cordboard.yaml:7:16: media: ports: expected a range of ports such as "10000..19999", got "20000..10000"'
    ]


def test_two_flows_of_one_name_are_refused(tmp_path: Path) -> None:
    folder(tmp_path)
    (tmp_path / "other.yaml").write_text(FLOW)
    assert mistakes(tmp_path) == ['other.yaml:1:1: flow: "main" is the name of main.yaml already']


def test_passwords_are_not_in_what_is_printed(tmp_path: Path) -> None:
    assert "secret" not in repr(load_configuration(folder(tmp_path), {}).settings)


SIP = 'sip: {listen: ["%s"]}\n'


def test_listeners_are_read(tmp_path: Path) -> None:
    settings = SETTINGS + "sip: {listen: ['tcp:[::]:5060', 'wss:0.0.0.0:8443'], tls: {certificate: c.pem}}\n"
    listen = load_configuration(folder(tmp_path, settings), {}).settings.sip.listen
    assert [str(each) for each in listen] == ["tcp:[::]:5060", "wss:0.0.0.0:8443"]


@pytest.mark.parametrize(("listener", "why"), [
    ("sctp:0.0.0.0:5060", "expected TRANSPORT:HOST:PORT"),
    ("tls:0.0.0.0:5061", "needs tls: certificate; `cordboard cert` makes one for trying"),
])  # fmt: skip
def test_listeners_that_cannot_be(tmp_path: Path, listener: str, why: str) -> None:
    [mistake] = mistakes(folder(tmp_path, SETTINGS + SIP % listener))
    assert mistake.startswith("cordboard.yaml:7:")
    assert why in mistake


TRUNKS = """\
trunks:
  carrier: {uri: sip:sip.example.net, user: acme, password: pw, register: true,
            outgoing: ["+44*"], networks: [203.0.113.0/24]}
"""


def test_a_trunk_is_read(tmp_path: Path) -> None:
    from cordboard import sip_wiring

    settings = load_configuration(folder(tmp_path, SETTINGS + "region: GB\n" + TRUNKS), {}).settings
    [trunk] = sip_wiring.trunks(settings)
    assert (trunk.destination.host, trunk.region, trunk.register, trunk.expires_s) == (
        "sip.example.net",
        "GB",
        True,
        300,
    )
    assert trunk.outgoing.find("020 7946 0000")
    assert "203.0.113.9" in trunk.networks
    assert "203.0.113.9" in sip_wiring.exempt(settings)
    assert "127.0.0.1" in sip_wiring.exempt(settings)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            "trunks: {a: {uri: nonsense}}",
            'expected the address of a server such as "sip:sip.example.net:5060"',
        ),
        ("trunks: {a: {uri: 'sip:x@y'}}", "expected the address of a server"),
        ("trunks: {a: {uri: 'sip:y', register: true}}", "a trunk that registers needs user and password"),
        ("trunks: {a: {uri: 'sip:y', networks: [nowhere]}}", "expected an address or a network"),
        ("region: XX", "expected a region of two letters"),
        ("sip: {defence: {ban: never}}", "ban"),
        ('sip: {server_name: "a\\r\\nEvil: b"}', "server_name"),
    ],
)
def test_mistakes_about_trunks_are_told(tmp_path: Path, line: str, problem: str) -> None:
    [found] = mistakes(folder(tmp_path, SETTINGS + line + "\n"))
    assert problem in found


def test_a_codec_is_named_once_and_known(tmp_path: Path) -> None:
    configuration = load_configuration(folder(tmp_path, SETTINGS + "media: {codecs: [PCMA, G722]}\n"), {})
    assert configuration.settings.media.codecs == ("PCMA", "G722")
    found = mistakes(folder(tmp_path, SETTINGS + "media: {codecs: [PCMA, PCMA]}\n"))
    assert len(found) == 1
    assert "a codec is named twice" in found[0]
    assert len(mistakes(folder(tmp_path, SETTINGS + "media: {codecs: [G729]}\n"))) == 1
