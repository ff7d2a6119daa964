"""Sessions that must be refreshed or end (RFC 4028 section 10): when to refresh, when to give up.

What is sent for a refresh is `updates`'; what was agreed on is `session_timer`'s. One deadline a session: the refresh
first, if that is our duty, then the end.
"""

from __future__ import annotations

from collections.abc import Callable

from telephony.sip.core import Core
from telephony.sip.noting import SESSION
from telephony.sip.session import Session, SessionState
from telephony.sip.session_timer import SessionTimer

_AGAIN_S = 10.0


class KeepAlive:
    """The session timers of all sessions. `refresh` sends one and says whether it could; `expire` hangs up."""

    def __init__(self, core: Core, expire: Callable[[Session, float], None]) -> None:
        self._core = core
        self._expire = expire
        self.refresh: Callable[[Session, float], bool] = lambda _session, _now: False

    def agreed(self, session: Session, timer: SessionTimer | None, now: float) -> None:
        """A 2xx said how long the session lives from now on; None: for ever."""
        self._core.note(SESSION, session.id)
        session.timer = timer
        if timer is None:
            session.expires_at = None
            self._core.deadlines.clear(session.id)
            return
        self.resume(session, timer, now + timer.expires_after_s, now)

    def resume(self, session: Session, timer: SessionTimer, expires_at: float, now: float) -> None:
        """Go on with a timer that ends at `expires_at`."""
        session.timer, session.expires_at = timer, expires_at
        if timer.we_refresh:
            at = expires_at - (timer.expires_after_s - timer.refresh_after_s)
            self._core.deadlines.set(session.id, max(at, now), lambda then: self._due(session, then))
        else:
            self._core.deadlines.set(session.id, expires_at, lambda then: self._over(session, then))

    def failed(self, session: Session, now: float) -> None:
        """A refresh was refused for a reason that may pass: try again while there is time."""
        if session.timer is not None and session.timer.we_refresh:
            self._later(session, now)

    def _due(self, session: Session, now: float) -> None:
        if session.expires_at is not None and now >= session.expires_at:
            self._over(session, now)
            return
        self._later(session, now)
        self.refresh(session, now)

    def _later(self, session: Session, now: float) -> None:
        if session.expires_at is not None:
            at = min(now + _AGAIN_S, session.expires_at)
            # A refresh on its way repeats itself for 64*T1 before it fails: no second one meanwhile.
            if session.update_open or session.reoffering or session.reoffer_waits:
                at = session.expires_at
            self._core.deadlines.set(session.id, at, lambda then: self._due(session, then))

    def _over(self, session: Session, now: float) -> None:
        if session.state in (SessionState.CONFIRMED, SessionState.ACCEPTED) and not session.hang_up_wanted:
            self._expire(session, now)
