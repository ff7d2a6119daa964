"""The routes, through ASGI without a socket; and the server on a real one."""

import errno
import json
import signal
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import websockets

from api.schema import AlertList, AlertView, Snapshot
from api.server import MAX_LIMIT, ApiServer, create_app


@pytest.fixture
async def http(system: Any) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(system))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.fixture
async def server(system: Any) -> AsyncIterator[ApiServer]:
    made = ApiServer(system, "127.0.0.1", 0)
    await made.start()
    yield made
    await made.close()


async def test_health(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/health")

    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert answer.json()["version"] == "0.1.0"


async def test_snapshot_reads_back_as_it_was(http: httpx.AsyncClient, system: Any) -> None:
    answer = await http.get("/v1/snapshot")

    assert Snapshot.model_validate_json(answer.content) == system.snapshot()


async def test_alerts(http: httpx.AsyncClient, system: Any) -> None:
    alert = AlertView(id="a1", at=system.now, kind="talk lost", about="c1", text="nobody vouched")
    system.alerts = [alert]
    answer = await http.get("/v1/alerts")
    assert AlertList.model_validate_json(answer.content).alerts == (alert,)


async def test_calls_and_their_limit(http: httpx.AsyncClient, system: Any) -> None:
    system.put_call("c2")

    assert [call["id"] for call in (await http.get("/v1/calls")).json()["calls"]] == ["c1", "c2"]
    assert len((await http.get("/v1/calls?limit=1")).json()["calls"]) == 1
    assert system.limits == [100, 1]


@pytest.mark.parametrize("limit", ["0", "-1", str(MAX_LIMIT + 1), "many"])
async def test_an_impossible_limit_is_refused(http: httpx.AsyncClient, system: Any, limit: str) -> None:
    for path in ("/v1/calls", "/v1/recordings"):
        answer = await http.get(f"{path}?limit={limit}")
        assert answer.status_code == 422
        assert "limit" in answer.text
    assert system.limits == []


async def test_history_of_a_call(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/calls/c1")

    assert answer.json()["events"][0]["kind"] == "CallArrived"
    assert answer.json()["events"][0]["data"] == {"called": "1000"}


async def test_an_unknown_call_is_not_found(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/calls/nobody")

    assert answer.status_code == 404
    assert answer.json() == {"detail": "no call 'nobody'"}


async def test_recordings(http: httpx.AsyncClient) -> None:
    recording = (await http.get("/v1/recordings")).json()["recordings"][0]

    assert (recording["call"], recording["seconds"], recording["agent_dbfs"]) == ("c0", 12.5, None)


async def test_the_api_describes_itself(http: httpx.AsyncClient) -> None:
    paths = (await http.get("/openapi.json")).json()["paths"]

    live, records = {"/v1/health", "/v1/snapshot", "/v1/alerts"}, {"/v1/calls", "/v1/calls/{call_id}"}
    assert set(paths) == live | records | {"/v1/recordings"}
    schema = paths["/v1/snapshot"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema["$ref"].endswith("/Snapshot")


async def test_a_free_port_is_found_and_said(server: ApiServer) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{server.port}/v1/health")

    assert server.port > 0
    assert answer.status_code == 200


async def test_a_busy_port_is_a_plain_error(server: ApiServer, system: Any) -> None:
    second = ApiServer(system, "127.0.0.1", server.port)

    with pytest.raises(OSError) as caught:
        await second.start()

    assert caught.value.errno == errno.EADDRINUSE
    await second.close()


async def test_signals_stay_with_the_host_process(system: Any) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    server = ApiServer(system, "127.0.0.1", 0)
    await server.start()

    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    await server.close()


async def test_it_can_be_closed_twice_and_frees_its_port(system: Any) -> None:
    server = ApiServer(system, "127.0.0.1", 0)
    await server.start()
    await server.close()
    await server.close()

    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", server.port))


async def test_closing_ends_open_streams(system: Any) -> None:
    server = ApiServer(system, "127.0.0.1", 0)
    await server.start()
    async with websockets.connect(f"ws://127.0.0.1:{server.port}/v1/stream") as reader:
        await reader.recv()
        await server.close()
        await reader.wait_closed()
        assert reader.close_code == 1012  # service restart: come back


async def test_on_loopback_only_loopback_names_are_answered(server: ApiServer) -> None:
    url = f"http://127.0.0.1:{server.port}/v1/snapshot"
    async with httpx.AsyncClient() as client:
        assert (await client.get(url, headers={"Host": "evil.example"})).status_code == 400
        assert (await client.get(url, headers={"Host": f"localhost:{server.port}"})).status_code == 200


async def test_unknown_paths_are_not_found(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/nothing")

    assert answer.status_code == 404
    assert json.loads(answer.content) == {"detail": "Not Found"}
