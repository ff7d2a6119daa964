"""`cordboard serve`: run a contact centre until Ctrl-C."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cordboard.cli.output import DataOption, fail, refuse

if TYPE_CHECKING:
    from cordboard.config import Configuration
    from cordboard.server import Server
    from telephony.sip.listeners import Listener

LISTENER_NAMES = {"udp": "UDP", "tcp": "TCP", "tls": "TLS", "ws": "WebSocket", "wss": "WebSocket, TLS"}

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", help="Folder with cordboard.yaml and the flows.")
]


def serve(
    config: ConfigOption = Path("callflows/examples/acme"),
    data: DataOption = Path("data"),
    sip_port: Annotated[
        int | None, typer.Option(help="UDP and TCP port for SIP; 0 takes a free one.")
    ] = None,
    http_port: Annotated[int | None, typer.Option(help="Port of the API; 0 takes a free one.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on for SIP and audio.")] = None,
    define: Annotated[
        list[str] | None,
        typer.Option("--define", "-D", metavar="NAME=VALUE", help="Fill in ${NAME} in cordboard.yaml."),
    ] = None,
) -> None:
    """Run a contact centre until Ctrl-C, which hangs up its calls and closes its recordings."""
    from cordboard.logs import configure_logs

    configuration = read_configuration(config, define or [])
    settings = configuration.settings
    changes = {"host": host, "port": sip_port}
    sip = settings.sip.model_copy(update={key: value for key, value in changes.items() if value is not None})
    http = settings.http if http_port is None else settings.http.model_copy(update={"port": http_port})
    settings = settings.model_copy(update={"sip": sip, "http": http})
    configure_logs(settings.log)
    run_server(configuration.with_settings(settings), data)


def read_configuration(folder: Path, definitions: list[str]) -> Configuration:
    """Read a configuration folder, or list its mistakes and end."""
    from cordboard.config import ConfigurationProblems, load_configuration

    environment = dict(os.environ)
    for definition in definitions:
        name, equals, value = definition.partition("=")
        if not equals or not name:
            fail(f'--define expects NAME=VALUE, got "{definition}"')
        environment[name] = value
    try:
        return load_configuration(folder, environment)
    except ConfigurationProblems as error:
        refuse(error.problems)


def run_server(configuration: Configuration, data: Path) -> None:
    """Start a server, say how to use it, and run it until it is told to stop."""
    import uvloop

    from cordboard.folders import Folders
    from cordboard.server import CannotStart, Server

    folders = Folders(data.absolute())

    async def run() -> None:
        stopping = _stop_signal()
        server = Server(configuration, folders)
        try:
            await server.start()
            _calm_the_collector()
            print(welcome(server), flush=True)
            await stopping.wait()
            print("Ending: hanging up calls, closing recordings.", flush=True)
        finally:
            await server.close()

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run())
    except CannotStart as error:
        fail(str(error))


def _calm_the_collector() -> None:
    """Let the cyclic garbage collector leave alone what was loaded for good, and look less often at the rest.

    A call makes a few thousand objects that reference counting frees; a collection for each cost a fifth of all CPU.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _stop_signal() -> asyncio.Event:
    """Set by Ctrl-C or SIGTERM; a second one ends the program at once."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if stopping.is_set():
            os._exit(130)
        stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    return stopping


def further_listeners(listening: Sequence[Listener]) -> list[str]:
    """What is listened on beside the first UDP and TCP port, which the rest of the welcome names."""
    return [f"  {LISTENER_NAMES[each.transport]:<15} {str(each).partition(':')[2]}" for each in listening[2:]]


def welcome(server: Server) -> str:
    """What to dial, how to register an agent's phone, and how to open the console."""
    settings = server.configuration.settings
    host, port = server.public_host, server.endpoint.port
    lines = [f"Cordboard runs: {settings.name}", "", "Call it from a SIP phone:"]
    lines += [f"  sip:{number}@{host}:{port}   {flow}" for number, flow in settings.numbers.items()]
    if settings.agents:
        lines += ["", f"Register an agent's phone at {host}:{port} (UDP or TCP), any softphone will do:"]
        lines += [f"  user {agent:<12} password {server.passwords[agent]}" for agent in settings.agents]
    if more := further_listeners(server.endpoint.listening):
        lines += ["", "SIP is also taken on:", *more]
    if server.directory.static:
        lines += ["", f"{len(server.directory.static)} agents are on duty at fixed addresses."]
    program = "cordboard" if sys.prefix == sys.base_prefix else f"{Path(sys.prefix).name}/bin/cordboard"
    lines += [
        "",
        f"Open the console in another terminal:  {program} console --url http://{settings.http.host}:{server.api.port}",
        f"Recordings: {server.folders.recordings}   ({program} recordings list)",
        "Ctrl-C ends it.",
    ]
    return "\n".join(lines)
