"""The HTTP and WebSocket server over the running system.

Owns: the routes (`create_app`) and the listening socket (`ApiServer`). Must not know how the system works,
only the `System` protocol. The composition root runs it inside its own event loop: no signal handlers, no
access log.

    GET /v1/health            that it answers
    GET /v1/snapshot          the whole state now
    GET /v1/alerts            what supervisors should know
    GET /v1/calls             the newest calls, live ones included
    GET /v1/calls/{id}        everything that happened to one call
    GET /v1/recordings        the newest recordings
    WS  /v1/stream            a snapshot, then changes as they happen
    /v1/flows, /v1/agents/{id}/{action}, /v1/callbacks: see `flow_routes`, `agent_routes`, `callback_routes`
    /v1/config/apply: see `config_routes`
    /v1/calls/{id}/supervise, parties, announce: see `supervision_routes`, `party_routes`
    /v1/mailboxes, /v1/voicemail/{id}: see `voicemail_routes`
    /v1/trunks, /v1/sip, /v1/calls/{id}/sip: see `sip_routes`

There are no users and passwords yet: it listens on loopback unless told otherwise, and on loopback it answers
only to loopback's names, so that no web page can reach it through a name of its own (DNS rebinding).
"""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Annotated

import uvicorn
from fastapi import FastAPI, HTTPException, Path, Query, Response, WebSocket
from starlette.middleware.trustedhost import TrustedHostMiddleware

from api.agent_routes import AgentSystem, add_agent_routes
from api.callback_routes import CallbackSystem, add_callback_routes
from api.config_routes import ConfigSystem, add_config_routes
from api.flow_routes import FlowSystem, add_flow_routes
from api.hub import INTERVAL_S, Hub
from api.party_routes import PartySystem, add_party_routes
from api.schema import AlertList, CallHistory, CallList, Health, RecordingList, Snapshot, View
from api.sip_routes import SipSystem, add_sip_routes
from api.stream import serve_reader
from api.supervision_routes import SupervisionSystem, add_supervision_routes
from api.system import System
from api.voicemail_routes import VoicemailSystem, add_voicemail_routes

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000
CLOSE_TIMEOUT_S = 3
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many, the newest first")]
CallId = Annotated[str, Path(min_length=1, max_length=256)]


def create_app(
    system: System,
    *,
    hub: Hub | None = None,
    allowed_hosts: Sequence[str] = ("*",),
    sip: SipSystem | None = None,
    flows: FlowSystem | None = None,
    agents: AgentSystem | None = None,
    callbacks: CallbackSystem | None = None,
    config: ConfigSystem | None = None,
    supervision: SupervisionSystem | None = None,
    parties: PartySystem | None = None,
    voicemail: VoicemailSystem | None = None,
) -> FastAPI:
    """The ASGI application over `system`; `allowed_hosts` are the names it answers to."""
    the_hub = hub or Hub(system)

    @asynccontextmanager
    async def watch(_: FastAPI) -> AsyncIterator[None]:
        looking = asyncio.create_task(the_hub.run())
        try:
            yield
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    app = FastAPI(title="Cordboard", version="1", lifespan=watch)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(allowed_hosts))
    _add_live_routes(app, system, the_hub)
    _add_record_routes(app, system)
    if sip is not None:
        add_sip_routes(app, sip)
    if flows is not None:
        add_flow_routes(app, flows)
    if agents is not None:
        add_agent_routes(app, agents)
    if callbacks is not None:
        add_callback_routes(app, callbacks)
    if config is not None:
        add_config_routes(app, config)
    if supervision is not None:
        add_supervision_routes(app, supervision)
    if parties is not None:
        add_party_routes(app, parties)
    if voicemail is not None:
        add_voicemail_routes(app, voicemail)
    return app


