"""Recordings in a worker: which legs feed which spool file, and what becomes of it.

A recording ends when control says so, when both legs are gone, when the disk refuses, or with the worker. In
every case its file is flushed and closed by the spool's thread first, and `RecordingClosed` says so then.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from telephony.media.leg import Leg
from telephony.media.messages import RecordingClosed
from telephony.media.spool import AGENT, CALLER, SpoolWriter
from telephony.media.spool_files import SpoolFiles
from telephony.media.wheel import Wheel


@dataclass(eq=False, slots=True)
class Recording:
    recording_id: str
    writer: SpoolWriter
    legs: list[Leg]
    ending: str | None = None
    """Why it is being closed."""
    waiting: list[int] = field(default_factory=list)
    """Numbers of the requests that want to know when it is closed."""


class Recorder:
    """All recordings of a worker."""

    def __init__(self, files: SpoolFiles, closed: Callable[[RecordingClosed, list[int]], None]) -> None:
        """`closed` hears of every end, and which requests waited for it."""
        self._files = files
        self._closed = closed
        self._recordings: dict[str, Recording] = {}
        self._flushes: Wheel[Recording] = Wheel(1.0, 50)
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._recordings)

    def start(
        self, recording_id: str, caller: Leg | None, agent: Leg | None, path: Path, now: float, utc_s: float
    ) -> None:
        """Spool what both legs hear from now on; a leg can be in one recording at a time, the newest."""
        if recording_id in self._recordings:
            return
        writer = SpoolWriter(
            now,
            self._files.take_block,
            lambda block, size: self._files.hand_over(recording_id, block, size),
        )
        recording = Recording(recording_id, writer, [])
        self._recordings[recording_id] = recording
        self._files.open(recording_id, path, utc_s)
        for channel, leg in ((CALLER, caller), (AGENT, agent)):
            if leg is None:
                continue
            self.leave(leg)
            leg.record(writer, recording_id, channel)
            recording.legs.append(leg)
        self._flushes.add(recording, now)
        if not recording.legs:
            self._end(recording, "no such legs")

    def stop(self, recording_id: str, number: int) -> bool:
        """Close it; the request is answered when the file is complete. False if there is no such recording."""
        recording = self._recordings.get(recording_id)
        if recording is None:
            return False
        recording.waiting.append(number)
        self._end(recording, "stopped")
        return True

    def leave(self, leg: Leg) -> None:
        """The leg takes no further part in its recording, which ends with its last leg."""
        recording = self._recordings.get(leg.recording_id or "")
        leg.record(None, None)
        if recording is not None and leg in recording.legs:
            recording.legs.remove(leg)
            if not recording.legs:
                self._end(recording, "legs closed")

    def end_all(self, reason: str) -> None:
        for recording in tuple(self._recordings.values()):
            self._end(recording, reason)

    def next_timer(self) -> float:
        return self._flushes.next_at()

    def handle_timer(self, now: float) -> None:
        for recording in self._flushes.due(now):
            recording.writer.flush()

    def collect_closed(self) -> None:
        """Report the files that the spool's thread has finished, or given up, meanwhile."""
        while self._files.closed:
            done = self._files.closed.popleft()
            recording = self._recordings.pop(done.recording_id)
            if done.problem is not None and recording.ending is None:
                self._end(recording, done.problem)  # the disk refused while the recording was running
            reason = done.problem or recording.ending or "stopped"
            self.dropped += recording.writer.dropped
            self._closed(
                RecordingClosed(done.recording_id, reason, recording.writer.dropped), recording.waiting
            )

    def _end(self, recording: Recording, reason: str) -> None:
        if recording.ending is not None:
            return
        recording.ending = reason
        for leg in recording.legs:
            leg.record(None, None)
        recording.legs.clear()
        self._flushes.discard(recording)
        recording.writer.flush()
        self._files.close(recording.recording_id)
