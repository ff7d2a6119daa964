"""Who wants to hear of whose state, and telling them (RFC 6665 section 4.2, RFC 3842, 4235).

A subscription is plain data with a dialog and an end. The application publishes; everybody subscribed hears it at once,
and a new subscriber hears what is known. One whose NOTIFY is refused or never answered is forgotten.
"""

# ruff: noqa: ARG002 - a transaction user is told more than each of them needs

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from telephony.sip.address import Address
from telephony.sip.core import Bystander, Core
from telephony.sip.dialog import Dialog, DialogKey
from telephony.sip.event_packages import ALLOW_EVENTS, PACKAGES, MessageSummary, Published
from telephony.sip.flow import check_target, moved, reused_flow
from telephony.sip.headers import NameAddr, parse_delta_seconds
from telephony.sip.message import Request, Response
from telephony.sip.noting import SUBSCRIPTION
from telephony.sip.records import SubscriptionRecord
from telephony.sip.session import Session
from telephony.sip.transactions.machine import Transaction

_SHORTEST_S, _LONGEST_S = 60, 3600
_MOST = 10_000


@dataclass(slots=True, eq=False)
class Subscription(Bystander):
    """One subscriber. `event` is the Event value with its id, `resource` the user part watched."""

    owner: Notifier
    dialog: Dialog
    contact: str
    package: str
    event: str
    resource: str
    entity: str
    expires_at: float
    version: int = 0

    @property
    def name(self) -> str:
        """Its name among the deadlines, and for whoever writes it down."""
        return f"subscription {self.dialog.call_id} {self.dialog.local_tag}"

    @property
    def subscriber(self) -> str:
        """Who asked, as its digest proved."""
        return NameAddr.parse(self.dialog.remote).uri.user or ""

    def response_received(self, transaction: Transaction, response: Response, now: float) -> None:
        """Section 4.2.2: a NOTIFY that is refused ends it."""
        if response.status >= 300:
            self.owner.forget(self)

    def failed(self, transaction: Transaction, status: int, now: float) -> None:
        self.owner.forget(self)


