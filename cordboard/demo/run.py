"""A demo: a server, the crowd and a pyVoIP caller beside it, each a process; then the result, or the console.

The order is the point: the server must answer before people come, agents must be on duty before callers dial,
people must leave before the server ends, and recordings must be files before anybody counts them.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from cordboard.config import load_configuration
from cordboard.demo.children import Child
from cordboard.demo.crowd import ON_DUTY
from cordboard.demo.options import DemoFailed, DemoOptions, DemoResult
from cordboard.demo.results import ServerApi, read_result
from cordboard.demo.voices import CALLER_WAV
from cordboard.directory import PASSWORDS_FILE

__all__ = ["DemoFailed", "DemoOptions", "DemoResult", "run_demo", "run_demo_with_console"]

HOST = "127.0.0.1"
SERVE = """
from cordboard.cli import main
from cordboard.demo.children import end_with_parent
end_with_parent()
main()
"""
START_WITHIN_S = 45.0
LEAVE_WITHIN_S = 15.0
STOP_WITHIN_S = 30.0
LAST_CALLERS_S = 14.0
"""How long those who came last may still wait and talk; after that everybody is told to leave."""
PYVOIP_KEYS = "4.0:1"
PYVOIP_TALK_AFTER_S, PYVOIP_TALK_S = 5.0, 14.0


@dataclass(slots=True)
class Centre:
    """A running demo: where its server is, and its processes."""

    folder: Path
    sip_port: int
    http_port: int
    api: ServerApi
    people: list[Child] = field(default_factory=list)

    @property
    def url(self) -> str:
        """For the console."""
        return f"http://{HOST}:{self.http_port}"


async def run_demo(options: DemoOptions) -> DemoResult:
    """Let people come for `options.seconds`, and say what the server made of them."""
    async with _server(options) as centre:
        async with _people(centre, options, options.seconds):
            await _last_caller_has_gone(centre, options.seconds)
        await _until_idle(centre.api)
        return await read_result(centre.api)


def run_demo_with_console(options: DemoOptions) -> None:
    """The same behind the supervisor's console, until that is closed."""
    asyncio.run(_with_console(options))


async def _with_console(options: DemoOptions) -> None:
    from tui.app import CordboardConsole  # noqa: PLC0415 - a demo without a terminal does without Textual

    sys.stderr.write("Starting a server, agents and callers; the console follows.\n")
    async with _server(options) as centre, _people(centre, options, None):
        await CordboardConsole(centre.url).run_async()
        sys.stderr.write(f"Ending. Recordings, journal and logs stay in {centre.folder}\n")


