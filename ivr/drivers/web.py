"""Asks web services for flows: one request, one deadline, a bounded answer. asyncio, over httpx.

Data flow: `HttpRequest` > headers filled in from the environment > httpx > `Reply` (the answer's JSON, or why
there is none). Owns the connections, which callers share; nothing else is shared between two requests: cookies
are refused, because they would be another caller's. Redirects are not followed unless that is asked for: a
service must not be able to send a flow's headers elsewhere. Retries are the runner's.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
import msgspec

from callflows.values import Value
from ivr.drivers.environment import fill_in
from ivr.effects import HttpRequest
from ivr.events import Reply

MAX_ANSWER_BYTES = 1_000_000
MAX_CONNECTIONS = 100
OFF_THE_LOOP_BYTES = 64_000
"""Larger answers are decoded in a thread: a megabyte of JSON takes about as long as half a packet of audio."""


class AnswerTooLarge(Exception):
    """The service sends more than a flow may have."""


class WebDriver:
    """Requests of all callers."""

    def __init__(
        self,
        environment: Mapping[str, str] = os.environ,
        *,
        follow_redirects: bool = False,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._environment = environment
        self._client = httpx.AsyncClient(
            follow_redirects=follow_redirects,
            transport=transport,
            limits=httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=20),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=None,
        )

    async def ask(self, request: HttpRequest) -> Reply:
        """What came of a request, within its `timeout_s`. Raises nothing that a service or a flow can cause."""
        try:
            async with asyncio.timeout(request.timeout_s):
                return await self._ask(request)
        except TimeoutError:
            return _failed(request, f"no answer within {request.timeout_s:g} s")
        except LookupError as error:
            return _failed(request, str(error.args[0]))
        except AnswerTooLarge:
            return _failed(request, f"the answer is larger than {MAX_ANSWER_BYTES} bytes")
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, ValueError) as error:
            # Their texts name addresses and causes; a header's value is in none of them.
            return _failed(request, str(error) or type(error).__name__)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def _ask(self, request: HttpRequest) -> Reply:
        headers = {name: fill_in(value, self._environment) for name, value in request.headers.items()}
        body = None if request.json is None else msgspec.json.encode(request.json)
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        async with self._client.stream(
            request.method, request.address, headers=headers, content=body
        ) as response:
            status = response.status_code
            if not response.is_success:
                return Reply(request.request_id, None, f"status {status}", status)
            data = await _read(response)
        try:
            value = await _decode(data, response.headers.get("content-type", ""))
        except ValueError:
            return Reply(request.request_id, None, "the answer is not the JSON it says it is", status)
        return Reply(request.request_id, value, None, status)


async def _read(response: httpx.Response) -> bytes:
    """All of it, counted after decompression: a small answer may unpack to a large one."""
    data = bytearray()
    async for part in response.aiter_bytes():
        data += part
        if len(data) > MAX_ANSWER_BYTES:
            raise AnswerTooLarge
    return bytes(data)


async def _decode(data: bytes, content_type: str) -> Value:
    """JSON as what it stands for, anything else as text; ValueError: it is not what it says."""
    if not data.strip():
        return None
    if "json" not in content_type.lower():
        return data.decode(errors="replace")
    if len(data) > OFF_THE_LOOP_BYTES:
        return await asyncio.to_thread(_json, data)
    return _json(data)


def _json(data: bytes) -> Value:
    try:
        value: Value = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    return value


def _failed(request: HttpRequest, why: str) -> Reply:
    return Reply(request.request_id, None, why)
