"""Which of our calls a Replaces means, and whether it may be replaced (RFC 3891 section 3)."""

from __future__ import annotations

from telephony.sip.core import Core
from telephony.sip.replaces import Replaces
from telephony.sip.session import Session, SessionState


def session_named(core: Core, replaces: Replaces) -> Session | None:
    """Our session that a Replaces means, whatever its state."""
    return core.dialogs.get((replaces.call_id, replaces.to_tag, replaces.from_tag))


def replaced_by(core: Core, replaces: Replaces) -> Session | int:
    """The session that an INVITE may take the place of, or the status that section 3 wants."""
    session = session_named(core, replaces)
    if session is None:
        return 481
    if session.state is SessionState.ENDING or session.hang_up_wanted:
        return 603
    if session.state in (SessionState.CONFIRMED, SessionState.ACCEPTED):
        return 486 if replaces.early_only else session
    # An early dialog may be replaced only where we are its caller.
    return 481 if session.state is SessionState.INCOMING else session
