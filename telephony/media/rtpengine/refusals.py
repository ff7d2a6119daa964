"""What our own workers do and rtpengine does not, each said as LocalProtocolError.

A configuration that needs any of it is refused at start-up (`cordboard.engine_check`).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from telephony.media.errors import LocalProtocolError


class Refusals:
    """The rest of a `MediaEngine`."""

    hears_digits = False

    def listen(
        self,
        leg_id: str,
        *,
        digits: bool = False,
        silence_s: float = 0.0,
        judge: bool = False,
        utterances: bool = False,
    ) -> None:
        if digits or silence_s or judge or utterances:
            _cannot(f"listen to what leg {leg_id} says")

    def announce(self, leg_id: str, play_id: str, files: Sequence[Path], *, stop_at: str = "") -> None:  # noqa: ARG002
        _cannot("announce over a talk")

    def pause_playback(self, leg_id: str) -> None:  # noqa: ARG002
        _cannot("pause a prompt")

    def resume_playback(self, leg_id: str) -> None:  # noqa: ARG002
        _cannot("resume a prompt")

    def seek_playback(self, leg_id: str, position_ms: int) -> None:  # noqa: ARG002
        _cannot("go to a place in a prompt")

    def join_conference(
        self,
        conference_id: str,  # noqa: ARG002
        leg_id: str,  # noqa: ARG002
        role: str,  # noqa: ARG002
        *,
        hears: Sequence[str] | None = None,  # noqa: ARG002
        heard_by: Sequence[str] | None = None,  # noqa: ARG002
    ) -> None:
        _cannot("mix conferences")

    def leave_conference(self, leg_id: str) -> None:  # noqa: ARG002
        _cannot("mix conferences")

    def start_recording(self, recording_id: str, caller_leg: str, agent_leg: str, path: Path) -> None:  # noqa: ARG002
        _cannot("record")

    async def stop_recording(self, recording_id: str) -> None:
        """There is none."""


def _cannot(what: str) -> NoReturn:
    raise LocalProtocolError(f"rtpengine cannot {what}: that takes Cordboard's own media workers")
