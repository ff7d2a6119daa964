"""The configuration: one folder with `cordboard.yaml` and the call flows beside it.

Data flow: folder -> text with `${NAME:-default}` filled in from the environment -> checked models -> `Configuration`.
Every mistake in every file is collected, with line and column, before anything is refused (`ConfigurationProblems`).
Units are said in the values (`ring_timeout: 15s`) and are seconds in the models.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from callflows.flow import Flow, FlowProblems, Known
from callflows.source import Document, Problem, load_document, validate
from callflows.values import Duration
from cordboard.agent_settings import AgentCodeSettings, AgentLogin, AgentSettings, StaticAgents
from cordboard.cross_check import cross_check, known_names
from cordboard.defence_settings import DefenceSettings, OverloadSettings, TraceSettings
from cordboard.engine_check import engine_check
from cordboard.engine_settings import Engine, RtpengineSettings
from cordboard.environment import fill_in
from cordboard.flow_folder import FILE_NAME, flow_names, load_flows
from cordboard.flow_settings import FlowSettings, MailServer, WebSettings
from cordboard.queue_settings import QueueSettings
from cordboard.setting import Region, Settings
from cordboard.supervision_settings import SupervisionSettings
from cordboard.trunk_settings import TrunkSettings
from cordboard.waiting_settings import CallbackSettings
from telephony.calls.terms import CODECS, IceUse, SrtpUse
from telephony.media.messages import Codec
from telephony.sip.address import SECURE
from telephony.sip.listeners import Listener
from telephony.sip.location.records import server_address


def _port_range(value: object) -> object:
    """`10000..19999` as a pair."""
    if isinstance(value, str):
        low, dots, high = value.partition("..")
        if dots and low.strip().isdigit() and high.strip().isdigit() and int(low) < int(high) <= 65535:
            return (int(low), int(high))
        raise ValueError(f'expected a range of ports such as "10000..19999", got "{value}"')
    return value


def _listener(value: object) -> object:
    """`tls:0.0.0.0:5061` as a listener."""
    return Listener.parse(value) if isinstance(value, str) else value


def _name_server(value: str) -> str:
    """A name server's address, checked."""
    server_address(value)
    return value


NameServer = Annotated[str, AfterValidator(_name_server)]
ListenerText = Annotated[Listener, BeforeValidator(_listener)]
PortRange = Annotated[tuple[int, int], BeforeValidator(_port_range)]
Port = Annotated[int, Field(ge=0, le=65535)]


class TlsSettings(Settings):
    """TLS for SIP."""

    certificate: Path | None = Field(
        None, description="PEM file of the server's certificate and its chain; read again when it changes."
    )
    key: Path | None = Field(None, description="PEM file of its key; the certificate's file, if not given.")
    authorities: Path | None = Field(
        None, description="PEM file of the authorities to believe; the system's, if not given."
    )
    verify_servers: bool = Field(
        True, description="Whether servers that we connect to must have a certificate for their name."
    )
    verify_clients: bool = Field(
        False, description="Whether whoever connects must show a certificate of those authorities."
    )


class StreamSettings(Settings):
    """What a peer on TCP, TLS or WebSocket may take."""

    message_size: int = Field(65536, ge=4096, le=1_048_576, description="Largest message in bytes.")
    header_fields: int = Field(200, ge=20, le=2000, description="Most header fields in a message.")
    connections: int = Field(10_000, ge=1, description="Most connections at a time.")
    connections_per_source: int = Field(200, ge=1, description="Most connections from one address.")
    idle_timeout: Duration = Field(
        600.0, description="A silent connection without a registration or a call is closed after this."
    )
    partial_timeout: Duration = Field(
        30.0, description="A message, or a WebSocket handshake, must be complete within this."
    )
    handshake_timeout: Duration = Field(10.0, description="A TLS handshake must be complete within this.")
    connect_timeout: Duration = Field(5.0, description="A connection of ours must stand within this.")


class DnsSettings(Settings):
    """How names in SIP addresses are found (RFC 3263)."""

    servers: tuple[NameServer, ...] = Field(
        (), description="Name servers, `ADDRESS` or `ADDRESS:PORT`; the system's, if none is given."
    )
    timeout: Duration = Field(5.0, description="A question is given up after this.")


