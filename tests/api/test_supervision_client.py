"""The client against the real routes and a system that only says what it was asked."""

from __future__ import annotations

import httpx
import pytest

from api.client import ApiError
from api.schema import SupervisionMode
from api.server import create_app
from api.supervision_client import SupervisionClient
from api.supervision_routes import SupervisionConflict, SupervisionForbidden
from api.supervision_schema import SupervisionState
from tests.api.conftest import FakeSystem


class FakeSupervision:
    """Knows one call, `c-1`."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    def supervise(self, call: str, mode: SupervisionMode, phone: str | None) -> SupervisionState | None:
        self.asked.append((call, mode, str(phone)))
        if mode == "barge":
            raise SupervisionForbidden("nobody may barge here")
        return self._state(call, mode, phone)

    def end_supervision(self, call: str, phone: str | None) -> SupervisionState | None:
        if phone == "nobody":
            raise SupervisionConflict("nobody is not in the talk")
        return self._state(call, "listen", phone)

    @staticmethod
    def _state(call: str, mode: SupervisionMode, phone: str | None) -> SupervisionState | None:
        if call != "c-1":
            return None
        return SupervisionState(call=call, phone=phone or "sue", mode=mode, state="ringing")


@pytest.fixture
def system() -> FakeSupervision:
    return FakeSupervision()


@pytest.fixture
def client(system: FakeSupervision) -> SupervisionClient:
    app = create_app(FakeSystem(), supervision=system)
    return SupervisionClient("http://localhost", transport=httpx.ASGITransport(app))


async def test_supervise_and_end(system: FakeSupervision, client: SupervisionClient) -> None:
    state = await client.supervise("c-1", "whisper")
    assert (state.phone, state.mode, state.state) == ("sue", "whisper", "ringing")
    assert (await client.end_supervision("c-1", "sue")).phone == "sue"
    assert system.asked == [("c-1", "whisper", "None")]


async def test_a_refusal_is_said_in_the_servers_words(client: SupervisionClient) -> None:
    with pytest.raises(ApiError, match="nobody may barge here"):
        await client.supervise("c-1", "barge")
    with pytest.raises(ApiError, match="nobody is not in the talk"):
        await client.end_supervision("c-1", "nobody")
    with pytest.raises(ApiError, match="no call 'c2' now"):
        await client.supervise("c2", "listen")


async def test_no_server() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    client = SupervisionClient("http://localhost", transport=httpx.MockTransport(refuse))
    with pytest.raises(ApiError, match="refused"):
        await client.supervise("c", "listen")


async def test_an_answer_that_is_none() -> None:
    client = SupervisionClient(
        "http://localhost", transport=httpx.MockTransport(lambda _: httpx.Response(200, json={}))
    )
    with pytest.raises(ApiError, match="not what a Cordboard server says"):
        await client.end_supervision("c")


async def test_a_page_elsewhere_cannot_ask(system: FakeSupervision) -> None:
    transport = httpx.ASGITransport(create_app(FakeSystem(), supervision=system))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        order = '{"mode": "listen"}'
        assert (await http.post("/v1/calls/c/supervise", content=order)).status_code == 415
        headers = {"Content-Type": "application/json", "Origin": "http://elsewhere"}
        answer = await http.post("/v1/calls/c/supervise", content=order, headers=headers)
        assert answer.status_code == 403
    assert system.asked == []
