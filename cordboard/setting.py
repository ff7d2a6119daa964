"""What every part of the configuration has in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from telephony.calls.numbers import is_region
from telephony.sip.defence.networks import parse_network


class Settings(BaseModel):
    """Unknown keys are mistakes, and nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _network(text: str) -> str:
    try:
        parse_network(text)
    except ValueError:
        raise ValueError(f'expected an address or a network such as "203.0.113.0/24", got "{text}"') from None
    return text


def _region(text: str) -> str:
    if not is_region(text):
        raise ValueError(f'expected a region of two letters such as "GB", got "{text}"')
    return text


NetworkText = Annotated[str, AfterValidator(_network)]
Region = Annotated[str, AfterValidator(_region)]
