"""The routes about mailboxes.

GET    /v1/mailboxes                   those that have messages
GET    /v1/mailboxes/{name}/messages   what lies in one
POST   /v1/voicemail/{id}/heard | new  mark a message
DELETE /v1/voicemail/{id}              take it out

A web page elsewhere must not be able to ask for the latter two (`flow_routes.only_our_own`).
"""

from collections.abc import Sequence
from typing import Annotated, Protocol

from fastapi import Depends, FastAPI, HTTPException, Path, Query, Response

from api.flow_routes import only_our_own
from api.schema import View
from api.voicemail_schema import MailboxList, MailboxView, Mark, MarkOrder, MessageList, MessageView

Name = Annotated[str, Path(min_length=1, max_length=256)]
Limit = Annotated[int, Query(ge=1, le=1000, description="How many, the newest first")]


class VoicemailSystem(Protocol):
    """The running system's mailboxes as the API sees them."""

    async def mailboxes(self) -> Sequence[MailboxView]:
        """Those that have messages."""

    async def messages(self, mailbox: str, *, new: bool, limit: int) -> Sequence[MessageView]:
        """What lies in one, all or only new ones."""

    async def mark_message(self, message_id: str, *, heard: bool) -> MessageView | None:
        """Heard, or new again; None: there is no such message."""

    async def remove_message(self, message_id: str) -> bool:
        """Take it out; False: there is no such message."""


def add_voicemail_routes(app: FastAPI, system: VoicemailSystem) -> None:
    """Serve them."""

    @app.get("/v1/mailboxes", response_model=MailboxList)
    async def mailboxes() -> Response:
        """Every mailbox that has messages."""
        return _json(MailboxList(mailboxes=tuple(await system.mailboxes())))

    @app.get("/v1/mailboxes/{name}/messages", response_model=MessageList)
    async def messages(name: Name, new: bool = False, limit: Limit = 100) -> Response:
        """What lies in a mailbox, the newest first."""
        return _json(MessageList(messages=tuple(await system.messages(name, new=new, limit=limit))))

    @app.post(
        "/v1/voicemail/{message_id}/{mark}", response_model=MessageView, dependencies=[Depends(only_our_own)]
    )
    async def mark_message(message_id: Name, mark: Mark, order: MarkOrder) -> Response:
        """Mark a message as heard, or as new again."""
        del order
        message = await system.mark_message(message_id, heard=mark == "heard")
        if message is None:
            raise HTTPException(404, f"no message {message_id!r}")
        return _json(message)

    @app.delete("/v1/voicemail/{message_id}", status_code=204, dependencies=[Depends(only_our_own)])
    async def remove_message(message_id: Name) -> Response:
        """Take a message out of its mailbox; the recording stays."""
        if not await system.remove_message(message_id):
            raise HTTPException(404, f"no message {message_id!r}")
        return Response(status_code=204)


def _json(view: View) -> Response:
    return Response(view.model_dump_json(), media_type="application/json")
