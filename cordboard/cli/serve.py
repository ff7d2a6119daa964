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
    from cordboard.restart.control import Control
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
    check: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run a contact centre until Ctrl-C, which hangs up its calls and closes its recordings; `restart` does not."""
    from cordboard.logs import configure_logs

    configuration = read_configuration(config, define or [])
    if check is not None:
        _check_for_restart(check)
        return
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


def _check_for_restart(protocol: int) -> None:
    """What the next program says to the one that runs and would make room for it. The configuration was read."""
    from telephony.media.messages import PROTOCOL_VERSION

    if protocol != PROTOCOL_VERSION:
        fail(
            "the media workers that run are of another version, and calls cannot be kept: stop it and start anew"
        )


async def _objections() -> str:
    """Why this program, as it is on the disk now and with the configuration as it is now, should not take over; empty
    if nothing is in the way. It is asked itself: what is on the disk may be another version than what runs."""
    from telephony.media.messages import PROTOCOL_VERSION

    command = [*sys.orig_argv[1:], "--check", str(PROTOCOL_VERSION)]
    asked = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await asked.communicate()
    return "" if asked.returncode == 0 else said.decode(errors="replace").strip() or "it cannot be started"


def run_server(configuration: Configuration, data: Path) -> None:
    """Start a server, say how to use it, and run it until it is told to stop, or to begin anew."""
    import uvloop

    from cordboard.folders import Folders
    from cordboard.restart.control import Control, Taken
    from cordboard.server import CannotStart, Server

    folders = Folders(data.absolute())
    control = Control(folders.run)

    async def run() -> bool:
        told = Told()
        server = Server(configuration, folders)
        anew = False
        try:
            await server.start()
            _calm_the_collector()
            control.say_started()
            print(welcome(server), flush=True)
            anew = await _until_the_end(told, control)
            print(
                "Restarting; calls go on." if anew else "Ending: hanging up calls, closing recordings.",
                flush=True,
            )
        finally:
            await server.close(keep_calls=anew)
        return anew

    try:
        control.take()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            anew = runner.run(run())
    except (CannotStart, Taken) as error:
        fail(str(error))
    finally:
        control.give_up()
    if anew:
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)  # until the next program listens: it would end it
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


async def _until_the_end(told: Told, control: Control) -> bool:
    """Wait for a signal; True: begin anew, unless the next program has something against it."""
    while True:
        await told.event.wait()
        if told.to_stop:
            return False
        told.event.clear()
        problem = await _objections()
        if not problem and not told.to_stop:
            return True
        print(f"Not restarting:\n{problem}", file=sys.stderr, flush=True)
        control.say_refused(problem)


def _calm_the_collector() -> None:
    """Let the cyclic garbage collector leave alone what was loaded for good, and look less often at the rest.

    A call makes a few thousand objects that reference counting frees; a collection for each cost a fifth of all CPU.
    A look at the youngest takes about 5 ms, at those in the middle 0.1 s, at all of a busy server a few tenths of a
    second, in which nobody is answered: that one comes once in a hundred of the others.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 100)


class Told:
    """What signals say: stop (Ctrl-C or SIGTERM; a second one ends the program at once), or begin anew (SIGUSR2)."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self.to_stop = False
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop)
        loop.add_signal_handler(signal.SIGUSR2, self.event.set)

    def _stop(self) -> None:
        if self.to_stop:
            os._exit(130)
        self.to_stop = True
        self.event.set()


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