def _add_live_routes(app: FastAPI, system: System, hub: Hub) -> None:
    @app.get("/v1/health")
    async def health() -> Health:
        """Says that the server answers, and which one it is."""
        server = system.snapshot().server
        return Health(version=server.version, started_at=server.started_at, calls_now=server.calls_now)

    @app.get("/v1/snapshot", response_model=Snapshot)
    async def snapshot() -> Response:
        """The whole state now: server, queues, calls, agents."""
        return _json(system.snapshot())

    @app.get("/v1/alerts", response_model=AlertList)
    async def alerts() -> Response:
        """What supervisors should know, the newest last."""
        return _json(AlertList(alerts=system.snapshot().alerts))

    @app.websocket("/v1/stream")
    async def stream(websocket: WebSocket) -> None:
        await serve_reader(websocket, hub)


def _add_record_routes(app: FastAPI, system: System) -> None:
    @app.get("/v1/calls", response_model=CallList)
    async def calls(limit: Limit = DEFAULT_LIMIT) -> Response:
        """The newest calls, newest first, live ones included."""
        return _json(CallList(calls=tuple(await system.calls(limit))))

    @app.get("/v1/calls/{call_id}", response_model=CallHistory)
    async def call_history(call_id: CallId) -> Response:
        """Everything that happened to one call, oldest first."""
        history = await system.history(call_id)
        if history is None:
            raise HTTPException(404, f"no call {call_id!r}")
        return _json(history)

    @app.get("/v1/recordings", response_model=RecordingList)
    async def recordings(limit: Limit = DEFAULT_LIMIT) -> Response:
        """The newest finished recordings, newest first."""
        return _json(RecordingList(recordings=tuple(await system.recordings(limit))))


def _json(view: View) -> Response:
    """The view as it is: it has been validated when it was made."""
    return Response(view.model_dump_json(), media_type="application/json")


class ApiServer:
    """The API listening on one address, inside the caller's event loop."""

    def __init__(
        self,
        system: System,
        host: str = "127.0.0.1",
        port: int = 8080,
        *,
        interval_s: float = INTERVAL_S,
        sip: SipSystem | None = None,
        flows: FlowSystem | None = None,
        agents: AgentSystem | None = None,
        callbacks: CallbackSystem | None = None,
        config: ConfigSystem | None = None,
        supervision: SupervisionSystem | None = None,
        parties: PartySystem | None = None,
        voicemail: VoicemailSystem | None = None,
    ) -> None:
        self._host = host
        self._port = port
        names = LOOPBACK_NAMES if _is_loopback(host) else ("*",)
        self._app = create_app(
            system,
            hub=Hub(system, interval_s=interval_s),
            allowed_hosts=names,
            sip=sip,
            flows=flows,
            agents=agents,
            callbacks=callbacks,
            config=config,
            supervision=supervision,
            parties=parties,
            voicemail=voicemail,
        )
        self._server: _EmbeddedServer | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port it listens on; after `start`, the real one where 0 was asked for."""
        return self._port

    async def start(self) -> None:
        """Listens and serves; a port that is taken raises OSError as the operating system gave it."""
        listener = _listen(self._host, self._port)
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            log_config=None,
            log_level="warning",
            access_log=False,
            lifespan="on",
            ws_per_message_deflate=False,  # the event loop is signalling's: bytes are cheaper than its time
            timeout_graceful_shutdown=CLOSE_TIMEOUT_S,
        )
        self._server = _EmbeddedServer(config)
        self._serving = asyncio.create_task(self._server.serve([listener]), name="api")
        started = asyncio.create_task(self._server.wait_started())
        await asyncio.wait({self._serving, started}, return_when=asyncio.FIRST_COMPLETED)
        if self._serving.done():
            started.cancel()
            listener.close()
            self._serving.result()
            raise RuntimeError("the API ended while it was starting")

    async def close(self) -> None:
        """Closes every connection and stops listening; harmless twice, or before `start`."""
        if self._server is None or self._serving is None:
            return
        self._server.should_exit = True
        await self._serving
        self._server = self._serving = None


class _EmbeddedServer(uvicorn.Server):
    """uvicorn as a guest: signals belong to the host process."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._is_started = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._is_started.set()

    async def wait_started(self) -> None:
        """Returns when connections are accepted."""
        await self._is_started.wait()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def _listen(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
