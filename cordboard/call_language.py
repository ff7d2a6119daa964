"""In which language a caller is spoken to by the server itself, between the steps of a flow."""

from __future__ import annotations

from cordboard.live_call import LiveCall

LANGUAGE = "language"
"""The variable in which a flow keeps the caller's choice, if it offers one."""


def language_of(call: LiveCall, otherwise: str) -> str:
    """What the caller chose, or the flow speaks; `otherwise` for a caller in no flow."""
    if call.session is None:
        return call.language or otherwise
    runner = call.session.runner
    chosen = runner.run.variables.get(LANGUAGE)
    return chosen if isinstance(chosen, str) and chosen else runner.flow.language
