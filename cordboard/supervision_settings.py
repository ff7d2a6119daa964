"""Who may listen to talks, and how far they may go."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from cordboard.setting import Settings
from telephony.sip.errors import RemoteProtocolError
from telephony.sip.uri import SipUri

SupervisionMode = Literal["listen", "whisper", "barge"]
MODES: tuple[SupervisionMode, ...] = ("listen", "whisper", "barge")


def _sip_address(text: str) -> str:
    try:
        SipUri.parse(text)
    except RemoteProtocolError as error:
        raise ValueError(f'expected an address such as "sip:boss@10.0.0.5", got "{text}": {error}') from None
    return text


SipAddressText = Annotated[str, AfterValidator(_sip_address)]


class SupervisionSettings(Settings):
    """Who may supervise talks; agents of `role: supervisor` always may."""

    modes: tuple[SupervisionMode, ...] = Field(
        MODES, description="What a supervisor may do: `listen`, `whisper` to the agent, `barge` in."
    )
    phones: dict[str, SipAddressText] = Field(
        default_factory=dict,
        description="Other phones that may be named: name -> address (`sip:boss@10.0.0.5`, `tel:+442079460001`).",
    )
