"""The examples of docs/api.md do what they say."""

import ast
import re
import shlex
from pathlib import Path
from typing import Any

import httpx

from api.schema import AgentView, CallView, QueueView, RecordingView, ServerView
from api.server import create_app

TEXT = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, flags=re.MULTILINE | re.DOTALL)


async def test_every_curl_is_answered(system: Any) -> None:
    system.put_call("c-7f31")
    asked = set()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(system))) as client:
        for block in _blocks("sh"):
            command, quiet, url = shlex.split(block)
            assert (command, quiet) == ("curl", "-s")
            assert (await client.get(url)).status_code == 200
            asked.add(httpx.URL(url).path)

    assert asked == {"/v1/health", "/v1/snapshot", "/v1/calls", "/v1/calls/c-7f31", "/v1/recordings"}


def test_every_field_is_named() -> None:
    for view in (QueueView, CallView, AgentView, ServerView, RecordingView):
        for field in view.model_fields:
            assert f"`{field}`" in TEXT, f"{view.__name__}.{field}"


def test_the_python_is_python() -> None:
    (block,) = _blocks("python")
    names = {
        alias.name
        for node in ast.walk(ast.parse(block))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    assert names == {"ApiClient", "Lost", "Received", "LiveState"}
    exec(compile(block.replace("asyncio.run(watch())", ""), "docs/api.md", "exec"), {"__name__": "docs"})