class Notifier:
    """All subscriptions, and what was published."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._subscriptions: dict[DialogKey, Subscription] = {}
        self._published: dict[tuple[str, str], Published] = {}
        self._readers: dict[str, frozenset[str]] = {}  # of mailboxes, beside their owners
        self._untold: set[tuple[str, str]] = (
            set()
        )  # what subscribers of an earlier process heard is not known

    def __len__(self) -> int:
        return len(self._subscriptions)

    # -- SUBSCRIBE

    def received(self, request: Request, source: Address, now: float) -> None:
        """A new subscription (section 4.2.1)."""
        core = self._core
        package = (request.header("event") or "").partition(";")[0].strip().lower()
        expires_s = self._expiry_of(request)
        refusal = self._refusal(request, package, expires_s)
        if refusal is not None:
            status, fields = refusal
            core.conclude(request, source, status, now, fields)
            return
        secure = request.uri.scheme == "sips"
        dialog = Dialog.from_request(request, core.new_id(), reused_flow(request, source), secure=secure)
        subscription = Subscription(
            self,
            dialog,
            core.contact(source, request.uri.user, secure=secure),
            package,
            request.header("event") or package,
            request.uri.user or "",
            str(request.uri),
            now + expires_s,
        )
        self._subscriptions[dialog.key] = subscription
        self._accept(subscription, request, source, expires_s, now)

    def received_again(self, request: Request, source: Address, now: float) -> bool:
        """A request in the dialog of a subscription; False if there is none."""
        key = (request.call_id, request.to_tag or "", request.from_tag or "")
        subscription = self._subscriptions.get(key)
        if subscription is None or request.method != "SUBSCRIBE":
            return False
        check_target(request)
        expires_s = self._expiry_of(request)
        if not subscription.dialog.accepts(request):
            self._core.conclude(request, source, 500, now)
        elif 0 < expires_s < _SHORTEST_S:
            self._core.conclude(request, source, 423, now, [("Min-Expires", str(_SHORTEST_S))])
        else:
            moved(subscription.dialog, request, source)
            subscription.expires_at = now + expires_s
            self._accept(subscription, request, source, expires_s, now)
        return True

    def received_in_call(
        self, session: Session, dialog: Dialog, request: Request, source: Address, now: float
    ) -> None:
        """Subscriptions do not share a call's dialog here (RFC 6665 section 4.5.2)."""
        self._core.conclude(request, source, 489, now, [ALLOW_EVENTS])

    def _expiry_of(self, request: Request) -> int:
        asked = parse_delta_seconds(request.header("expires") or "")
        return _LONGEST_S if asked is None else min(asked, _LONGEST_S)

    def _refusal(
        self, request: Request, package: str, expires_s: int
    ) -> tuple[int, list[tuple[str, str]]] | None:
        if package not in PACKAGES:
            return 489, [ALLOW_EVENTS]
        kinds = {each.partition(";")[0].strip().lower() for each in request.headers("accept")}
        if kinds and not kinds & {PACKAGES[package].CONTENT_TYPE, "application/*", "*/*"}:
            return 406, [("Accept", PACKAGES[package].CONTENT_TYPE)]
        if not self._may_hear(package, request.from_.uri.user or "", request.uri.user or ""):
            return 403, []
        if 0 < expires_s < _SHORTEST_S:
            return 423, [("Min-Expires", str(_SHORTEST_S))]
        if len(self._subscriptions) >= _MOST:
            return 503, [("Retry-After", "60")]
        return None

    def _may_hear(self, package: str, user: str, resource: str) -> bool:
        """A mailbox is its owner's business and its readers'; who talks is the whole floor's."""
        if package != MessageSummary.PACKAGE or user == resource:
            return True
        return user in self._readers.get(resource, ())

    def _accept(
        self, subscription: Subscription, request: Request, source: Address, expires_s: int, now: float
    ) -> None:
        """200, and a NOTIFY at once (section 4.2.1.2)."""
        core = self._core
        fields = [("Contact", subscription.contact), ("Expires", str(expires_s)), core.server_field()]
        fields += [("Record-Route", value) for value in request.lines("record-route")]
        transaction = core.layer.open_server(request, source, Bystander(), now)
        tag = subscription.dialog.local_tag
        transaction.respond(Response.to_request(request, 200, to_tag=tag, fields=fields), now)
        if expires_s == 0:
            self._end(subscription, now)
            return
        self._watch(subscription)
        self._notify(subscription, f"active;expires={expires_s}", now)

    def _watch(self, subscription: Subscription) -> None:
        self._core.deadlines.set(
            subscription.name, subscription.expires_at, lambda then: self._end(subscription, then)
        )

    # -- NOTIFY

    def publish(self, resource: str, state: Published, now: float) -> None:
        """Tell everybody who watches `resource`; what was said already is not repeated."""
        key = (state.PACKAGE, resource)
        if self._published.get(key, PACKAGES[state.PACKAGE]()) == state and key not in self._untold:
            return
        self._untold.discard(key)
        if state == PACKAGES[state.PACKAGE]():
            self._published.pop(key, None)
        else:
            self._published[key] = state
        for each in list(self._subscriptions.values()):
            if (each.package, each.resource) == key:
                self._notify(each, f"active;expires={max(0, round(each.expires_at - now))}", now)

    def set_readers(self, mailbox: str, users: Iterable[str], now: float) -> None:
        """Who may hear of a mailbox beside its owner; who may no longer is told so (RFC 6665 section 4.1.3)."""
        self._readers[mailbox] = frozenset(users)
        for each in list(self._subscriptions.values()):
            if each.resource == mailbox and not self._may_hear(each.package, each.subscriber, mailbox):
                self.forget(each)
                self._notify(each, "terminated;reason=rejected", now, document=MessageSummary())

    def _notify(
        self, subscription: Subscription, state: str, now: float, *, document: Published | None = None
    ) -> None:
        told = document or self._published.get((subscription.package, subscription.resource))
        document = told if told is not None else PACKAGES[subscription.package]()
        fields = [
            ("Contact", subscription.contact),
            ("Event", subscription.event),
            ("Subscription-State", state),
            ("Content-Type", document.CONTENT_TYPE),
        ]
        body = document.document(subscription.entity, subscription.version)
        subscription.version += 1
        self._core.note(SUBSCRIPTION, subscription.name)
        self._core.send_in_dialog(subscription.dialog, "NOTIFY", subscription, now, fields=fields, body=body)

    def _end(self, subscription: Subscription, now: float) -> None:
        """Its time is over, or the subscriber has had enough (section 4.2.2)."""
        if self._subscriptions.get(subscription.dialog.key) is subscription:
            self.forget(subscription)
            self._notify(subscription, "terminated;reason=timeout", now)

    def forget(self, subscription: Subscription) -> None:
        """Nobody listens any more."""
        self._core.note(SUBSCRIPTION, subscription.name)
        self._subscriptions.pop(subscription.dialog.key, None)
        self._core.deadlines.clear(subscription.name)

    # -- state as data

    def write(self, now: float) -> list[SubscriptionRecord]:
        """All subscriptions; what was published, the application publishes again."""
        return [_record(each, now) for each in self._subscriptions.values()]

    def write_one(self, name: str, now: float) -> SubscriptionRecord | None:
        """One subscription by name; None when it is over. There are few, and they change seldom."""
        found = next((each for each in self._subscriptions.values() if each.name == name), None)
        return _record(found, now) if found is not None else None

    def read(self, records: list[SubscriptionRecord], away_s: float, now: float) -> None:
        """Go on with written subscriptions."""
        for each in records:
            subscription = Subscription(
                self,
                Dialog.from_state(each.dialog),
                each.contact,
                each.package,
                each.event,
                each.resource,
                each.entity,
                now + each.expires_in_s - away_s,
                each.version,
            )
            self._subscriptions[subscription.dialog.key] = subscription
            self._untold.add((each.package, each.resource))
            self._watch(subscription)


def _record(subscription: Subscription, now: float) -> SubscriptionRecord:
    return SubscriptionRecord(
        subscription.dialog.to_state(),
        subscription.contact,
        subscription.package,
        subscription.event,
        subscription.resource,
        subscription.entity,
        subscription.expires_at - now,
        subscription.version,
    )
