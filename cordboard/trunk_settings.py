"""`trunks:` in `cordboard.yaml`: lines to carriers and other servers."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from callflows.values import Duration
from cordboard.setting import NetworkText, Region, Settings
from telephony.sip.errors import RemoteProtocolError
from telephony.sip.uri import SipUri


def _server_uri(text: str) -> str:
    try:
        uri = SipUri.parse(text)
    except RemoteProtocolError:
        uri = None
    if uri is None or not uri.is_sip or uri.user is not None:
        raise ValueError(f'expected the address of a server such as "sip:sip.example.net:5060", got "{text}"')
    return text


class CallerIdSettings(Settings):
    """Who is shown as calling on a call out."""

    show: Literal["own", "caller", "nobody"] = Field(
        "own", description="Whose number the far end sees: the trunk's own, the caller's, or nobody's."
    )
    number: str | None = Field(None, description="The trunk's own number; its user name, if not given.")
    name: str | None = Field(None, description="The name beside the number.")
    identity: Literal["none", "p-asserted-identity", "p-preferred-identity"] = Field(
        "p-asserted-identity", description="The header that says who really calls (RFC 3325)."
    )


class TrunkSettings(Settings):
    """A line to a carrier or to another server."""

    uri: Annotated[str, AfterValidator(_server_uri)] = Field(
        description="Where it is: `sip:host`, with `:port` and `;transport=tcp` where needed."
    )
    user: str | None = Field(None, description="Our account there.")
    login: str | None = Field(None, description="The name for the password, where it is not the account.")
    password: str | None = Field(None, description="For registering and for calls.", repr=False)
    register_: bool = Field(
        False, alias="register", description="Whether to register there and stay registered."
    )
    expires: Duration = Field(300.0, description="How long a registration is asked to last.")
    networks: tuple[NetworkText, ...] = Field(
        (), description="Addresses and networks whose calls are this trunk's; its own host always is."
    )
    outgoing: tuple[str, ...] = Field(
        (), description="Numbers it carries out: exact ones, prefixes such as `+44*`, or `*` for all."
    )
    priority: int = Field(1, ge=1, le=100, description="Of trunks that fit equally, the lowest goes first.")
    max_calls: int = Field(0, ge=0, description="Calls at once, in and out; 0 for any number.")
    calls_per_second: float = Field(
        0.0, ge=0, description="New calls a second, in and out; 0 for any number."
    )
    burst: int = Field(5, ge=1, description="So many new calls may come at once.")
    check_every: Duration = Field(
        30.0, description="How often OPTIONS asks whether it is alive; 0s for never."
    )
    down_after: int = Field(3, ge=1, description="Checks without an answer until no calls are sent there.")
    up_after: int = Field(2, ge=1, description="Answers in a row until calls are sent there again.")
    region: Region | None = Field(
        None, description="Whose national numbers it sends; the server's, if not given."
    )
    number_format: Literal["e164", "digits", "national"] = Field(
        "e164", description="How numbers are written to it: `+442079460000`, `442079460000` or `02079460000`."
    )
    number_from: Literal["request-uri", "to"] = Field(
        "request-uri", description="Where the dialled number stands in its calls."
    )
    caller_id: CallerIdSettings = Field(
        default_factory=CallerIdSettings, description="See [trunks: caller_id](#trunks-caller_id)."
    )

    @model_validator(mode="after")
    def _registers_as_somebody(self) -> Self:
        if self.register_ and (self.user is None or self.password is None):
            raise ValueError("a trunk that registers needs user and password")
        return self
