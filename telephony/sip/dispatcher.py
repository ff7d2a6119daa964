"""What came in, to whom it belongs (RFC 3261 section 8.2, 12.2.2, 18.2.1; RFC 3581).

One way in for all bytes, and one place where a peer's mistake becomes a 400: whatever is sent here, nothing is
raised.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from telephony.sip.address import Address
from telephony.sip.admission import ACCEPT, insecure_sips, refusal_of
from telephony.sip.authenticator import Authenticator
from telephony.sip.core import ALLOW, Core
from telephony.sip.dialog import Dialog
from telephony.sip.errors import RemoteProtocolError
from telephony.sip.established import EstablishedCalls
from telephony.sip.events import AuthenticationFailed, BindingsChanged, MalformedMessage
from telephony.sip.grammar import split_list
from telephony.sip.headers import Via
from telephony.sip.incoming import IncomingCalls, cancel_received
from telephony.sip.keep_alives import KeepAlives
from telephony.sip.message import Request, Response
from telephony.sip.noting import SESSION
from telephony.sip.parser import check, parse_message
from telephony.sip.registrar import RegisterOutcome, Registrar
from telephony.sip.session import Session
from telephony.sip.session_timer import too_small
from telephony.sip.stun import answer_binding, looks_like_stun

_COMPLAINT_INTERVAL_S = 60.0
_COMPLAINTS_REMEMBERED = 10_000
# A lone CRLF, NULs or a few letters: what phones send to keep a NAT mapping open.
_KEEP_ALIVE_BYTES = 4
_LETTERS = 4  # below it begins STUN, never SIP (RFC 5389 section 6)

InDialog: TypeAlias = Callable[[Session, Dialog, Request, Address, float], None]
"""Takes a request within a dialog whose CSeq is in order."""
OutOfDialog: TypeAlias = Callable[[Request, Address, float], None]
"""Takes a request outside of dialogs, of a user who is authenticated if users have to be."""


class Dispatcher:
    """Sorts received messages."""

    def __init__(
        self,
        core: Core,
        *,
        incoming: IncomingCalls,
        established: EstablishedCalls,
        in_dialog: Mapping[str, InDialog],
        out_of_dialog: Mapping[str, OutOfDialog],
        in_subscription: Callable[[Request, Address, float], bool],
        registrar: Registrar,
        authenticator: Authenticator,
        keep_alives: KeepAlives,
    ) -> None:
        self._core = core
        self._incoming = incoming
        self._established = established
        self._in_dialog_methods = in_dialog
        self._out_of_dialog_methods = out_of_dialog
        self._in_subscription = in_subscription
        self._registrar = registrar
        self._authenticator = authenticator
        self._keep_alives = keep_alives
        self._complaints: dict[tuple[str, str], float] = {}

    def receive(self, data: bytes, source: Address, now: float) -> None:
        """One datagram or one message of a stream."""
        if len(data) <= _KEEP_ALIVE_BYTES:
            self._core.counters.keep_alives += 1
            if source.reliable and data == b"\r\n\r\n":
                self._core.layer.send(b"\r\n", source)  # RFC 5626 section 4.4.1: the pong
            self._keep_alives.heard(source)
            return
        if data[0] < _LETTERS and looks_like_stun(data):
            self._core.counters.keep_alives += 1
            answer = answer_binding(data, source)
            if answer is not None and not source.reliable:
                self._core.layer.send(answer, source)
            return
        message: Request | Response | None = None
        try:
            message = parse_message(data, self._core.config.limits)
            check(message)
            if isinstance(message, Request):
                self._core.counters.requests += 1
                stamp_via(message, source)
                self._request(message, source, now)
            else:
                self._core.counters.responses += 1
                self._response(message, now)
        except RemoteProtocolError as error:
            request = message if isinstance(message, Request) else error.request
            self._complain(error, request, source, now)

    def _complain(
        self, error: RemoteProtocolError, request: Request | None, source: Address, now: float
    ) -> None:
        """Count it, answer if the answer can be addressed, tell the application once a minute."""
        core = self._core
        core.counters.malformed += 1
        if request is not None and request.lines("via"):
            try:
                stamp_via(request, source)
                core.reject(request, source, error.status, reason=None)
            except RemoteProtocolError:
                pass  # its Via is what is broken: no way back
        key = (source.transport, source.host)
        last = self._complaints.get(key)
        if last is not None and now - last < _COMPLAINT_INTERVAL_S:
            return
        if len(self._complaints) >= _COMPLAINTS_REMEMBERED:
            self._complaints.clear()
        self._complaints[key] = now
        core.emit(MalformedMessage(source, error.why))

    def _response(self, response: Response, now: float) -> None:
        # Section 18.1.2: a response whose top Via is not ours is not for us; a branch that we never made says so.
        if not self._core.layer.receive_response(response, now):
            self._core.counters.stray_responses += 1
            if 200 <= response.status < 300 and response.cseq.method == "INVITE":
                self._established.acknowledge_stray(response)

    def _request(self, request: Request, source: Address, now: float) -> None:
        core = self._core
        if core.layer.receive_request(request, now):
            return
        method = request.method
        if method == "ACK":
            session = self._session_of(request)
            if session is None:
                core.counters.stray_acks += 1
            else:
                core.note(SESSION, session.id)
                self._established.ack_received(session, request, now)
            return
        if method == "CANCEL":
            cancel_received(core, request, source, now)
            return
        refusal = refusal_of(request)
        if refusal is not None:
            core.reject(request, source, refusal.status, refusal.fields)
        elif insecure_sips(request, source):
            core.reject(request, source, 403, reason="SIPS needs TLS")
        elif method in ("INVITE", "UPDATE") and too_small(request, core.config.min_session_expires_s):
            minimum = ("Min-SE", str(core.config.min_session_expires_s))
            core.reject(request, source, 422, [minimum])  # RFC 4028 section 9
        elif method == "REGISTER":
            self._register(request, source, now)
        elif request.to_tag is not None:
            self._in_dialog(request, source, now)
        elif method == "INVITE":
            if self._incoming.is_merged(request):
                core.reject(request, source, 482)
            else:
                self._incoming.received(request, source, now)
        elif method == "OPTIONS":
            core.reject(request, source, 200, [ALLOW, ACCEPT])
        elif method in self._out_of_dialog_methods:
            if self._is_authentic(request, source, now):
                self._out_of_dialog_methods[method](request, source, now)
        else:
            core.reject(request, source, 481)

    def _session_of(self, request: Request) -> Session | None:
        key = (request.call_id, request.to_tag or "", request.from_tag or "")
        return self._core.dialogs.get(key)

    def _in_dialog(self, request: Request, source: Address, now: float) -> None:
        core = self._core
        session = self._session_of(request)
        dialog = session.dialog_with(request.from_tag or "") if session is not None else None
        if session is None or dialog is None:
            if not self._in_subscription(request, source, now):
                core.reject(request, source, 481)
            return
        core.note(SESSION, session.id)
        handler = self._in_dialog_methods.get(request.method)
        if not dialog.accepts(request):
            core.conclude(request, source, 500, now)  # section 12.2.2: out of order
        elif handler is not None:
            handler(session, dialog, request, source, now)
        else:
            core.conclude(request, source, 200, now, [ALLOW, ACCEPT])  # OPTIONS

    def _register(self, request: Request, source: Address, now: float) -> None:
        """Section 10.3, steps 3 to 8."""
        core = self._core
        aor = request.to.uri.user
        if aor is None:
            core.reject(request, source, 404)
            return
        if not self._is_authentic(request, source, now):
            return
        outcome = self._registrar.process(aor, request, source, now)
        self._conclude(request, source, outcome, now)

    def _is_authentic(self, request: Request, source: Address, now: float) -> bool:
        """Whether the sender has shown to be who it says; if not, it is answered."""
        if not self._core.config.authenticate_registrations:
            return True
        verdict = self._authenticator.check(request, now)
        if verdict.user is None:
            self._challenge(request, source, now, stale=verdict.stale)
            return False
        claimed = request.to if request.method == "REGISTER" else request.from_
        if verdict.user != claimed.uri.user:
            self._core.reject(request, source, 403)
            return False
        return True

    def _challenge(self, request: Request, source: Address, now: float, *, stale: bool) -> None:
        core = self._core
        core.counters.challenges += 1
        if request.header("authorization") is not None and not stale:
            core.counters.failed_authentications += 1
            core.emit(AuthenticationFailed(source))
        user_agent = request.header("user-agent")
        challenges = self._authenticator.challenges(now, stale=stale, user_agent=user_agent)
        core.reject(request, source, 401, challenges)

    def _conclude(self, request: Request, source: Address, outcome: RegisterOutcome, now: float) -> None:
        """Through a transaction: a repeated REGISTER must not meet its own nonce count as a replay."""
        core = self._core
        core.conclude(request, source, outcome.status, now, outcome.fields)
        if outcome.changed is not None:
            aor = outcome.changed
            self._keep_alives.start(now)
            core.emit(BindingsChanged(aor, self._registrar.bindings(aor, now)))


def stamp_via(request: Request, source: Address) -> None:
    """Say in the top Via where the request really came from (section 18.2.1, RFC 3581 section 4)."""
    via = request.via
    parameters = via.parameters
    if "rport" in parameters:
        parameters = parameters.with_values({"rport": str(source.port), "received": source.host})
    elif via.host != source.host or "received" in parameters:
        parameters = parameters.with_value("received", source.host)
    else:
        return
    first = split_list(request.lines("via")[0])
    stamped = Via(via.transport, via.host, via.port, parameters)
    request.stamp_via(", ".join([str(stamped), *first[1:]]) if len(first) > 1 else str(stamped), stamped)
