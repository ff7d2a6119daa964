"""The reference pages that are made from the code, so that they cannot tell another story than it does.

`python -m cordboard.reference` writes docs/configuration.md; a test compares it with what is checked in.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from cordboard.agent_settings import AgentCodeSettings, AgentSettings, StaticAgents
from cordboard.config import (
    CordboardFile,
    DnsSettings,
    HttpSettings,
    MediaSettings,
    SipSettings,
    SpeechSettings,
    StreamSettings,
    TlsSettings,
)
from cordboard.defence_settings import DefenceSettings, OverloadSettings, TraceSettings
from cordboard.engine_settings import RtpengineSettings
from cordboard.flow_settings import FlowSettings, MailServer, WebSettings
from cordboard.queue_settings import OverflowSettings, QueueSettings, RungSettings
from cordboard.supervision_settings import SupervisionSettings
from cordboard.trunk_settings import CallerIdSettings, TrunkSettings
from cordboard.waiting_settings import AnnouncementSettings, CallbackSettings, QueueCallbackSettings

INTRODUCTION = """\
# Configuration

A configuration is a folder that holds `cordboard.yaml` and the call flows beside it, one YAML file each. The server
reads it at the start and lists every mistake with its line; `cordboard flow check FOLDER` does only that.

`${NAME}` and `${NAME:-default}` in a value are filled in from the environment, or by `--define NAME=VALUE` on the
command line. Values with a unit say it: `15s`, `1m30s`.

A complete example is [callflows/examples/acme/cordboard.yaml](../callflows/examples/acme/cordboard.yaml).
"""

SECTIONS: tuple[tuple[str, str, type[BaseModel]], ...] = (
    ("The file", "At the top level.", CordboardFile),
    ("sip", "Where phones and trunks reach the server.", SipSettings),
    ("tls", "Under `sip:`. Paths start at the configuration's folder.", TlsSettings),
    ("streams", "Under `sip:`. What a peer on TCP, TLS or WebSocket may take.", StreamSettings),
    ("dns", "Under `sip:`. How names in SIP addresses are found.", DnsSettings),
    ("sip: defence", "Whom the server listens to; see [security](security.md).", DefenceSettings),
    ("sip: overload", "When new calls are refused so that those in progress go on.", OverloadSettings),
    ("sip: trace", "What is kept of the messages for `cordboard sip trace`.", TraceSettings),
    ("trunks", "`trunks:` maps a trunk's name to these; see [trunks](trunks.md).", TrunkSettings),
    ("trunks: caller_id", "Who is shown as calling on a call out.", CallerIdSettings),
    ("media", "Audio; see [media](media.md).", MediaSettings),
    (
        "rtpengine",
        "Under `media:`, for `engine: rtpengine`; see [rtpengine](media.md#rtpengine).",
        RtpengineSettings,
    ),
    ("http", "Where the console and other programs reach the server.", HttpSettings),
    ("speech", "The built-in voice.", SpeechSettings),
    ("flows", "How changed flows go live, see [going live](flows/live.md).", FlowSettings),
    ("web", "Web services that flows ask.", WebSettings),
    ("mail", "Where `notify` leaves its mails; without it, flows can tell web addresses only.", MailServer),
    ("queues", "`queues:` maps a queue's id to these.", QueueSettings),
    (
        "queues: ladder",
        "A list of rungs under a queue. Where nobody at work could ever serve a caller, the next rung comes at once.",
        RungSettings,
    ),
    (
        "queues: overflow",
        "A list of rules under a queue: one condition and one place to go each, such as "
        "`{waited: 2m, queue: support}` or `{closed: true, branch: voicemail}`.",
        OverflowSettings,
    ),
    (
        "queues: announcements",
        "Under a queue; nothing is said without it. In the language of the call; see [waiting](acd.md#waiting).",
        AnnouncementSettings,
    ),
    ("queues: callbacks", "Under a queue; see [callbacks](acd.md#callbacks).", QueueCallbackSettings),
    ("callbacks", "What holds for callbacks of all queues.", CallbackSettings),
    (
        "agents",
        "`agents:` maps an agent's id, which is also the user name of their phone, to these. They are logged in when "
        "their phone registers and out when it takes that back; see [agents](acd.md#agents).",
        AgentSettings,
    ),
    (
        "supervision",
        "Who may listen to talks, whisper and barge in; see [supervision](supervision.md).",
        SupervisionSettings,
    ),
    (
        "static_agents",
        "`static_agents:` is a list of groups of agents at fixed addresses, who are always on duty.",
        StaticAgents,
    ),
    ("agent_codes", "What agents dial at their phones; see [agents](acd.md#agents).", AgentCodeSettings),
)


def configuration_page() -> str:
    """docs/configuration.md, from the models that check the file."""
    parts = [INTRODUCTION]
    for heading, text, model in SECTIONS:
        rows = [_row(field.alias or name, field) for name, field in model.model_fields.items()]
        table = ["| key | default | what it is |", "| --- | --- | --- |", *rows]
        parts.append(f"## {heading}\n\n{text}\n\n" + "\n".join(table) + "\n")
    return "\n".join(parts)


def _row(name: str, field: FieldInfo) -> str:
    return f"| `{name}` | {_default(name, field)} | {field.description or f'See [{name}](#{name}).'} |"


def _default(name: str, field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None or value is PydanticUndefined or isinstance(value, BaseModel) or value in ({}, ()):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple) and isinstance(value[0], str):
        return f"`[{', '.join(value)}]`"
    if isinstance(value, tuple):
        return f"`{value[0]}..{value[1]}`"
    if isinstance(value, float):
        return f"`{value:g}`" if name.endswith(("_per_second", "_factor")) else f"`{value:g}s`"
    return f"`{value}`"


if __name__ == "__main__":
    Path(__file__).parents[1].joinpath("docs", "configuration.md").write_text(configuration_page())