@contextlib.asynccontextmanager
async def _server(options: DemoOptions) -> AsyncIterator[Centre]:
    """A server on free ports, ready; ended at the end."""
    folder = options.data or Path(tempfile.mkdtemp(prefix="cordboard-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    sip_port, http_port = _free_port(), _free_port()
    program = [sys.executable, "-c", SERVE, "serve", "--config", str(options.config)]
    ports = ["--host", HOST, "--sip-port", str(sip_port), "--http-port", str(http_port)]
    server = await Child.start("server", [*program, *ports, "--data", str(folder)], folder / "server.log")
    api = ServerApi(http_port)
    try:
        await _until_ready(server, api)
        yield Centre(folder, sip_port, http_port, api)
    finally:
        await api.close()
        await server.end(STOP_WITHIN_S)


async def _until_ready(server: Child, api: ServerApi) -> None:
    deadline = asyncio.get_running_loop().time() + START_WITHIN_S
    while not await api.healthy():
        if server.exit_code is not None:
            raise DemoFailed(f"the server ended: {server.last_words()}")
        if asyncio.get_running_loop().time() > deadline:
            raise DemoFailed(f"the server does not answer; its log is {server.log}")
        await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def _people(centre: Centre, options: DemoOptions, seconds: float | None) -> AsyncIterator[None]:
    """Agents on duty and callers on their way; all of them gone at the end."""
    try:
        crowd = await _start_crowd(centre, options, seconds)
        centre.people.append(crowd)
        await _until_on_duty(crowd)
        pyvoip = await _start_pyvoip(centre, options)
        if pyvoip is not None:
            centre.people.append(pyvoip)
        yield
    finally:
        await asyncio.gather(*(child.end(LEAVE_WITHIN_S) for child in centre.people))


async def _start_crowd(centre: Centre, options: DemoOptions, seconds: float | None) -> Child:
    passwords = centre.folder / "demo-passwords.json"
    passwords.touch(mode=0o600)
    passwords.write_text(json.dumps(_agents_passwords(options.config, centre.folder)))
    command = [sys.executable, "-m", "cordboard.demo.crowd"]
    command += ["--server", f"{HOST}:{centre.sip_port}", "--number", options.number]
    command += ["--passwords", str(passwords), "--voices", str(_voices(centre))]
    command += ["--seed", str(options.seed)]
    for supervisor in _supervisors(options.config):
        command += ["--supervisor", supervisor]
    if seconds is not None:
        command += ["--seconds", str(seconds)]
    return await Child.start("people", command, centre.folder / "people.log")


def _agents_passwords(config: Path, data: Path) -> dict[str, str]:
    """As the server has them: from the configuration, or made up by it and kept in its data folder."""
    agents = load_configuration(config).settings.agents
    path = data / PASSWORDS_FILE
    made_up: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return {name: agent.password or made_up[name] for name, agent in agents.items()}


def _supervisors(config: Path) -> list[str]:
    agents = load_configuration(config).settings.agents
    return [name for name, agent in agents.items() if agent.role == "supervisor"]


def _voices(centre: Centre) -> Path:
    return centre.folder / "demo-voices"


async def _until_on_duty(crowd: Child) -> None:
    deadline = asyncio.get_running_loop().time() + START_WITHIN_S
    while ON_DUTY not in crowd.log.read_text(errors="replace"):
        if crowd.exit_code is not None:
            raise DemoFailed(f"the simulated people ended: {crowd.last_words()}")
        if asyncio.get_running_loop().time() > deadline:
            raise DemoFailed(f"the agents do not come on duty; their log is {crowd.log}")
        await asyncio.sleep(0.1)


async def _start_pyvoip(centre: Centre, options: DemoOptions) -> Child | None:
    """One caller whose phone is somebody else's, if it is installed."""
    if importlib.util.find_spec("pyVoIP") is None:
        sys.stderr.write("pyVoIP is not installed, so no caller uses it: pip install 'cordboard[phones]'\n")
        return None
    low = _free_port()
    command = [sys.executable, "-m", "cordboard.demo.pyvoip_phone"]
    command += ["--server", f"{HOST}:{centre.sip_port}", "--number", options.number, "--user", "pyvoip"]
    command += ["--local-port", str(_free_port()), "--rtp-ports", f"{low}-{low + 20}", "--keys", PYVOIP_KEYS]
    command += ["--talk-after", str(PYVOIP_TALK_AFTER_S), "--talk", str(PYVOIP_TALK_S)]
    command += ["--end-with-parent", "--speech", str(_voices(centre) / CALLER_WAV)]
    return await Child.start("pyVoIP", command, centre.folder / "pyvoip.log")


async def _last_caller_has_gone(centre: Centre, seconds: float) -> None:
    """Wait for the people to end by themselves; who is still there after that is asked to leave."""
    patience = asyncio.get_running_loop().time() + seconds + LAST_CALLERS_S
    for child in centre.people:
        await child.wait(max(0.0, patience - asyncio.get_running_loop().time()))


async def _until_idle(api: ServerApi) -> None:
    deadline = asyncio.get_running_loop().time() + LEAVE_WITHIN_S
    while await api.calls_now():
        if asyncio.get_running_loop().time() > deadline:
            raise DemoFailed("calls are left though everybody has hung up")
        await asyncio.sleep(0.1)


def _free_port() -> int:
    """A port free for UDP and TCP on loopback at this moment."""
    while True:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stream,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram,
        ):
            stream.bind((HOST, 0))
            port: int = stream.getsockname()[1]
            try:
                datagram.bind((HOST, port))
            except OSError:
                continue
            return port
