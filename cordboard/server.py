"""The server: every room put together, started in order and ended in order.

Order up: journal, recordings, voice and prompts, media workers, SIP, API. Order down: no new calls, live calls hung up,
recordings made into files, then the rooms in reverse. Whatever cannot start raises `CannotStart` with one line that
says what to do about it.
"""

from __future__ import annotations

import asyncio
import errno
import random
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from api.server import ApiServer
from cordboard import __version__, sip_wiring, wiring
from cordboard.agent_codes import AgentCodes
from cordboard.agent_control import AgentControl
from cordboard.callback_view import CallbackViews
from cordboard.config import Configuration
from cordboard.config_view import ConfigViews
from cordboard.directory import Directory, load_passwords
from cordboard.floor_watch import FloorWatch
from cordboard.flow_versions import FlowVersions
from cordboard.flow_view import FlowViews
from cordboard.flow_watch import FlowWatch
from cordboard.folders import Folders
from cordboard.identity import new_id
from cordboard.instance import instance_urn
from cordboard.ladders import Ladders
from cordboard.live_configuration import LiveConfiguration
from cordboard.live_configuration import Rooms as ConfiguredRooms
from cordboard.live_flows import LiveFlows
from cordboard.mailbox_view import MailboxViews
from cordboard.message_waiting import MessageWaiting
from cordboard.opening_hours import OpeningHours
from cordboard.queue_settings import QueueSettings
from cordboard.quiet_hours import RingingHours
from cordboard.recorder import Recorder
from cordboard.restart.kept_router import KeptRouter
from cordboard.restart.restarts import Restarts
from cordboard.restart.revival import Rooms
from cordboard.routing import Conditions
from cordboard.shifts import Shifts
from cordboard.sip_view import SipView
from cordboard.supervision_codes import SupervisionCodes
from cordboard.switchboard import Switchboard
from cordboard.ticket_store import TicketStore
from cordboard.view import SystemView
from ivr.blocks.connect import RINGING
from ivr.drivers.desk import Drivers
from ivr.drivers.ears import Ears
from ivr.drivers.facts import Facts
from ivr.drivers.mailboxes import MailboxDriver
from ivr.drivers.messages import MessageRecorder
from ivr.drivers.notices import Notices
from ivr.drivers.tables import Tables
from ivr.drivers.web import WebDriver
from ivr.effects import AudioFile
from ivr.listening import PocketsphinxRecognizer
from ivr.prompts import PromptLibrary
from ivr.speech import EspeakEngine
from journal.journal import Journal
from recordings.mailboxes import MailboxStore
from recordings.store import RecordingStore
from telephony.calls.exchange import Exchange, ExchangeListeners
from telephony.calls.trunks.desk import TrunkDesk
from telephony.calls.trunks.fleet import Fleet
from telephony.media.decoding import WIDE
from telephony.media.errors import MediaError
from telephony.sip.defence.sources import Ban, Offence
from telephony.sip.endpoint import SipEndpoint
from telephony.sip.event_packages import DialogInfo
from telephony.sip.events import BindingsChanged
from telephony.sip.location.dns import DnsConfig
from telephony.sip.trace import SipTrace
from telephony.sip.user_agent import UserAgent

log = structlog.get_logger(__name__)

WATCH_MEDIA_EVERY_S = 2.0


def new_password() -> str:
    """For an agent's phone, where the configuration gives none."""
    return secrets.token_urlsafe(9)


class CannotStart(Exception):
    """The server cannot start; the text says why and what to do."""


