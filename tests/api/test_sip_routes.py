"""The routes about SIP, asked by their client through ASGI without a socket."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from api.client import ApiError
from api.server import create_app
from api.sip_client import SipClient
from api.sip_schema import BanView, SipLadder, SipMessage, SipStatus, TrunkView

TRUNK = TrunkView(
    name="carrier", uri="sip:carrier.example", state="up", since_s=3, usable=True, registers=True, registered=True,
    calls_now=1, max_calls=30, calls_in=5, calls_out=7, failed_out=1, refused=0,
)  # fmt: skip
BAN = BanView(source="2001:db8::/64", why="wrong passwords", since_s=1, ends_in_s=299, count=1, dropped=9)
STATUS = SipStatus(**dict.fromkeys(SipStatus.model_fields, 0))
MESSAGE = SipMessage(
    at=datetime(2030, 5, 6, tzinfo=UTC), sent=False, peer="udp:192.0.2.7:5060", party="x", call_id="y",
    first_line="INVITE sip:1 SIP/2.0", text="INVITE sip:1 SIP/2.0\r\n\r\n",
)  # fmt: skip


class FakeSip:
    """One of everything."""

    def __init__(self) -> None:
        self.banned = {BAN.source}

    def trunks(self) -> list[TrunkView]:
        return [TRUNK]

    def bans(self) -> list[BanView]:
        return [BAN] if self.banned else []

    def lift_ban(self, source: str) -> bool:
        known = source in self.banned
        self.banned.discard(source)
        return known

    def sip_status(self) -> SipStatus:
        return STATUS

    async def ladder(self, call_id: str) -> SipLadder | None:
        return SipLadder(call=call_id, messages=(MESSAGE,)) if call_id == "c1" else None


@pytest.fixture
def client(system: Any) -> SipClient:
    app = create_app(system, sip=FakeSip())
    return SipClient("http://test", transport=httpx.ASGITransport(app))


async def test_trunks_and_status(client: SipClient) -> None:
    assert (await client.trunks()).trunks == (TRUNK,)
    assert await client.status() == STATUS


async def test_a_ban_is_listed_and_lifted_once(client: SipClient) -> None:
    assert (await client.bans()).bans == (BAN,)
    assert await client.lift_ban(BAN.source)
    assert not await client.lift_ban(BAN.source)
    assert (await client.bans()).bans == ()


async def test_a_calls_messages(client: SipClient) -> None:
    found = await client.ladder("c1")
    assert found is not None
    assert found.messages == (MESSAGE,)
    assert await client.ladder("nobody") is None


async def test_a_server_that_is_not_there_is_said_in_words() -> None:
    with pytest.raises(ApiError, match=r"127\.0\.0\.1:9"):
        await SipClient("http://127.0.0.1:9").trunks()


async def test_a_server_that_answers_otherwise(system: Any) -> None:
    transport = httpx.MockTransport(
        lambda request: httpx.Response(200 if "bans" in request.url.path else 500, text="{}")
    )
    client = SipClient("http://test", transport=transport)
    with pytest.raises(ApiError, match="500"):
        await client.trunks()
    with pytest.raises(ApiError, match="not what a Cordboard server says"):
        await client.bans()
