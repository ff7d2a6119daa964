"""Control's view of the media room: legs by id, whichever worker they live in. asyncio.

Starts the workers or attaches to those that still run from before, puts each new leg into the worker with the
fewest (or beside the leg it will be bridged with), and turns a worker's death into `WorkerLost` and a new worker.
"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from pathlib import Path

import msgspec

from telephony.media import messages as m
from telephony.media.errors import LocalProtocolError, WorkerUnavailable
from telephony.media.messages import (
    LegInfo,
    LegStatistics,
    LocalMedia,
    MediaConfig,
    MediaEvent,
    RemoteMedia,
    WorkerStatistics,
)
from telephony.media.port_reserve import PortReserve
from telephony.media.worker import socket_path
from telephony.media.worker_link import WorkerLink

START_S = 15.0
STOP_S = 10.0
RESTART_PAUSE_S = 0.5


class MediaClient:
    """The async face of all media workers of this machine."""

    hears_digits = True

    def __init__(self, config: MediaConfig, on_event: Callable[[MediaEvent], None]) -> None:
        self._config = config
        self._on_event = on_event
        self._links: dict[int, WorkerLink] = {}
        self._reserves: dict[WorkerLink, PortReserve] = {}
        self._homes: dict[str, WorkerLink] = {}
        self._recordings: dict[str, WorkerLink] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    async def start(self) -> None:
        """Attach to every worker, spawning those that do not run. WorkerUnavailable says why one cannot."""
        for number in range(self._config.workers):
            await self._start_worker(number)

    async def open_leg(self, leg_id: str, *, near: str | None = None) -> LocalMedia:
        """A new leg with its own RTP port; `near` puts it into the worker of that leg, to be bridged with it."""
        link = self._link_for(leg_id, near)
        link.legs.add(leg_id)  # counts for the choice of the next leg's worker from here on
        try:
            port = await self._reserves[link].wait()
        except BaseException:
            link.legs.discard(leg_id)
            raise
        return self._open(leg_id, link, port)

    def open_leg_at_once(self, leg_id: str) -> LocalMedia | None:
        """The same without waiting; None when no port is in reserve just now (`open_leg` then)."""
        link = self._link_for(leg_id, None)
        port = self._reserves[link].take()
        return None if port is None else self._open(leg_id, link, port)

    def set_remote(self, leg_id: str, remote: RemoteMedia) -> None:
        """Whom the leg talks to and how, as offer and answer settled it; again after each re-INVITE."""
        self._tell(leg_id, m.SetRemote(leg_id=leg_id, remote=remote), soon=False)

    def play(
        self, leg_id: str, play_id: str, files: Sequence[Path], *, loop: bool = False, stop_at: str = ""
    ) -> None:
        """Play raw 8 kHz mu-law files one after the other, instead of what plays; then `PlaybackFinished`.

        A digit of `stop_at` ends the playback in the worker as soon as its key goes down.
        """
        paths = tuple(str(path.absolute()) for path in files)
        order = m.Play(leg_id=leg_id, play_id=play_id, files=paths, loop=loop, stop_at=stop_at)
        # Music, which loops, may begin a moment later: it leaves with the bridge if an agent answers at once.
        self._tell(leg_id, order, soon=not loop)

    def pause_playback(self, leg_id: str) -> None:
        self._tell(leg_id, m.PausePlayback(leg_id=leg_id))

    def resume_playback(self, leg_id: str) -> None:
        self._tell(leg_id, m.ResumePlayback(leg_id=leg_id))

    def seek_playback(self, leg_id: str, position_ms: int) -> None:
        """Go on at that place, counted from the begin of the first file."""
        self._tell(leg_id, m.SeekPlayback(leg_id=leg_id, position_ms=position_ms))

    def listen(
        self,
        leg_id: str,
        *,
        digits: bool = False,
        silence_s: float = 0.0,
        judge: bool = False,
        utterances: bool = False,
    ) -> None:
        """Analyse what the remote says: digits inside the audio (only where no telephone-event was negotiated),
        `SilenceHeard` after `silence_s`, `AnsweredBy` once, `UtteranceHeard` for each utterance. Called without any
        of them it ends that."""
        wanted = m.Listen(
            leg_id=leg_id, digits=digits, silence_s=silence_s, judge=judge, utterances=utterances
        )
        self._tell(leg_id, wanted)

    def announce(self, leg_id: str, play_id: str, files: Sequence[Path], *, stop_at: str = "") -> None:
        """Play to this leg alone while it is bridged (instead of its peer) or in a conference (over the others)."""
        paths = tuple(str(path.absolute()) for path in files)
        self._tell(leg_id, m.Announce(leg_id=leg_id, play_id=play_id, files=paths, stop_at=stop_at))

    def join_conference(
        self,
        conference_id: str,
        leg_id: str,
        role: str,
        *,
        hears: Sequence[str] | None = None,
        heard_by: Sequence[str] | None = None,
    ) -> None:
        """Seat the leg in a conference, or give it other roles there; its bridge and playback end.

        `hears` and `heard_by` name roles, None is everybody; somebody is heard only if both sides allow it.
        Listen: `heard_by=()`. Whisper: `heard_by=("agent",)`. Barge, and plain conferences: neither. Hold:
        `hears=(), heard_by=()`. All legs of a conference must be in one worker: open them near each other.
        """
        self._tell(
            leg_id,
            m.JoinConference(
                leg_id=leg_id,
                conference_id=conference_id,
                role=role,
                hears=None if hears is None else tuple(hears),
                heard_by=None if heard_by is None else tuple(heard_by),
            ),
        )

    def leave_conference(self, leg_id: str) -> None:
        """Silence to and from the others; the leg stays open."""
        self._tell(leg_id, m.LeaveConference(leg_id=leg_id))

    def stop_playback(self, leg_id: str) -> None:
        """Silence; no event follows."""
        self._tell(leg_id, m.StopPlayback(leg_id=leg_id))

    def bridge(self, leg_a: str, leg_b: str) -> None:
        """Let both remotes hear each other; ends playback on both. LocalProtocolError: in different workers."""
        if leg_a in self._homes and leg_b in self._homes and self._homes[leg_a] is not self._homes[leg_b]:
            raise LocalProtocolError(f"{leg_a} and {leg_b} are in different workers: open one near the other")
        self._tell(leg_a, m.Bridge(leg_a=leg_a, leg_b=leg_b))

    def unbridge(self, leg_a: str) -> None:
        self._tell(leg_a, m.Unbridge(leg_id=leg_a))

    def send_digits(self, leg_id: str, digits: str) -> None:
        """RFC 4733 events, one after the other; instead of audio while they last."""
        self._tell(leg_id, m.SendDigits(leg_id=leg_id, digits=digits))

    def start_recording(self, recording_id: str, caller_leg: str, agent_leg: str, path: Path) -> None:
        """Spool what both legs hear to the path; see `telephony.media.spool`."""
        link = self._homes.get(caller_leg) or self._homes.get(agent_leg)
        if link is None:
            self._on_event(m.RecordingClosed(recording_id, "no such legs"))
            return
        self._recordings[recording_id] = link
        link.tell(
            m.StartRecording(
                recording_id=recording_id,
                caller_leg=caller_leg,
                agent_leg=agent_leg,
                path=str(path.absolute()),
            )
        )

    async def stop_recording(self, recording_id: str) -> None:
        """Returns when the spool file is complete on disk; at once if it is already."""
        link = self._recordings.pop(recording_id, None)
        for candidate in (link,) if link is not None else tuple(self._links.values()):
            await candidate.ask(m.StopRecording(recording_id=recording_id), m.Done)

    def release_leg(self, leg_id: str) -> None:
        """Let go of the leg, whatever became of it."""
        link = self._homes.pop(leg_id, None)
        if link is not None:
            link.legs.discard(leg_id)
            link.tell(m.CloseLeg(leg_id=leg_id), soon=False)

    async def close_leg(self, leg_id: str) -> LegStatistics:
        """Let go of the leg; its figures. A leg that is gone already has none."""
        link = self._homes.pop(leg_id, None)
        if link is None:
            return LegStatistics()
        link.legs.discard(leg_id)
        try:
            closed = await link.ask(m.CloseLeg(leg_id=leg_id), m.LegClosed)
        except (LocalProtocolError, WorkerUnavailable):
            return LegStatistics()  # released by the worker, or lost with it
        return closed.statistics

    async def list_legs(self) -> list[LegInfo]:
        """Every leg of every worker, also those opened by an earlier control."""
        answers = [await link.ask(m.ListLegs(), m.Legs) for link in tuple(self._links.values())]
        return [leg for answer in answers for leg in answer.legs]

    async def statistics(self) -> WorkerStatistics:
        """Totals over all workers."""
        each = await self.worker_statistics()
        return reduce(WorkerStatistics.plus, each.values(), WorkerStatistics(workers=0))

    async def worker_statistics(self) -> dict[int, WorkerStatistics]:
        """The same by worker."""
        answers = {
            number: await link.ask(m.GetStatistics(), m.Statistics)
            for number, link in tuple(self._links.items())
        }
        return {number: answer.statistics for number, answer in answers.items()}

    async def close(self, *, stop_workers: bool = True) -> None:
        """Detach; with `stop_workers` the workers end too, otherwise their legs go on."""
        self._closing = True
        for reserve in self._reserves.values():
            reserve.close()
        links = tuple(self._links.values())
        if stop_workers:
            for link in links:
                try:
                    await link.ask(m.Shutdown(), m.Done)
                except WorkerUnavailable:
                    pass  # it has ended by itself
            # The workers close the channels when all is on disk.
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=STOP_S)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for link in links:
            await link.close()
        self._links.clear()
        self._homes.clear()

    # ------------------------------------------------------------------------------------------ workers

    async def _start_worker(self, number: int) -> None:
        link, waiting = await self._attach_or_spawn(number)
        if self._closing:  # the replacement of a worker that was lost just before the end
            link.tell(m.Shutdown())
            await link.close()
            return
        self._links[number] = link
        self._reserves[link] = PortReserve(link)
        task = asyncio.create_task(self._follow(number, link), name=f"media worker {number}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        for message in waiting:
            link.deliver(message, self._on_event)
        if link.hello.legs:
            found = await link.ask(m.ListLegs(), m.Legs)
            for leg in found.legs:
                link.legs.add(leg.leg_id)
                self._homes[leg.leg_id] = link
                if leg.recording_id is not None:
                    self._recordings[leg.recording_id] = link
        self._reserves[link].order()

    async def _follow(self, number: int, link: WorkerLink) -> None:
        """Deliver a worker's events for as long as it lives; then say what died with it, and start another."""
        await link.listen(self._on_event)
        if self._closing:
            return
        del self._links[number]
        del self._reserves[link]
        for homes in (self._homes, self._recordings):
            for name in [name for name, home in homes.items() if home is link]:
                del homes[name]
        self._on_event(m.WorkerLost(number, tuple(sorted(link.legs))))
        while not self._closing:
            try:
                await self._start_worker(number)
            except WorkerUnavailable:
                await asyncio.sleep(RESTART_PAUSE_S)
            else:
                return

    async def _attach_or_spawn(self, number: int) -> tuple[WorkerLink, list[m.FromWorker]]:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + START_S
        while True:
            try:
                return await WorkerLink.attach(socket_path(self._config, number))
            except (FileNotFoundError, ConnectionError):
                pass  # none runs
            except WorkerUnavailable:
                if loop.time() > deadline:
                    raise
            problem = await self._spawn(number)
            if problem is not None:
                if loop.time() > deadline:
                    raise WorkerUnavailable(problem)
                await asyncio.sleep(0.05)  # one that is just ending or starting holds the lock

    async def _spawn(self, number: int) -> str | None:
        """Start a worker; None once it listens, else what it said."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "telephony.media.worker",
            f"--number={number}",
            f"--config={_as_json(self._share(number))}",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        async with asyncio.timeout(START_S):
            _, complaint = await process.communicate()
        if process.returncode == 0:
            return None
        return complaint.decode(errors="replace").strip() or f"media worker {number} did not start"

    def _share(self, number: int) -> MediaConfig:
        """Each worker has its own part of the port range, so that none tries another's ports."""
        config = self._config
        width = (config.port_max - config.port_min + 1) // config.workers & ~1
        first = config.port_min + number * width
        return replace(config, port_min=first, port_max=first + width - 1)

    def _tell(self, leg_id: str, request: m.AnyRequest, *, soon: bool = True) -> None:
        """A command about a leg that is gone is void: its end is on the way to the caller, or was told."""
        link = self._homes.get(leg_id)
        if link is not None:
            link.tell(request, soon=soon)

    def _link_for(self, leg_id: str, near: str | None) -> WorkerLink:
        """Where a new leg belongs. LocalProtocolError: the leg is there, or `near` is not; WorkerUnavailable."""
        if leg_id in self._homes:
            raise LocalProtocolError(f"leg {leg_id} is open already")
        return self._home(near) if near is not None else self._least_loaded()

    def _open(self, leg_id: str, link: WorkerLink, port: int) -> LocalMedia:
        """Not soon: the port is bound, and what comes there meanwhile waits in its socket."""
        link.legs.add(leg_id)
        self._homes[leg_id] = link
        link.tell(m.OpenLeg(leg_id=leg_id, port=port), soon=False)
        return LocalMedia(port)

    def _home(self, leg_id: str) -> WorkerLink:
        link = self._homes.get(leg_id)
        if link is None:
            raise LocalProtocolError(f"no leg {leg_id}")
        return link

    def _least_loaded(self) -> WorkerLink:
        if not self._links:
            raise WorkerUnavailable("no media worker runs at the moment")
        return min(self._links.values(), key=lambda link: len(link.legs))


def _as_json(config: MediaConfig) -> str:
    return msgspec.json.encode(config, enc_hook=str).decode()
