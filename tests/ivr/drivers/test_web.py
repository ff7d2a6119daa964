"""Web requests of flows, against a service made of a function."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest

from ivr.drivers.web import MAX_ANSWER_BYTES, WebDriver
from ivr.effects import HttpRequest


def request(**changes: object) -> HttpRequest:
    facts = {
        "request_id": "r1",
        "method": "GET",
        "address": "https://crm.example.org/customers/7",
        "headers": {},
        "json": None,
        "timeout_s": 5.0,
    }
    return HttpRequest(**{**facts, **changes})  # type: ignore[arg-type]


def driver(serve: Callable[[httpx.Request], httpx.Response], **environment: str) -> WebDriver:
    return WebDriver(environment, transport=httpx.MockTransport(serve))


async def test_the_json_of_an_answer_becomes_the_value() -> None:
    asked: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(201, json={"name": "Ada", "open": [1, 2.5, None]})

    reply = await driver(serve).ask(request(method="POST", json={"id": "7"}))
    assert reply.value == {"name": "Ada", "open": [1, 2.5, None]}
    assert (reply.error, reply.status) == (None, 201)
    assert (asked[0].method, asked[0].content) == ("POST", b'{"id":"7"}')
    assert asked[0].headers["content-type"] == "application/json"


async def test_an_answer_that_is_no_json_is_text_and_none_is_null() -> None:
    web = driver(lambda _: httpx.Response(200, text="closed"))
    assert (await web.ask(request())).value == "closed"
    web = driver(lambda _: httpx.Response(204))
    assert (await web.ask(request())).value is None


async def test_a_large_answer_is_decoded_off_the_loop_and_a_larger_one_refused() -> None:
    numbers = list(range(30_000))
    web = driver(lambda _: httpx.Response(200, json=numbers))
    assert (await web.ask(request())).value == numbers
    web = driver(lambda _: httpx.Response(200, content=bytes(MAX_ANSWER_BYTES + 1)))
    reply = await web.ask(request())
    assert reply.error is not None
    assert "larger than" in reply.error


@pytest.mark.parametrize("status", [301, 404, 500])
async def test_any_other_status_is_an_error(status: int) -> None:
    reply = await driver(lambda _: httpx.Response(status, json={"a": 1})).ask(request())
    assert (reply.value, reply.error, reply.status) == (None, f"status {status}", status)


async def test_redirects_are_not_followed_with_a_flows_headers() -> None:
    hosts: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        return httpx.Response(302, headers={"Location": "https://elsewhere.example.net/"})

    reply = await driver(serve, TOKEN="secret").ask(request(headers={"X-Token": "${TOKEN}"}))
    assert (reply.error, hosts) == ("status 302", ["crm.example.org"])


async def test_a_secret_comes_from_the_environment_and_its_absence_is_told_by_name() -> None:
    seen: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(200, json=None)

    headers = {"Authorization": "Bearer ${CRM_TOKEN}"}
    await driver(serve, CRM_TOKEN="s3cret").ask(request(headers=headers))
    assert seen == ["Bearer s3cret"]
    reply = await driver(serve).ask(request(headers=headers))
    assert reply.error == "the environment variable CRM_TOKEN is not set"
    assert len(seen) == 1


async def test_json_that_is_none_is_an_error() -> None:
    serve = lambda _: httpx.Response(200, content=b"{", headers={"Content-Type": "application/json"})  # noqa: E731
    assert (await driver(serve).ask(request())).error == "the answer is not the JSON it says it is"


async def test_the_deadline_is_over_the_whole_of_it() -> None:
    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    web = WebDriver({}, transport=httpx.MockTransport(never))
    assert (await web.ask(request(timeout_s=0.01))).error == "no answer within 0.01 s"


async def test_a_service_that_is_not_there_and_an_address_that_is_none_are_errors_in_words() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused", request=request)

    assert (await driver(refuse).ask(request())).error == "connection refused"
    for address in ("ftp://example.org/", "nonsense", "https://[", ""):
        reply = await WebDriver({}).ask(request(address=address))
        assert reply.error, address


async def test_no_callers_cookie_is_sent_for_another_caller() -> None:
    cookies: list[str | None] = []

    def serve(request: httpx.Request) -> httpx.Response:
        cookies.append(request.headers.get("cookie"))
        return httpx.Response(200, headers={"Set-Cookie": "session=ada"})

    web = driver(serve)
    await web.ask(request())
    await web.ask(request())
    assert cookies == [None, None]
