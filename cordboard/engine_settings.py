"""`media: rtpengine:` in `cordboard.yaml`: an rtpengine of the operator's that carries the audio."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from cordboard.setting import Settings

Engine = Literal["workers", "rtpengine"]


def host_and_port(text: str) -> tuple[str, int]:
    """`127.0.0.1:2223` or `[::1]:2223` taken apart; ValueError if it is neither."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        port = ""
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f'expected an address and a port such as "127.0.0.1:2223", got "{text}"')
    return host, int(port)


def _checked(text: str) -> str:
    host_and_port(text)
    return text


HostAndPort = Annotated[str, AfterValidator(_checked)]


class RtpengineSettings(Settings):
    """Where rtpengine is, on this machine."""

    address: HostAndPort = Field("127.0.0.1:2223", description="Where it takes commands: its `listen-ng`.")
    digits: HostAndPort = Field(
        "127.0.0.1:2224",
        description="Where the server listens for the keys that callers press: its `dtmf-log-dest`.",
    )
    prompts: Path | None = Field(
        None,
        description="A folder for prompts that it can read; by default one in the data folder, which is private.",
    )
