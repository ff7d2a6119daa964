"""What a demo counted: read from the server's API, which reads its journal and its store of recordings."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import httpx

from cordboard.demo.options import DemoFailed, DemoRecording, DemoResult

LIMIT = 1000
RECORDINGS_WITHIN_S = 15.0


class ServerApi:
    """The few questions that a demo asks."""

    def __init__(self, port: int) -> None:
        self._http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10)

    async def close(self) -> None:
        """Hang up."""
        await self._http.aclose()

    async def healthy(self) -> bool:
        """Whether the server answers."""
        try:
            return (await self._http.get("/v1/health")).status_code == 200
        except httpx.TransportError:
            return False

    async def calls_now(self) -> int:
        """How many callers are there."""
        return int((await self._get("/v1/health"))["calls_now"])

    async def histories(self) -> list[Sequence[Mapping[str, Any]]]:
        """Every call's events."""
        calls = (await self._get("/v1/calls", limit=LIMIT))["calls"]
        return [(await self._get(f"/v1/calls/{call['id']}"))["events"] for call in calls]

    async def recordings(self) -> tuple[DemoRecording, ...]:
        """Every finished recording, the oldest first."""
        found = (await self._get("/v1/recordings", limit=LIMIT))["recordings"]
        return tuple(
            DemoRecording(r["path"], r["seconds"], r["caller_dbfs"], r["agent_dbfs"]) for r in reversed(found)
        )

    async def _get(self, path: str, **parameters: int) -> Any:
        response = await self._http.get(path, params=parameters)
        if response.status_code != 200:
            raise DemoFailed(f"the server answers {response.status_code} to {path}")
        return response.json()


async def read_result(api: ServerApi) -> DemoResult:
    """Count what happened, once every recording that was begun has become a file."""
    histories = await api.histories()
    begun = sum(_has(events, "recording.started") for events in histories)
    deadline = asyncio.get_running_loop().time() + RECORDINGS_WITHIN_S
    recordings = await api.recordings()
    while len(recordings) < begun and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.2)
        recordings = await api.recordings()
    return count(histories, recordings)


def count(
    histories: Iterable[Sequence[Mapping[str, Any]]], recordings: Sequence[DemoRecording]
) -> DemoResult:
    """Sort calls by how they went: answered, else contained, else abandoned."""
    offered = contained = answered = abandoned = 0
    for events in histories:
        if not _has(events, "call.arrived"):
            continue  # refused at the door: a number that nobody has
        offered += 1
        if _has(events, "call.connected"):
            answered += 1
        elif any(e["kind"] == "flow.ended" and e["data"].get("contained") for e in events):
            contained += 1
        else:
            abandoned += 1
    return DemoResult(offered, contained, answered, abandoned, tuple(recordings))


def _has(events: Sequence[Mapping[str, Any]], kind: str) -> bool:
    return any(event["kind"] == kind for event in events)