class SipSettings(Settings):
    """Where phones and trunks reach the server."""

    host: str = Field(
        "0.0.0.0", description="Address to listen on; 0.0.0.0 is every IPv4 address of the machine."
    )
    port: Port = Field(5060, description="UDP and TCP port; 0 takes a free one.")
    listen: tuple[ListenerText, ...] = Field(
        (),
        description="More to listen on: `udp`, `tcp`, `tls`, `ws` or `wss`, then `:ADDRESS:PORT`, "
        "IPv6 addresses in brackets; for example `tls:0.0.0.0:5061`.",
    )
    realm: str = Field("cordboard", description="The realm that phones are asked a password for.")
    advertise: str | None = Field(None, description="The address that peers outside should use, behind NAT.")
    server_name: Annotated[str, Field(pattern=r"^[\x21-\x7e][\x20-\x7e]*$")] | None = Field(
        None, description="What Server and User-Agent say; the program and its version, if not given."
    )
    digests: tuple[Literal["SHA-256", "MD5"], ...] = Field(
        ("SHA-256", "MD5"),
        min_length=1,
        description="Digest algorithms offered to phones, the preferred first.",
    )
    calls_from: Literal["anyone", "trunks"] = Field(
        "anyone", description="Whose calls are taken; others hear that the number does not exist."
    )
    defence: DefenceSettings = Field(
        default_factory=DefenceSettings, description="See [sip: defence](#sip-defence)."
    )
    overload: OverloadSettings = Field(
        default_factory=OverloadSettings, description="See [sip: overload](#sip-overload)."
    )
    trace: TraceSettings = Field(default_factory=TraceSettings, description="See [sip: trace](#sip-trace).")
    tls: TlsSettings = TlsSettings()
    streams: StreamSettings = StreamSettings()
    dns: DnsSettings = DnsSettings()
    largest_datagram: int = Field(
        1300,
        ge=0,
        le=65_000,
        description="Requests larger than this go by TCP instead of UDP; 0 for never.",
    )
    keep_alive: Duration = Field(
        25.0, description="How often phones behind NAT on UDP are sent a keep-alive; 0s for never."
    )

    @model_validator(mode="after")
    def _has_a_certificate(self) -> SipSettings:
        if self.tls.certificate is None:
            for each in self.listen:
                if each.transport in SECURE:
                    raise ValueError(f"{each} needs tls: certificate; `cordboard cert` makes one for trying")
        return self


class MediaSettings(Settings):
    """Audio."""

    engine: Engine = Field(
        "workers",
        description="Who carries it: our own `workers`, or an `rtpengine` that runs on this machine.",
    )
    rtpengine: RtpengineSettings = RtpengineSettings()
    ports: PortRange = Field((10000, 19999), description="UDP ports for RTP and RTCP; not of rtpengine's.")
    workers: int | None = Field(
        None, ge=1, le=64, description="Media processes; by default one per spare core."
    )
    rtp_timeout: Duration = Field(30.0, description="A talk without a packet for so long is over.")
    codecs: tuple[Codec, ...] = Field(
        CODECS, min_length=1, description="Codecs that are agreed on, the preferred first."
    )
    srtp: SrtpUse = Field(
        "off",
        description="Encrypted audio (SRTP): `offered` takes it where the other side can, keys by SDES or DTLS; "
        "`required` takes nothing else, and only over TLS or WSS; `dtls` takes only audio with keys by DTLS.",
    )
    ice: IceUse = Field(
        "off",
        description="ICE (the lite half, RFC 8445), for phones that find their way by it: `answered` where they offer "
        "it, `offered` in our offers too.",
    )

    @field_validator("codecs")
    @classmethod
    def _each_once(cls, codecs: tuple[Codec, ...]) -> tuple[Codec, ...]:
        if len(set(codecs)) != len(codecs):
            raise ValueError("a codec is named twice")
        return codecs


class HttpSettings(Settings):
    """Where the console and other programs reach the server."""

    host: str = Field(
        "127.0.0.1", description="Address to listen on. The API has no login yet: keep it local."
    )
    port: Port = Field(8080, description="TCP port; 0 takes a free one.")


class SpeechSettings(Settings):
    """The built-in voice."""

    language: str = Field("en-gb", description="The voice's language, as espeak-ng names it.")


