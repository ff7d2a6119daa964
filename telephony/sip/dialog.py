"""A dialog as plain data (RFC 3261 section 12): who, in which order, by which way.

Holds what section 12 names and nothing that lives only in memory, so that `to_state` can be written down and
`from_state` makes the same dialog in another process. It builds in-dialog requests and judges received ones;
sending and answering are for others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from telephony.sip.address import Address
from telephony.sip.errors import RemoteProtocolError
from telephony.sip.headers import NameAddr, tag_of
from telephony.sip.message import MAGIC_COOKIE, Request, Response
from telephony.sip.uri import SipUri

DialogKey = tuple[str, str, str]
State = Mapping[str, object]


@dataclass(slots=True)
class Dialog:
    """One peer-to-peer relation. `local` and `remote` are From/To values without tags; `flow` is the far
    end to reuse, None when requests go by Route set and target alone."""

    call_id: str
    local_tag: str
    remote_tag: str
    local: str
    remote: str
    local_seq: int
    remote_seq: int | None
    remote_target: str
    route_set: tuple[str, ...]
    flow: Address | None
    secure: bool = False
    confirmed: bool = False

    @property
    def key(self) -> DialogKey:
        """What section 12 calls the dialog ID."""
        return (self.call_id, self.local_tag, self.remote_tag)

    @classmethod
    def from_request(cls, request: Request, local_tag: str, flow: Address | None, *, secure: bool) -> Dialog:
        """The callee's side (section 12.1.1); raises RemoteProtocolError if the request cannot start one."""
        # RFC 2543 callers, known by their branch, need no Contact: their From is the target then.
        is_old = not (request.via.branch or "").startswith(MAGIC_COOKIE) and not request.lines("contact")
        contact = str(request.from_.uri) if is_old else _target(request)
        routes = request.headers("record-route")
        for route in routes:
            NameAddr.parse(route)
        return cls(
            call_id=request.call_id,
            local_tag=local_tag,
            remote_tag=request.from_tag or "",
            local=request.required("to"),
            remote=_without_tag(request.required("from")),
            local_seq=0,
            remote_seq=request.cseq.number,
            remote_target=contact,
            route_set=tuple(routes),
            flow=flow,
            secure=secure,
        )

    @classmethod
    def from_response(cls, request: Request, response: Response, flow: Address | None) -> Dialog:
        """The caller's side (section 12.1.2); raises RemoteProtocolError if the response cannot start one."""
        contact = _target(response)
        routes = response.headers("record-route")
        for route in routes:
            NameAddr.parse(route)
        return cls(
            call_id=request.call_id,
            local_tag=request.from_tag or "",
            remote_tag=response.to_tag or "",
            local=_without_tag(request.required("from")),
            remote=_without_tag(response.required("to")),
            local_seq=request.cseq.number,
            remote_seq=None,
            remote_target=contact,
            route_set=tuple(reversed(routes)),
            flow=flow,
            secure=request.uri_text.startswith("sips:"),
            confirmed=response.status >= 200,
        )

    @classmethod
    def without_contact(cls, request: Request, response: Response, flow: Address) -> Dialog:
        """A dialog with a callee that named no usable Contact: its requests go where the first one went."""
        return cls(
            call_id=request.call_id,
            local_tag=request.from_tag or "",
            remote_tag=response.to_tag or "",
            local=_without_tag(request.required("from")),
            remote=_without_tag(request.required("to")),
            local_seq=request.cseq.number,
            remote_seq=None,
            remote_target=request.uri_text,
            route_set=(),
            flow=flow,
            confirmed=True,
        )

    def refresh(self, message: Request | Response) -> None:
        """A target refresh (section 12.2.1.2, 12.2.2): a new Contact becomes the remote target."""
        if message.lines("contact"):
            try:
                self.remote_target = _target(message)
            except RemoteProtocolError:
                if isinstance(message, Request):
                    raise
                # A response is no place to complain: the call goes on to where it went before.

    @staticmethod
    def target_of(message: Request | Response) -> str:
        """The one URI in Contact that a dialog's requests go to; RemoteProtocolError if there is no such."""
        return _target(message)

    def accepts(self, request: Request) -> bool:
        """Whether the request's CSeq is in order (section 12.2.2); remembers it if so."""
        number = request.cseq.number
        if self.remote_seq is not None and number <= self.remote_seq:
            return False
        self.remote_seq = number
        return True

    def next_seq(self) -> int:
        """The number of our next request."""
        self.local_seq += 1
        return self.local_seq

    def route(self) -> tuple[str, list[tuple[str, str]], SipUri]:
        """Request-URI, Route fields and the URI to send to (section 12.2.1.1)."""
        if not self.route_set:
            return self.remote_target, [], SipUri.parse(self.remote_target)
        first = NameAddr.parse(self.route_set[0]).uri
        if "lr" in first.parameters:
            return self.remote_target, [("Route", each) for each in self.route_set], first
        # A strict router: it wants itself in the Request-URI, and the target last in the Route.
        fields = [("Route", each) for each in (*self.route_set[1:], f"<{self.remote_target}>")]
        bare = first.with_changes(parameters=first.parameters.without("method"), headers=None)
        return str(bare), fields, first

    def destination(self) -> Address:
        """Where our next request goes: the reused flow, or where the route leads."""
        return self.flow if self.flow is not None else self.route()[2].destination()

    def request_fields(self, method: str, number: int) -> tuple[str, list[tuple[str, str]]]:
        """Request-URI and the fields that the dialog decides, Via and Contact excepted."""
        uri, routes, _ = self.route()
        return uri, [
            *routes,
            ("Max-Forwards", "70"),
            ("From", f"{self.local};tag={self.local_tag}"),
            ("To", f"{self.remote};tag={self.remote_tag}" if self.remote_tag else self.remote),
            ("Call-ID", self.call_id),
            ("CSeq", f"{number} {method}"),
        ]

    def to_state(self) -> dict[str, object]:
        """Plain data: strings, numbers, lists."""
        state = {name: getattr(self, name) for name in _FIELDS}
        state["route_set"] = list(self.route_set)
        state["flow"] = list(self.flow) if self.flow is not None else None
        return state

    @classmethod
    def from_state(cls, state: Mapping[str, object]) -> Dialog:
        """The dialog that `to_state` wrote down."""
        values = dict(state)
        flow, routes = values.pop("flow"), values.pop("route_set")
        assert isinstance(routes, list)
        address = Address(*flow) if isinstance(flow, list | tuple) else None
        return cls(**values, route_set=tuple(routes), flow=address)  # type: ignore[arg-type]


_FIELDS = tuple(field.name for field in fields(Dialog))


def _target(message: Request | Response) -> str:
    contacts = message.headers("contact")
    if len(contacts) != 1:
        raise RemoteProtocolError(f"{len(contacts)} Contacts where one is due")
    uri = NameAddr.parse(contacts[0]).uri
    if not uri.is_sip:
        raise RemoteProtocolError(f"Contact: cannot be reached: {str(uri)[:60]!r}")
    return str(uri)


def _without_tag(value: str) -> str:
    tag = tag_of(value)
    if tag is None:
        return value
    if value.endswith(f";tag={tag}"):
        return value[: -len(f";tag={tag}")]
    address = NameAddr.parse(value)
    return str(NameAddr(address.uri, address.display_name, address.parameters.without("tag")))
