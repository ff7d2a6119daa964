"""The sans-IO user agent: bytes and commands in, bytes and events out (RFC 3261 section 8, 10, 12 to 15).

It knows no clock, no socket, no random source. After any call that takes `now`: send what `to_send` gives,
drain `next_event`, and call `handle_timer` at `next_timer`. `endpoint.SipEndpoint` does this with asyncio.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from telephony.sip import session_state
from telephony.sip.address import Address
from telephony.sip.authenticator import Authenticator
from telephony.sip.config import UserAgentConfig
from telephony.sip.core import Core
from telephony.sip.counters import Counters
from telephony.sip.digest import Credentials
from telephony.sip.dispatcher import Dispatcher, InDialog
from telephony.sip.errors import LocalProtocolError
from telephony.sip.established import EstablishedCalls
from telephony.sip.event_packages import MessageSummary, Published
from telephony.sip.events import (
    BindingsChanged,
    Event,
    MessageId,
    PingId,
    ReferralId,
    RegistrationId,
    SessionId,
)
from telephony.sip.headers import NameAddr
from telephony.sip.incoming import IncomingCalls
from telephony.sip.info import Infos
from telephony.sip.keep_alives import KeepAlives
from telephony.sip.location.locator import Locator, OnLocated
from telephony.sip.location.records import Answer, Question
from telephony.sip.notifier import Notifier
from telephony.sip.outgoing import OutgoingCalls
from telephony.sip.page_message import PageMessages
from telephony.sip.pings import ping
from telephony.sip.records import UserAgentRecord
from telephony.sip.refer import Referrals
from telephony.sip.referral import OutgoingReferrals
from telephony.sip.registrar import Registrar
from telephony.sip.registration import Registrations
from telephony.sip.reinvite import ReInvites
from telephony.sip.reliable import Pracks
from telephony.sip.session import ClientCredentials, Session, SessionState
from telephony.sip.session_state import SessionReader
from telephony.sip.state_pieces import StatePieces
from telephony.sip.temporary_gruu import TemporaryGruus
from telephony.sip.timers import Timers
from telephony.sip.updates import Updates
from telephony.sip.uri import SipUri

Headers = Sequence[tuple[str, str]]


class UserAgent:
    """Everything that speaks SIP here. Sessions are named by id; commands for unknown ones raise, `hang_up`
    excepted."""

    def __init__(
        self,
        config: UserAgentConfig,
        *,
        credentials: Credentials,
        new_id: Callable[[], str],
        timers: Timers = Timers(),  # noqa: B008 - immutable
        fraction: Callable[[], float] | None = None,
    ) -> None:
        core = self._core = Core(config, new_id, timers, fraction)
        self._dead_flows: list[Address] = []
        secret = sha256(f"{new_id()} {new_id()}".encode()).digest()
        self._temporary_gruus = TemporaryGruus(secret, new_id)
        self.registrar = Registrar(
            min_expires_s=config.min_expires_s,
            max_expires_s=config.max_expires_s,
            default_expires_s=config.default_expires_s,
            flow_timer_s=config.flow_timer_s,
            temporary=self._temporary_gruus,
        )
        authenticator = Authenticator(
            credentials,
            config.realm,
            new_id,
            nonce_life_s=config.nonce_life_s,
            algorithms=config.digest_algorithms,
        )
        self._established = EstablishedCalls(core)
        self._offers = self._established.offers
        self._reinvites = ReInvites(core, self._established, self._offers)
        self._updates = Updates(core, self._established, self._offers, self._reinvites)
        self._established.keep_alive.refresh = self._updates.refresh
        self._referrals = Referrals(core)
        self._outgoing_referrals = OutgoingReferrals(core, self._established)
        self._messages = PageMessages(core)
        self._notifier = Notifier(core)
        self.pieces = StatePieces(core, self.registrar, self._notifier, self._temporary_gruus)
        self._incoming = IncomingCalls(core, self._established)
        self._outgoing = OutgoingCalls(core, self._established)
        self._registrations = Registrations(core)
        self._keep_alives = KeepAlives(
            core,
            every_s=config.keep_alive_s,
            translated=self.registrar.translated_flows,
            ours=self._registrations.flows,
            flow_timer_s=self._registrations.flow_timer_s,
        )
        self._registrations.on_stands = self._keep_alives.start
        self._dispatcher = Dispatcher(
            core,
            incoming=self._incoming,
            established=self._established,
            in_dialog=self._in_dialog(),
            out_of_dialog={"MESSAGE": self._messages.received, "SUBSCRIBE": self._notifier.received},
            in_subscription=self._notifier.received_again,
            registrar=self.registrar,
            authenticator=authenticator,
            keep_alives=self._keep_alives,
        )

    def _in_dialog(self) -> dict[str, InDialog]:
        """Who takes which request of a dialog."""
        return {
            "BYE": lambda session, _dialog, *rest: self._established.bye_received(session, *rest),
            "INVITE": lambda session, _dialog, *rest: self._reinvites.received(session, *rest),
            "UPDATE": self._updates.received,
            "PRACK": Pracks(self._core, self._offers).received,
            "INFO": Infos(self._core).received,
            "MESSAGE": self._messages.received_in_dialog,
            "REFER": self._referrals.received,
            "NOTIFY": self._outgoing_referrals.notified,
            "SUBSCRIBE": self._notifier.received_in_call,
        }

    @property
    def config(self) -> UserAgentConfig:
        """What it was told about itself."""
        return self._core.config

    @property
    def counters(self) -> Counters:
        """What happened so far, in numbers."""
        return self._core.counters

    @property
    def local_addresses(self) -> dict[str, tuple[str, int]]:
        """What goes into Via and Contact for each transport; an endpoint adds what it bound."""
        return self._core.local_addresses

    def knows_invite(self, key: tuple[str, ...]) -> bool:
        """Whether an INVITE of that `Request.server_key` has a transaction that lives."""
        return key in self._core.layer.servers

    # -- bytes and time

    def receive(self, data: bytes, source: Address, now: float) -> None:
        """One datagram, or one framed message of a stream. Never raises, whatever the bytes."""
        self._dispatcher.receive(data, source, now)

    def receive_closed(self, source: Address, now: float) -> None:
        """A stream connection went away, or could not be made."""
        self._core.layer.transport_closed(source, now)
        self._keep_alives.heard(source)
        self._registrations.flow_closed(source, now)
        self._tell_bindings(self.registrar.flow_closed(source, now), now)

    def flows_in_use(self) -> frozenset[Address]:
        """The far ends that carry a registration, a dialog or a transaction: their connections are to stay."""
        dialogs = (session.dialog for session in self._core.sessions.values())
        flows = {dialog.flow for dialog in dialogs if dialog is not None and dialog.flow is not None}
        return frozenset(
            flows | self.registrar.flows() | self._registrations.flows() | self._core.layer.flows()
        )

    def to_send(self, now: float) -> list[tuple[bytes, Address]]:
        """What is to be sent, in order; each is given once."""
        core = self._core
        outbox = core.layer.outbox
        result: list[tuple[bytes, Address]] = []
        while outbox:
            entry = outbox.popleft()
            if entry[1].port:
                result.append(entry)
            else:  # a name whose port DNS must tell
                core.sending.send_stateless(*entry, now)
        return result

    def enable_location(self) -> None:
        """Have names looked up (RFC 3263): whoever calls this answers `questions`."""
        core = self._core
        local = core.local_addresses

        def supported() -> list[str]:
            streams = ["tcp", "tls"] if "tcp" in local or "tcp6" in local else []
            return [*(["udp"] if "udp" in local or "udp6" in local else []), *streams]

        def families() -> list[str]:
            six = any(name.partition("@")[0].endswith("6") for name in local)
            four = any(not name.partition("@")[0].endswith("6") for name in local)
            return [*(["A"] if four else []), *(["AAAA"] if six else [])]

        core.sending.locator = Locator(supported, families, core.fraction)

    def locate(self, where: Address, now: float, on_located: OnLocated) -> None:
        """Where a name leads (`enable_location` first): the answer may come at once, or after `receive_answer`."""
        locator = self._core.sending.locator
        if locator is None:
            raise LocalProtocolError("nobody looks names up")
        locator.locate(where, now, on_located)

    def questions(self) -> list[Question]:
        """What DNS is to be asked; each is given once."""
        locator = self._core.sending.locator
        return [] if locator is None else locator.questions()

    def receive_answer(self, question: Question, answer: Answer, now: float) -> None:
        """What DNS said, or that it could not be asked."""
        locator = self._core.sending.locator
        if locator is not None:
            locator.answered(question, answer, now)

    def to_disconnect(self) -> list[Address]:
        """Connections found dead; `receive_closed` is due for each. Each is given once."""
        dead, self._dead_flows = self._dead_flows, []
        return dead

    def next_timer(self) -> float | None:
        """When `handle_timer` is due; None: never."""
        timer, expiry = self._core.layer.next_timer(), self.registrar.next_expiry()
        if timer is None or expiry is None:
            return expiry if timer is None else timer
        return min(timer, expiry)

    def handle_timer(self, now: float) -> None:
        """Do what time demands."""
        self._core.layer.handle_timer(now)
        self._dead_flows += self._keep_alives.take_failed()
        self._tell_bindings(self.registrar.expire(now), now)

    def next_event(self) -> Event | None:
        """The oldest event that was not taken yet."""
        events = self._core.events
        return events.popleft() if events else None

    def _tell_bindings(self, aors: list[str], now: float) -> None:
        for aor in aors:
            self._core.emit(BindingsChanged(aor, self.registrar.bindings(aor, now), asked=False))

    # -- calls

    def ring(self, session: SessionId, now: float, *, status: int = 180, body: bytes | None = None) -> None:
        """Answer an incoming call provisionally (101-199); reliably if the caller insists, or if there is SDP
        and the caller is able to (RFC 3262)."""
        self._incoming.ring(self._session(session), now, status, body)

    def answer(self, session: SessionId, body: bytes, now: float) -> None:
        """Take an incoming call: 200 with SDP, repeated until the ACK comes."""
        self._incoming.answer(self._session(session), body, now)

    def reject(
        self,
        session: SessionId,
        status: int,
        now: float,
        *,
        reason: str | None = None,
        headers: Headers = (),
    ) -> None:
        """Refuse an incoming call (300-699); the session is forgotten."""
        self._incoming.reject(self._session(session), status, now, reason, tuple(headers))

    def invite(
        self,
        target: SipUri,
        now: float,
        *,
        body: bytes,
        from_: NameAddr,
        to: NameAddr,
        destination: Address | None = None,
        headers: Headers = (),
        credentials: ClientCredentials | None = None,
    ) -> SessionId:
        """Call `target`. `destination` overrides where the URI leads, as a binding's flow does; a GRUU of ours leads
        to its phone."""
        phone = self.registrar.by_gruu(target, now) if destination is None else None
        if phone is not None:
            target, destination = phone.contact, phone.flow
        return self._outgoing.invite(
            target,
            now,
            body=body,
            from_=from_,
            to=to,
            destination=destination,
            fields=tuple(headers),
            credentials=credentials,
        )

    def knows(self, session: SessionId) -> bool:
        """Whether commands for a session are still in order: it may have ended before its events were drained."""
        return session in self._core.sessions

    def hang_up(self, session: SessionId, now: float, *, reason: str | None = None) -> None:
        """End a session by what its state asks for: CANCEL, BYE or 480. Repeated and late calls do nothing."""
        found = self._core.sessions.get(session)
        if found is None or found.hang_up_wanted:
            return
        found.hang_up_reason = reason
        if found.state is SessionState.INCOMING:
            self._incoming.reject(found, 480, now, None, ())
        elif found.outgoing is not None:
            self._outgoing.hang_up(found, now)
        else:
            self._established.hang_up(found, now)

    def reoffer(self, session: SessionId, body: bytes, now: float) -> None:
        """Re-INVITE; `OfferAnswered` or `OfferFailed` follows."""
        self._reinvites.reoffer(self._session(session), body, now)

    def update(self, session: SessionId, body: bytes, now: float) -> None:
        """Offer by UPDATE, before the call is answered or later; `OfferAnswered` or `OfferFailed` follows."""
        self._updates.update(self._session(session), body, now)

    def local_description(self, session: SessionId) -> bytes:
        """Our description that stands, after all retries; empty if there is none, or no such session."""
        found = self._core.sessions.get(session)
        return found.local_body if found is not None else b""

    def answer_offer(self, session: SessionId, body: bytes, now: float) -> None:
        """Answer the peer's offer, whatever carried it, or make the offer that it asked for."""
        self._offers.answer(self._session(session), body, now)

    def reject_offer(self, session: SessionId, status: int, now: float) -> None:
        """Refuse the peer's offer (488, say)."""
        self._offers.reject(self._session(session), status, now)

    # -- transfers and messages

    def accept_refer(self, referral: ReferralId, now: float) -> None:
        """Take on a transfer that a phone asked for; `refer_progress` tells it how that goes."""
        self._referrals.accept(referral, now)

    def reject_refer(self, referral: ReferralId, status: int, now: float) -> None:
        """Refuse a transfer (300-699)."""
        self._referrals.reject(referral, status, now)

    def refer_progress(
        self, referral: ReferralId, status: int, now: float, *, reason: str | None = None
    ) -> None:
        """Tell the phone what the transfer's call answered; 200 and more ends it."""
        self._referrals.progress(referral, status, reason, now)

    def refer(
        self,
        session: SessionId,
        now: float,
        *,
        target: SipUri | None = None,
        replaces: SessionId | None = None,
    ) -> None:
        """Ask a peer to call `target`, or to take our place in the call `replaces`."""
        replaced = self._session(replaces) if replaces is not None else None
        self._outgoing_referrals.refer(self._session(session), target, replaced, now)

    def message(
        self,
        target: SipUri,
        now: float,
        *,
        body: bytes,
        from_: NameAddr,
        to: NameAddr,
        content_type: str = "text/plain;charset=utf-8",
        destination: Address | None = None,
        credentials: ClientCredentials | None = None,
    ) -> MessageId:
        """Send a text; `MessageDelivered` or `MessageFailed` follows."""
        return self._messages.send(
            target,
            now,
            body=body,
            content_type=content_type,
            from_=from_,
            to=to,
            destination=destination,
            credentials=credentials,
        )

    def publish(self, resource: str, state: Published, now: float) -> None:
        """Say what a user's phone (`DialogInfo`) or mailbox (`MessageSummary`) is doing to all who subscribed to it."""
        self._notifier.publish(resource, state, now)

    def publish_messages(
        self, aor: str, new: int, old: int, now: float, *, readers: Iterable[str] = ()
    ) -> None:
        """How many voice messages wait in a mailbox, new and heard ones (RFC 3842); `aor` may be its user part alone.
        Beside the owner, whose name is the mailbox's, the `readers` may subscribe: a queue's mailbox has several."""
        mailbox = SipUri.parse(aor).user or "" if aor.startswith(("sip:", "sips:")) else aor
        self._notifier.set_readers(mailbox, readers, now)
        self._notifier.publish(mailbox, MessageSummary(new, old), now)

    # -- state as data

    def to_state(self, now: float) -> bytes:
        """Every session, binding and registration as JSON, without passwords; times count from now."""
        record = UserAgentRecord(
            sessions=[session_state.write(each, now) for each in self._core.sessions.values()],
            bindings=self.registrar.write(now),
            registrations=self._registrations.write(now),
            subscriptions=self._notifier.write(now),
            gruu_secret=self._temporary_gruus.secret,
        )
        return record.dump()

    def from_state(
        self,
        state: bytes,
        now: float,
        *,
        away_s: float = 0.0,
        password_of: Callable[[str], str | None] = lambda _user: None,
    ) -> list[SessionId]:
        """Go on where another process stopped `away_s` seconds ago; the sessions that there are again.

        `password_of` gives back what was not written down, by user name. Raises ValueError for what `to_state` did
        not make."""
        record = UserAgentRecord.load(state)
        self._temporary_gruus.secret = record.gruu_secret or self._temporary_gruus.secret
        reader = SessionReader(self._core, self._established, self._incoming, self._outgoing)
        self._tell_bindings(self.registrar.read(record.bindings, away_s, now), now)
        self._keep_alives.start(now)
        self._registrations.read(record.registrations, away_s, password_of, now)
        self._notifier.read(record.subscriptions, away_s, now)
        return [reader.read(each, away_s, password_of, now) for each in record.sessions]

    def _session(self, session: SessionId) -> Session:
        found = self._core.sessions.get(session)
        if found is None:
            raise LocalProtocolError(f"no session {session!r}")
        return found

    # -- registrations of ours

    def register(
        self,
        registrar: Address,
        aor: SipUri,
        username: str,
        password: str,
        now: float,
        expires_s: int = 300,
    ) -> RegistrationId:
        """Register with a registrar and keep the binding alive until `unregister`."""
        return self._registrations.register(registrar, aor, username, password, now, expires_s)

    def unregister(self, registration: RegistrationId, now: float) -> None:
        """Take a binding of ours back."""
        self._registrations.unregister(registration, now)

    def ping(self, target: SipUri, now: float, *, destination: Address, user: str | None = None) -> PingId:
        """Ask with OPTIONS whether a peer is there; `PingAnswered` follows."""
        return ping(self._core, target, destination, user, now)

    def call_id(self, session: SessionId) -> str | None:
        """A session's Call-ID; None when it is over."""
        found = self._core.sessions.get(session)
        if found is None:
            return None
        if found.dialog is not None:
            return found.dialog.call_id
        return found.outgoing.plan.call_id if found.outgoing is not None else None
