"""The exchange: where a SIP session and a media leg become one line, and where lines are joined.

Data flow, one way:

    SIP event -> exchange -> leg changed -> LegEvent to the leg's listener
    command (answer, dial, play, bridge, hang up) -> media worker and user agent -> flush

Owns every live `Leg`, by its own id (the media worker's name for it) and by its session (the user agent's).
Must not know why a leg is answered or dialled. Media is opened before SIP says so, so no audio is ever promised that
nobody is there to hear; when a party hangs up while media is being opened, what was opened is closed again.
Offers are answered by the rules of RFC 3264 (`negotiation`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from telephony.calls import endings, negotiation
from telephony.calls.conferences import Conferences
from telephony.calls.dialling import NO_SECURE_WAY, Dial, Dialling
from telephony.calls.hearing import Hearing, event_of
from telephony.calls.holding import Holding
from telephony.calls.leg import (
    DigitWay,
    Leg,
    LegAnswered,
    LegConfirmed,
    LegDigit,
    LegEnded,
    LegEvent,
    LegPlaybackFinished,
    LegRinging,
    LegState,
    Outcome,
    Party,
    Termination,
    ignore,
)
from telephony.calls.lines import Lines, NoLines, TurnedAway
from telephony.calls.local_address import LocalAddresses
from telephony.calls.tasks import Tasks
from telephony.calls.terms import TERMS, MediaTerms
from telephony.calls.transfers import Transfers
from telephony.media.engine import MediaEngine
from telephony.media.errors import MediaError
from telephony.media.messages import (
    AnsweredBy,
    DigitReceived,
    EncryptionFailed,
    LegStatistics,
    PlaybackFinished,
    RemoteMedia,
    RtpTimeout,
    SilenceHeard,
    SpeechStarted,
    UtteranceHeard,
    WorkerLost,
)
from telephony.sip import events as sip
from telephony.sip.endpoint import SipEndpoint
from telephony.sip.errors import RemoteProtocolError
from telephony.sip.identity import caller_identity

log = structlog.get_logger(__name__)

MEDIA_DEADLINE_S = 5.0
"""How long a media worker may take to open or close a leg before the leg is given up."""


@dataclass(slots=True)
class ExchangeListeners:
    """Who hears of what does not belong to a leg that somebody owns already."""

    incoming: Callable[[Leg], None]
    bindings: Callable[[sip.BindingsChanged], None]
    released: Callable[[Leg, LegStatistics], None] | None = None
    """Gets what a leg sent and received, once its media is closed; asking for it costs an answer of the worker."""

    recording_closed: Callable[[str, str], None] = field(default=lambda _recording_id, _reason: None)


class Exchange:
    """Joins SIP and media into legs, and legs into talks.

    `advertised_host` is put into session descriptions instead of the address that the machine would use towards a
    peer (a public address in front of NAT); None lets the operating system's routing choose for each peer.
    """

    def __init__(
        self,
        endpoint: SipEndpoint,
        media: MediaEngine,
        listeners: ExchangeListeners,
        *,
        new_id: Callable[[], str],
        advertised_host: str | None = None,
        lines: Lines | None = None,
        terms: MediaTerms = TERMS,
    ) -> None:
        self._endpoint = endpoint
        self._agent = endpoint.user_agent
        self._media = media
        self._listeners = listeners
        self._new_id = new_id
        self._terms = terms
        self._local = LocalAddresses(advertised_host)
        self._lines: Lines = lines if lines is not None else NoLines()
        self._legs: dict[str, Leg] = {}
        self._by_session: dict[sip.SessionId, Leg] = {}
        self._holding = Holding(self._agent, media, terms)
        self.transfers = Transfers(endpoint, self._by_session)
        self.hearing = Hearing(media)
        self.conferences = Conferences(media)
        self._dialling = Dialling(self._agent, self._lines, terms, self._by_session, endpoint.flush)
        self._tasks = Tasks("exchange")

    @property
    def legs(self) -> tuple[Leg, ...]:
        """Every live leg."""
        return tuple(self._legs.values())

    @property
    def lines(self) -> Lines:
        """The lines to the outside."""
        return self._lines

    def take_up(self, leg: Leg) -> None:
        """A leg of a process before this one goes on here: its session and its media are there again."""
        self._legs[leg.id] = leg
        if leg.session is not None:
            self._by_session[leg.session] = leg
        if leg.trunk is not None and not self._lines.take_up(leg.trunk):
            leg.trunk = None

    # --- commands -----------------------------------------------------------------------------------------------

    async def answer(self, leg: Leg, near: Leg | None = None) -> bool:
        """Answer an incoming leg: open media (`near` whom it will talk to), negotiate, send 200. False if it could
        not be, or is over already."""
        if leg.state is not LegState.INVITED:
            return leg.is_up
        port = await self._open_media(leg, near=near)
        return port is not None and self._accept(leg, port)

    def answer_at_once(self, leg: Leg) -> bool:
        """The same from ports in reserve. False: there is none just now, and it takes `answer`, which waits for one."""
        if leg.state is LegState.INVITED:
            try:
                local = self._media.open_leg_at_once(leg.id)
            except MediaError:
                return False  # `answer` meets it again, and says it
            if local is None:
                return False
            leg.has_media = True
            self._accept(leg, local.port)
        return True

    def _accept(self, leg: Leg, port: int) -> bool:
        if leg.session is None or self._has_gone(leg):
            return False
        if self._terms.srtp == "required" and not leg.is_secure:  # RFC 4568 section 6.1: keys would be shown
            self._refuse(leg, 488, NO_SECURE_WAY)
            return False
        try:
            agreed = negotiation.answer(leg.offer, self._host_for(leg), port, self._terms)
        except (negotiation.NothingInCommon, RemoteProtocolError) as error:
            self._refuse(leg, 488, str(error))
            return False
        if agreed.remote is not None:
            self._set_remote(leg, agreed.remote)
        leg.local_description = agreed.body
        leg.state, leg.answered_at = LegState.UP, time.monotonic()
        self._agent.answer(leg.session, agreed.body, leg.answered_at)
        self._endpoint.flush()
        return True

    def ring(self, leg: Leg) -> None:
        """Let an incoming caller hear ringing (180)."""
        if leg.state is LegState.INVITED and leg.session is not None and not self._has_gone(leg):
            self._agent.ring(leg.session, time.monotonic())
            self._endpoint.flush()

    def reject(self, leg: Leg, status: int, reason: str) -> None:
        """Refuse an incoming leg that is not answered yet."""
        if leg.state is LegState.INVITED and not self._has_gone(leg):
            self._refuse(leg, status, reason)

    def dial(self, order: Dial) -> Leg:
        """Ring a phone; returns the leg at once. Its events follow from the next turn of the loop on."""
        leg = Leg(
            id=self._new_id(),
            state=LegState.DIALLING,
            created_at=time.monotonic(),
            peer=order.peer,
            peer_host=order.destination.host if order.destination else order.target.host,
        )
        self._legs[leg.id] = leg
        self._tasks.spawn(self._send_invite(leg, order))
        return leg

    def play(self, leg: Leg, play_id: str, files: Sequence[Path], *, loop: bool = False) -> None:
        """Play prepared files to a leg, in place of what it hears now."""
        if leg.is_up:
            self._media.play(leg.id, play_id, files, loop=loop)

    def seek_playback(self, leg: Leg, position_ms: int) -> None:
        """Go on at that place of what is being played, counted from its begin."""
        if leg.is_up:
            self._media.seek_playback(leg.id, position_ms)

    def stop_playback(self, leg: Leg) -> None:
        """Silence what is being played to a leg."""
        if leg.is_up:
            self._media.stop_playback(leg.id)

    def bridge(self, first: Leg, second: Leg) -> None:
        """Let two legs hear each other."""
        if first.is_up and second.is_up:
            self._media.bridge(first.id, second.id)

    def hold(self, leg: Leg) -> bool:
        """Stop listening to a party, who goes on hearing us; False if it cannot be asked now."""
        return self._change_hold(leg, held=True)

    def resume(self, leg: Leg) -> bool:
        """The end of `hold`."""
        return self._change_hold(leg, held=False)

    def _change_hold(self, leg: Leg, *, held: bool) -> bool:
        asked = self._holding.change(leg, held=held)
        self._endpoint.flush()
        return asked

    def start_recording(self, recording_id: str, caller: Leg, agent: Leg | None, path: Path) -> None:
        """Spool both sides of a talk to `path`; without an agent, what the caller says."""
        self._media.start_recording(recording_id, caller.id, agent.id if agent is not None else "", path)

    async def stop_recording(self, recording_id: str) -> None:
        """End a spool; returns once it is closed on disk."""
        async with asyncio.timeout(MEDIA_DEADLINE_S):
            await self._media.stop_recording(recording_id)

    def hang_up(self, leg: Leg, reason: str, *, header: str | None = None) -> None:
        """End a leg, whatever state it is in; ending it twice is nothing. `header` is a Reason for the phone to read
        (RFC 3326)."""
        if leg.is_over:
            return
        outcome = Outcome.COMPLETED if leg.is_up else Outcome.CANCELLED
        if leg.session is not None:
            self._agent.hang_up(leg.session, time.monotonic(), reason=header)
        self._end(leg, Termination(outcome, Party.LOCAL, reason))
        self._endpoint.flush()

    def publish_messages(self, aor: str, new: int, old: int, *, readers: Iterable[str] = ()) -> None:
        """Tell a mailbox's phones how many messages wait (RFC 3842); see `UserAgent.publish_messages`."""
        self._agent.publish_messages(aor, new, old, time.monotonic(), readers=readers)
        self._endpoint.flush()

    async def close(self) -> None:
        """Hang up everybody and wait until the media worker has let go of their legs."""
        for leg in self.legs:
            self.hang_up(leg, "the server is stopping")
        await self._tasks.drain(deadline_s=2 * MEDIA_DEADLINE_S)

    # --- what SIP says ------------------------------------------------------------------------------------------

    def on_sip_event(self, event: sip.Event) -> None:
        """Take one event of the user agent."""
        match event:
            case sip.IncomingCall():
                self._incoming(event)
            case sip.Registered() | sip.RegistrationFailed() | sip.Unregistered() | sip.PingAnswered():
                self._lines.on_sip_event(event)
            case sip.BindingsChanged():
                self._listeners.bindings(event)
            case sip.MalformedMessage(source=source, why=why):
                log.warning(
                    "sip.malformed", source=f"{source.host}:{source.port}/{source.transport}", why=why
                )
            case _:
                session = getattr(event, "session", None)
                leg = self._by_session.get(session) if session is not None else None
                if leg is not None:
                    self._leg_event(leg, event)

    def _incoming(self, event: sip.IncomingCall) -> None:
        arrival = self._lines.arrival(event)
        if isinstance(arrival, TurnedAway):
            log.info("call.turned_away", source=event.source.host, why=arrival.reason)
            self._agent.reject(event.session, arrival.status, time.monotonic(), headers=arrival.fields)
            self._endpoint.flush()
            return
        leg = Leg(
            id=self._new_id(),
            state=LegState.INVITED,
            created_at=time.monotonic(),
            peer=arrival.caller,
            peer_host=event.source.host,
            session=event.session,
            dialled=arrival.called,
            offer=event.offer,
            is_secure=event.source.secure,
            trunk=arrival.trunk,
            call_ids=[event.request.call_id],
            caller=caller_identity(event.request),
            replaces=self._by_session.get(event.replaces) if event.replaces is not None else None,
        )
        self._legs[leg.id] = leg
        self._by_session[event.session] = leg
        self._listeners.incoming(leg)

    def _leg_event(self, leg: Leg, event: sip.Event) -> None:
        match event:
            case sip.CallProgress(status=status, body=body):
                leg.offer = body or leg.offer
                if status >= 180 and leg.state is LegState.DIALLING:
                    leg.state = LegState.RINGING
                    leg.listener(LegRinging())
            case sip.CallAnswered(body=body):
                self._answered(leg, body or leg.offer)
            case sip.CallConfirmed(body=body):
                self._confirmed(leg, body)
            case sip.CallFailed(status=status, reason=reason):
                if self._dialling.tries_next_route(leg, status):
                    return
                self._end(leg, endings.of_refusal(status, reason))
            case sip.CallEnded(cause=cause, reason=reason):
                self._end(leg, endings.of_session(leg, cause, reason))
            case sip.OfferReceived() | sip.OfferRequested() if not self._agent.knows(event.session):
                pass  # its end is the next event
            case sip.DigitSignalled(digit=digit):
                self._digit(leg, digit, DigitWay.INFO)
            case _ if self._holding.on_event(leg, event):
                self._endpoint.flush()
            case _ if not self.transfers.on_event(leg, event):
                log.debug("sip.event_ignored", sip_event=type(event).__name__, leg=leg.id)

    def _answered(self, leg: Leg, description: bytes | None) -> None:
        try:
            remote = negotiation.read_answer(description, self._terms, ours=leg.local_description)
        except (negotiation.NothingInCommon, RemoteProtocolError) as error:
            self.hang_up(leg, f"its answer cannot be used: {error}")
            return
        self._set_remote(leg, remote)
        leg.state, leg.answered_at = LegState.UP, time.monotonic()
        leg.listener(LegAnswered())

    def _confirmed(self, leg: Leg, body: bytes | None) -> None:
        if (
            leg.offer is None and body
        ):  # their INVITE carried no offer: ours went in the 200, their answer is here
            try:
                remote = negotiation.read_answer(body, self._terms, ours=leg.local_description)
                self._set_remote(leg, remote)
            except (negotiation.NothingInCommon, RemoteProtocolError) as error:
                self.hang_up(leg, f"its answer cannot be used: {error}")
                return
        leg.listener(LegConfirmed())

    # --- what the media worker says -----------------------------------------------------------------------------

    def on_media_event(self, event: object) -> None:
        """Take one event of the media client."""
        match event:
            case DigitReceived(leg_id=leg_id, digit=digit):
                if (leg := self._legs.get(leg_id)) is not None:
                    self._digit(leg, digit, DigitWay.RTP)
            case PlaybackFinished(leg_id=leg_id, play_id=play_id, problem=problem):
                self._tell(leg_id, LegPlaybackFinished(play_id, problem))
            case AnsweredBy() | SilenceHeard() | SpeechStarted() | UtteranceHeard():
                self._tell(event.leg_id, event_of(event))
            case RtpTimeout(leg_id=leg_id, silent_s=silent_s):
                if (leg := self._legs.get(leg_id)) is not None:
                    self._lose(leg, f"no audio for {silent_s:.0f} s")
            case EncryptionFailed(leg_id=leg_id, why=why):
                if (leg := self._legs.get(leg_id)) is not None:
                    self._lose(leg, f"its audio cannot be encrypted: {why}")
            case WorkerLost(legs=legs):
                for leg_id in legs:
                    if (leg := self._legs.get(leg_id)) is not None:
                        leg.has_media = False
                        self._lose(leg, "its media worker is gone")
            case _:
                log.debug("media.event_ignored", media_event=type(event).__name__)

    def _digit(self, leg: Leg, digit: str, way: DigitWay) -> None:
        """One key, once: phones that signal keys in two ways would press each of them twice."""
        if leg.digits_by is None:
            leg.digits_by = way
        if leg.digits_by is way:
            leg.listener(LegDigit(digit))

    def _tell(self, leg_id: str, event: LegEvent) -> None:
        leg = self._legs.get(leg_id)
        if leg is not None:
            leg.listener(event)

    def _set_remote(self, leg: Leg, remote: RemoteMedia) -> None:
        leg.remote = remote
        self._media.set_remote(leg.id, remote)
        self.hearing.settle(leg)

    def _has_gone(self, leg: Leg) -> bool:
        """Whether the caller hung up and the news is still on its way here: INVITE and CANCEL came in one batch."""
        if leg.session is None or self._agent.knows(leg.session):
            return False
        self._end(leg, Termination(Outcome.CANCELLED, Party.REMOTE, "hung up before the answer"))
        return True

    def _lose(self, leg: Leg, reason: str) -> None:
        if leg.session is not None:
            self._agent.hang_up(leg.session, time.monotonic())
        self._end(leg, Termination(Outcome.LOST, Party.NETWORK, reason))
        self._endpoint.flush()

    # --- inside -------------------------------------------------------------------------------------------------

    async def _send_invite(self, leg: Leg, order: Dial) -> None:
        port = await self._open_media(leg, near=order.near)
        if port is None:
            return
        self._dialling.find_ways(leg, order)
        host = self._host_for(leg)
        terms = self._terms
        if order.near is not None and order.near.remote is not None:
            terms = terms.like(order.near.remote)
        leg.local_description = negotiation.offer(host, port, terms)
        problem = self._dialling.begin(leg, order, host)
        if problem is not None:
            self._end(leg, problem)

    async def _open_media(self, leg: Leg, near: Leg | None) -> int | None:
        """Open a leg's ports; None when that cannot be or the leg ended meanwhile; nothing is left open."""
        try:
            async with asyncio.timeout(MEDIA_DEADLINE_S):
                local = await self._media.open_leg(leg.id, near=near.id if near and near.has_media else None)
        except (TimeoutError, MediaError) as error:
            log.error("call.no_media", leg=leg.id, why=str(error) or "the media worker does not answer")
            if leg.state is LegState.INVITED:
                self._refuse(leg, 503, "no media")
            elif not leg.is_over:
                self._end(leg, Termination(Outcome.UNREACHABLE, Party.LOCAL, "no media", 503))
            return None
        leg.has_media = True
        if leg.is_over:
            self._release(leg)
            return None
        return local.port

    def _host_for(self, leg: Leg) -> str:
        return self._local.towards(leg.peer_host)

    def _refuse(self, leg: Leg, status: int, reason: str) -> None:
        if leg.session is not None:
            self._agent.reject(leg.session, status, time.monotonic())
        self._end(leg, Termination(Outcome.REFUSED, Party.LOCAL, reason, status))
        self._endpoint.flush()

    def _end(self, leg: Leg, termination: Termination) -> None:
        if leg.is_over:
            return
        leg.state, leg.termination = LegState.ENDED, termination
        self._legs.pop(leg.id, None)
        if leg.session is not None:
            self._by_session.pop(leg.session, None)
        if leg.trunk is not None:
            ours = termination.by is Party.LOCAL
            self._lines.ended(leg.trunk, None if ours else termination.status)
        if leg.has_media:
            self._release(leg)
        listener, leg.listener = leg.listener, ignore
        listener(LegEnded(termination))

    def _release(self, leg: Leg) -> None:
        leg.has_media = False
        if self._listeners.released is None:
            self._media.release_leg(leg.id)
        else:
            self._tasks.spawn(self._close_media(leg, self._listeners.released))

    async def _close_media(self, leg: Leg, released: Callable[[Leg, LegStatistics], None]) -> None:
        try:
            async with asyncio.timeout(MEDIA_DEADLINE_S):
                statistics = await self._media.close_leg(leg.id)
        except (TimeoutError, MediaError) as error:
            log.warning(
                "call.media_not_closed", leg=leg.id, why=str(error) or "the media worker does not answer"
            )
            return
        released(leg, statistics)
