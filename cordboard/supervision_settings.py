"""Who may listen to talks, and how far they may go."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from cordboard.setting import Settings
from telephony.sip.errors import RemoteProtocolError
from telephony.sip.uri import SipUri

SupervisionMode = Literal["listen", "whisper", "barge"]
MODES: tuple[SupervisionMode, ...] = ("listen", "whisper", "barge")

CODES: dict[SupervisionMode, str] = {"listen": "*81", "whisper": "*82", "barge": "*83"}


def _sip_address(text: str) -> str:
    try:
        SipUri.parse(text)
    except RemoteProtocolError as error:
        raise ValueError(f'expected an address such as "sip:boss@10.0.0.5", got "{text}": {error}') from None
    return text


Code = Annotated[str, Field(pattern=r"^[*#][0-9*#]{1,6}$")]
SipAddressText = Annotated[str, AfterValidator(_sip_address)]


class SupervisionSettings(Settings):
    """Who may supervise talks; agents of `role: supervisor` always may."""

    modes: tuple[SupervisionMode, ...] = Field(
        MODES, description="What a supervisor may do: `listen`, `whisper` to the agent, `barge` in."
    )
    codes: dict[SupervisionMode, Code] = Field(
        default_factory=lambda: dict(CODES),
        description="What a supervisor dials before an agent's id, for each mode; their phone is rung back then.",
    )
    phones: dict[str, SipAddressText] = Field(
        default_factory=dict,
        description="Other phones that may be named: name -> address (`sip:boss@10.0.0.5`, `tel:+442079460001`).",
    )