class CordboardFile(Settings):
    """`cordboard.yaml`."""

    name: str = Field("Cordboard", description="The contact centre's name, as the console shows it.")
    sip: SipSettings = SipSettings()
    media: MediaSettings = MediaSettings()
    http: HttpSettings = HttpSettings()
    speech: SpeechSettings = SpeechSettings()
    flows: FlowSettings = FlowSettings()
    web: WebSettings = WebSettings()
    mail: MailServer | None = None
    region: Region | None = Field(
        None, description="Whose national numbers those without a country code are, such as `GB`."
    )
    numbers: dict[str, str] = Field(
        description="Dialled number, name or prefix (`+4420*`, `*`) -> the flow that answers.", min_length=1
    )
    trunks: dict[str, TrunkSettings] = Field(default_factory=dict)
    queues: dict[str, QueueSettings] = Field(default_factory=dict)
    agents: dict[str, AgentSettings] = Field(default_factory=dict)
    static_agents: tuple[StaticAgents, ...] = ()
    agent_login: AgentLogin = Field(
        AgentLogin.REGISTRATION,
        description="What brings agents to work: `registration` of their phone, or only a `code` they dial, the API, "
        "the console, their shift.",
    )
    agent_codes: AgentCodeSettings = AgentCodeSettings()
    unreachable_timeout: Duration = Field(
        1800.0, gt=0, description="Agents whose phone has been gone for so long are logged out."
    )
    callbacks: CallbackSettings = CallbackSettings()
    supervision: SupervisionSettings = SupervisionSettings()
    max_missed: int = Field(
        3, ge=0, description="So many offers missed in a row pause an agent; 0 for never."
    )
    priority_step: Duration | None = Field(
        None,
        description="So much waiting is worth a step of priority, so that nobody starves; strict, if not given.",
    )
    log: Literal["debug", "info", "warning", "error"] = "info"


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a server runs on: the checked file, the flows by name, and the folder they came from."""

    folder: Path
    settings: CordboardFile
    flows: Mapping[str, Flow]
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    """What `${NAME}` was filled in from, so that the folder can be read again in the same way."""
    file: CordboardFile | None = None

    def with_settings(self, settings: CordboardFile) -> Configuration:
        """The same flows under other settings, say those of the command line."""
        return replace(self, settings=settings, file=self.written)

    @property
    def written(self) -> CordboardFile:
        """What the file says, whatever the command line said after it."""
        return self.settings if self.file is None else self.file


class ConfigurationProblems(Exception):
    """The configuration cannot be used; `problems` says everything that is wrong, in the order of the files."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems, key=lambda p: (str(p.path), p.line, p.column))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def load_configuration(folder: Path, environment: Mapping[str, str] = os.environ) -> Configuration:
    """Read and check a configuration folder; raises `ConfigurationProblems` with all of its mistakes."""
    path = folder / FILE_NAME
    if not path.is_file():
        hint = "a configuration is a folder that holds cordboard.yaml and the flows beside it"
        raise ConfigurationProblems([Problem(path, 1, 1, "", "there is no such file", hint)])
    document, problems = _read(path, environment)
    settings, more = validate(CordboardFile, document) if document is not None else (None, [])
    problems += more
    known = None
    if document is not None:
        known = known_names(document, flow_names(folder))
        problems += cross_check(document, known.flows)
    flows, more = load_flows(folder, known)
    problems += more
    if document is not None:
        problems += engine_check(document, flows.values())
    if problems or settings is None:
        raise ConfigurationProblems(problems)
    return Configuration(folder, settings, flows, environment)


def load_settings(path: Path, environment: Mapping[str, str] = os.environ) -> CordboardFile:
    """Of a configuration folder, or of a file like its `cordboard.yaml` alone, whose flows then do not matter.

    ConfigurationProblems: all mistakes in it.
    """
    if path.is_dir():
        return load_configuration(path, environment).settings
    document, problems = _read(path, environment)
    settings, more = validate(CordboardFile, document) if document is not None else (None, [])
    problems += more
    if document is not None:
        problems += cross_check(document, None)
    if problems or settings is None:
        raise ConfigurationProblems(problems)
    return settings


def known_in(folder: Path) -> Known:
    """The names that a flow of this folder may use; raises FlowProblems if cordboard.yaml cannot be read at all."""
    document = load_document(folder / FILE_NAME)
    return known_names(document, flow_names(folder))


def _read(path: Path, environment: Mapping[str, str]) -> tuple[Document | None, list[Problem]]:
    try:
        document = load_document(path)
    except FlowProblems as error:
        return None, list(error.problems)
    return fill_in(document, environment)