class Server:
    """A running contact centre. `start` and `close` are called once each."""

    exchange: Exchange

    def __init__(self, configuration: Configuration, folders: Folders) -> None:
        settings = configuration.settings
        self.configuration = configuration
        self.folders = folders
        folders.make()
        self.public_host = settings.sip.advertise or wiring.public_host(settings.sip.host)
        self._build_stores()
        self._build_router()
        self._build_flows()
        self._build_switchboard()
        self._build_sip()
        self._build_exchange()
        self._build_views()
        self._background: list[asyncio.Task[None]] = []

    def _build_stores(self) -> None:
        settings, folders = self.configuration.settings, self.folders
        self.passwords = load_passwords(settings, folders.data, new_password)
        self.journal = Journal(folders.database)
        self.recordings = RecordingStore(folders.recordings, folders.database)
        self.directory = Directory(settings, self.passwords)
        self.tickets = TicketStore(folders.database, wiring.utc_offset_s)
        self.restarts = Restarts(folders.database, folders.live_key, self.journal)
        self.trace = SipTrace(settings.sip.trace.megabytes * 1024 * 1024)
        self.ladders = Ladders(self.trace, settings.sip.trace.calls)

    def _build_router(self) -> None:
        settings = self.configuration.settings
        self.router = KeptRouter(
            wiring.queues(settings),
            list(self.directory.agents.values()),
            new_id=new_id,
            policy=wiring.policy(settings),
            now=time.monotonic(),
            random=random.random,
            evaluate=Conditions(),
            calendar=RingingHours(settings.callbacks.hours, wiring.utc_offset_s),
        )
        self.hours = OpeningHours({q: s.hours for q, s in settings.queues.items() if s.hours is not None})
        self.shifts = Shifts({a: s.shift for a, s in settings.agents.items() if s.shift is not None})

    def _build_flows(self) -> None:
        settings, folders = self.configuration.settings, self.folders
        wide = bool(WIDE.intersection(settings.media.codecs))
        self.prompts = PromptLibrary(folders.prompts, EspeakEngine(), wide=wide)
        self.recorder = Recorder(folders.spools, self.recordings, self.journal, new_id=new_id)
        self.mailboxes = MailboxDriver(MailboxStore(folders.database), self.journal)
        self.drivers = Drivers(
            WebDriver(follow_redirects=settings.web.follow_redirects),
            Tables(),
            Facts(folders.database),
            Notices(wiring.mail(settings)),
            MessageRecorder(folders.spools, self.recordings, self.journal, self.mailboxes, new_id=new_id),
            self.mailboxes,
            Ears(PocketsphinxRecognizer() if PocketsphinxRecognizer.installed() else None),
        )
        self.flow_versions = FlowVersions(folders.database)
        self.flows = LiveFlows(
            self.configuration,
            self.flow_versions,
            self.prompts,
            self.journal,
            lambda flow: self.switchboard.calls_in(flow),  # noqa: PLW0108 - it is made below
        )

    def _build_switchboard(self) -> None:
        self.switchboard = Switchboard(
            self.configuration,
            self.router,
            self.directory,
            self.recorder,
            self.prompts,
            self.drivers,
            self.journal,
            flows=self.flows,
            keeper=self.restarts.calls,
            new_id=new_id,
            ladders=self.ladders,
            on_unknown_number=lambda leg: self._on_unknown_number(leg.peer_host),
            publish=self._publish,
        )
        self.agent_control = AgentControl(self.router, self.directory, self.switchboard.feed)
        self.agent_codes = AgentCodes(
            self.switchboard.settings,
            self.directory,
            self.agent_control,
            self.switchboard.feed,
            self.prompts,
            self.journal,
        )
        self.switchboard.leg_takers.append(self.agent_codes.take)
        self.floor_watch = FloorWatch(self.router, self.switchboard, self.directory, self.switchboard.alerts)
        self.callbacks = self.switchboard.keep_callbacks(self.tickets)

    def _build_views(self) -> None:
        settings = self.configuration.settings
        self.view = SystemView(
            settings.name,
            lambda: self.sip_address,
            self.switchboard,
            self.router,
            self.directory,
            self.journal,
            self.recordings,
        )
        self.sip_view = SipView(
            self.trunks.fleet, self.gate, self.user_agent.counters, self.trace, self.ladders, self.journal
        )
        self.api = ApiServer(
            self.view,
            settings.http.host,
            settings.http.port,
            sip=self.sip_view,
            flows=FlowViews(self.flows),
            agents=self.agent_control,
            callbacks=CallbackViews(self.callbacks, self.router, wiring.utc_offset_s),
            config=ConfigViews(self._live_configuration(), self.switchboard.calls),
            supervision=self.switchboard.supervision,
            parties=self.switchboard.third_parties,
            voicemail=MailboxViews(self.mailboxes),
        )

    def _build_sip(self) -> None:
        settings = self.configuration.settings
        self.user_agent = UserAgent(
            wiring.user_agent(settings, instance_urn(self.folders.instance)),
            credentials=self.directory,
            new_id=new_id,
        )
        self.gate = sip_wiring.gate(settings, wiring.server_name(settings))
        self.gate.on_ban = self._on_ban
        self.endpoint = SipEndpoint(
            self.user_agent,
            lambda event: self.exchange.on_sip_event(event),  # noqa: PLW0108 - it is made below
            self.gate,
            self.trace,
            tls=wiring.tls_files(settings, self.configuration.folder),
            stream_limits=wiring.stream_limits(settings),
            advertise=settings.sip.advertise,
            dns=DnsConfig(settings.sip.dns.servers, settings.sip.dns.timeout),
        )
        self.trunks = TrunkDesk(
            Fleet(sip_wiring.trunks(settings), time.monotonic()),
            self.endpoint,
            region=settings.region,
            strangers=settings.sip.calls_from == "anyone",
            on_addresses=self._exempt_trunks,
            on_stranger=self._on_unknown_number,
        )

    def _build_exchange(self) -> None:
        settings = self.configuration.settings
        self.media = wiring.media_engine(
            settings,
            self.folders,
            lambda event: self.restarts.on_media_event(event, self.exchange.on_media_event),
        )
        self.exchange = Exchange(
            self.endpoint,
            self.media,
            ExchangeListeners(incoming=self.switchboard.on_incoming, bindings=self._on_bindings),
            new_id=new_id,
            advertised_host=settings.sip.advertise,
            lines=self.trunks,
            terms=wiring.media_terms(settings, self.folders.run),
        )
        self.switchboard.attach(self.exchange)
        self.agent_codes.attach(self.exchange)
        board = self.switchboard
        self.supervision_codes = SupervisionCodes(
            board.settings, board.calls, board.supervision, self.exchange.reject
        )
        board.leg_takers.append(self.supervision_codes.take)
        self.recorder.attach(self.exchange)
        self.drivers.messages.attach(self.exchange)
        self.prompts.recording_file = self.drivers.messages.file_of
        self.drivers.ears.attach(self.exchange)
        self.mailboxes.on_change = MessageWaiting(self.directory, self.endpoint).changed
        self.restarts.watch(self.user_agent, self.router, self.switchboard, self.recorder)

    @property
    def sip_address(self) -> str:
        """Where phones reach the server."""
        return f"{self.public_host}:{self.endpoint.port}"

    async def start(self) -> None:
        """Bring every room up; callers are taken from here on."""
        sip, http = self.configuration.settings.sip, self.configuration.settings.http
        with _reason("the prompts cannot be made"):
            await self._prepare_prompts()
            await self.flows.begin()
            await self.restarts.read(self.flow_versions, self.configuration.folder)
            self.callbacks.remember(await asyncio.to_thread(self.tickets.left))
        with _reason("the media engine cannot be started"):
            await self.media.start()
            legs = await self.media.list_legs()
        with _port_advice("SIP", sip.host, sip.port, "--sip-port"):
            await self.endpoint.start(sip.host, sip.port)
        await self._listen_on_more()
        self.restarts.take_up(legs, self._rooms())
        with _reason("the media workers do not answer"):
            await self.restarts.let_go(self.media, legs, self.exchange.on_media_event)
        await self.mailboxes.begin()
        self.trunks.start()
        with _port_advice("HTTP", http.host, http.port, "--http-port"):
            await self.api.start()
        self._background = [asyncio.create_task(self._watch_media()), asyncio.create_task(self._recover())]
        for agent_away in self.directory.away():
            self.switchboard.feed(agent_away)
        self.callbacks.restore()
        self._background.append(asyncio.create_task(self.hours.keep(self.switchboard.feed)))
        self._background.append(asyncio.create_task(self.floor_watch.run()))
        self._background.append(asyncio.create_task(self.shifts.keep(self.switchboard.feed)))
        if self.configuration.settings.flows.watch:
            watch = FlowWatch(self.configuration.folder, self.flows)
            self._background.append(asyncio.create_task(watch.run()))
        self.journal.append("server.started", version=__version__)
        self.restarts.tell()

    def _rooms(self) -> Rooms:
        return Rooms(
            self.endpoint,
            self.exchange,
            self.router,
            self.switchboard,
            self.directory,
            self.recorder,
            self.journal,
            self.flows,
            lambda queue: self.switchboard.settings.queues[queue].record,
        )

    async def _listen_on_more(self) -> None:
        for listener in self.configuration.settings.sip.listen:
            try:
                await self.endpoint.listen([listener])
            except OSError as error:
                raise CannotStart(
                    f"sip: listen: {listener} cannot be listened on: {error.strerror or error}"
                ) from error

    async def close(self, *, keep_calls: bool = False) -> None:
        """End it all, in order; calls are hung up and recordings closed. Also ends what `start` only half began.

        With `keep_calls` the media workers go on with them, and the next process takes them up.
        """
        for task in self._background:
            task.cancel()
        keep_calls = keep_calls or self.restarts.owes_calls
        if keep_calls:
            await self._leave()
        else:
            await self.switchboard.close()
            await self.agent_codes.close()
            self.supervision_codes.close()
            await self.exchange.close()
            await self.recorder.drain()
            await self.trunks.close()
            await self.drivers.close()
            await self.endpoint.close()
            await self.api.close()
        await self.media.close(stop_workers=not keep_calls)
        await self.prompts.close()
        await self.recordings.close()
        self.journal.append("server.stopped", calls_kept=len(self.switchboard.calls) if keep_calls else 0)
        await asyncio.to_thread(self.restarts.close)
        await asyncio.to_thread(self.tickets.close)
        await asyncio.to_thread(self.flow_versions.close)
        await asyncio.to_thread(self.journal.close)

    async def _prepare_prompts(self) -> None:
        for flow in self.configuration.flows.values():
            await self.prompts.prepare_flow(flow)
        for queue_id, queue in self.configuration.settings.queues.items():
            self.switchboard.music[queue_id] = await self._prepare_music(queue)
        self.switchboard.ring_backs.ringing_tone = [await self.prompts.prepare(each) for each in RINGING]

    async def _prepare_music(self, queue: QueueSettings) -> Path:
        if queue.music is None:
            return await self.prompts.music()
        return await self.prompts.prepare(AudioFile(self.configuration.folder / queue.music))

    def _live_configuration(self) -> LiveConfiguration:
        return LiveConfiguration(
            self.configuration,
            ConfiguredRooms(
                self.router,
                self.switchboard,
                self.directory,
                self.flows,
                self.hours,
                self.shifts,
                self.journal,
                lambda settings: load_passwords(settings, self.folders.data, new_password),
                self._prepare_music,
            ),
        )

    async def _leave(self) -> None:
        """Let go of everything but the calls; what is said last about them is what the next process goes on from."""
        await self.recorder.drain()
        await self.trunks.close(unregister=False)
        await self.api.close()
        await self.endpoint.close()
        self.switchboard.pause()
        self.restarts.leave()
        await self.drivers.leave()

    async def _watch_media(self) -> None:
        """Keep the worker's loss figure fresh for whoever looks."""
        while True:
            try:
                statistics = await self.media.statistics()
            except (TimeoutError, MediaError) as error:
                log.warning("media.no_statistics", why=str(error) or "no answer")
            else:
                self.view.packets_dropped = statistics.packets_dropped
            await asyncio.sleep(WATCH_MEDIA_EVERY_S)

    async def _recover(self) -> None:
        """Make files of the recordings that a crash left as spools."""
        running = [*self.recorder.running, *self.drivers.messages.running]
        recovery = await self.recordings.recover(self.folders.spools, running=running)
        for recording in recovery.recovered:
            log.info("recording.recovered", recording=recording.id, call=recording.call)
        await self.mailboxes.recover(recovery.recovered)
        for spool, why in recovery.failed:
            log.error("recording.not_recovered", spool=str(spool), why=why)

    def _on_ban(self, ban: Ban) -> None:
        log.warning("sip.banned", source=ban.source, why=ban.why.value, seconds=ban.until - ban.since)
        self.journal.append("sip.banned", source=ban.source, why=ban.why.value, seconds=ban.until - ban.since)

    def _on_unknown_number(self, host: str) -> None:
        self.gate.offence(host, Offence.UNKNOWN_NUMBER, time.monotonic())

    def _publish(self, agent: str, calls: DialogInfo) -> None:
        self.user_agent.publish(agent, calls, time.monotonic())
        self.endpoint.flush()

    def _exempt_trunks(self) -> None:
        """The trunks' names lead to addresses: those are trusted as the configured networks are."""
        resolved = frozenset(
            address for line in self.trunks.fleet.lines.values() for address in line.addresses
        )
        self.gate.sources.exempt(sip_wiring.exempt(self.configuration.settings, resolved))

    def _on_bindings(self, event: BindingsChanged) -> None:
        self.journal.append("agent.phone", agent=event.aor, contacts=[str(b.contact) for b in event.bindings])
        for change in self.directory.on_bindings(event):
            self.switchboard.feed(change)


@contextmanager
def _reason(what: str) -> Iterator[None]:
    """Say in one line what cannot be done and why."""
    try:
        yield
    except (OSError, ValueError, MediaError) as error:
        raise CannotStart(f"{what}: {str(error) or 'it took too long'}") from error


@contextmanager
def _port_advice(what: str, host: str, port: int, option: str) -> Iterator[None]:
    """Turn a port that cannot be had into one line that says which and what to do."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            advice = f"is used by another program; end that, or choose another port with {option} N"
        else:
            advice = f"cannot be listened on: {error.strerror or error}"
        raise CannotStart(f"{what} port {port} at {host} {advice}") from error
