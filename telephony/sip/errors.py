"""What can go wrong in SIP, and whose fault it is.

    SipError
    +-- LocalProtocolError    we broke the rules: a defect in the caller of this package
    +-- RemoteProtocolError   the peer broke the rules: carries the status that says so (RFC 3261 section 21)

Hostile bytes raise `RemoteProtocolError` and nothing else. Expected endings (a call refused, a timeout) are
events, not exceptions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telephony.sip.message import Request


class SipError(Exception):
    """The root of this package's exceptions."""


class LocalProtocolError(SipError):
    """Our own side asked for something that SIP does not allow in this state."""


class RemoteProtocolError(SipError):
    """The peer sent something that SIP does not allow.

    `status` is the response code that fits, for a request; `request` is what could still be read of it,
    so that an answer can be addressed.
    """

    def __init__(self, why: str, status: int = 400, request: Request | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.status = status
        self.request = request
