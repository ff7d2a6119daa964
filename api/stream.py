"""One reader of the stream: a snapshot first, then what differs, as fast as the reader takes it.

Owns: the conversation on one websocket. Must not know how states come about.

The reader's pace is the pace of `send_text`: it returns when the socket takes more. Meanwhile states pass
by; the next message leads from what the reader has to the newest. A reader that takes nothing for
`STALLED_AFTER_S` is let go; it may come back for a fresh snapshot.

Browsers send `Origin` and let any page open a websocket anywhere: a page from elsewhere must not read the
calls, so an Origin that is not ours is refused (RFC 6455 10.2).
"""

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.websockets import WebSocket, WebSocketDisconnect

from api.hub import Hub

STALLED_AFTER_S = 30.0
POLICY_VIOLATION = 1008


async def serve_reader(websocket: WebSocket, hub: Hub, *, stalled_after_s: float = STALLED_AFTER_S) -> None:
    """Speaks to one reader until it goes, or stalls."""
    if not _same_origin(websocket):
        await websocket.close(POLICY_VIOLATION, "another origin")
        return
    await websocket.accept()
    sending = asyncio.create_task(_send_states(websocket, hub, stalled_after_s))
    leaving = asyncio.create_task(_wait_until_gone(websocket))
    try:
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        sending.cancel()
        leaving.cancel()
        results = await asyncio.gather(sending, leaving, return_exceptions=True)
    _raise_defects(results)


async def _send_states(websocket: WebSocket, hub: Hub, stalled_after_s: float) -> None:
    with hub.reader() as first:
        sent = first
        text = hub.encode_snapshot(sent)
        while True:
            async with asyncio.timeout(stalled_after_s):
                await websocket.send_text(text)
            newest = await hub.newer(sent)
            text = hub.encode_change(sent, newest)
            sent = newest


async def _wait_until_gone(websocket: WebSocket) -> None:
    """Reads and drops what a reader says (nothing is expected of it) until it leaves."""
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return


def _raise_defects(results: Sequence[BaseException | None]) -> None:
    """A reader that left or stalled is an ordinary end; anything else is a defect and is raised."""
    for result in results:
        if isinstance(result, WebSocketDisconnect | TimeoutError | asyncio.CancelledError | None):
            continue
        raise result


def _same_origin(websocket: WebSocket) -> bool:
    origin = websocket.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == websocket.headers.get("host")
