"""An rtpengine that runs on this machine already, behind the interface of our own workers. asyncio.

    open_leg > set_remote > play, bridge, digits > close_leg      as `telephony.media.engine` has it

rtpengine relays, transcodes between the two laws, plays prompts and tells digits. It does not record, mix, listen,
pause or announce for us: those raise LocalProtocolError, and the configuration is refused at start-up if it
needs them (`cordboard.engine_check`). Legs opened near each other share one rtpengine call, and only they can be
bridged. A leg's ports stay open until its call ends, with its last leg.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from telephony.media import messages as m
from telephony.media.errors import LocalProtocolError, MediaError
from telephony.media.messages import (
    LegInfo,
    LegStatistics,
    LocalMedia,
    MediaEvent,
    RemoteMedia,
    WorkerStatistics,
)
from telephony.media.rtpengine.bencode import Dictionary
from telephony.media.rtpengine.commands import Commands
from telephony.media.rtpengine.digit_log import DigitLog
from telephony.media.rtpengine.figures import heard_of, relayed_packets, tags_of
from telephony.media.rtpengine.ng import NgLink
from telephony.media.rtpengine.party import STAND_IN, Call, Party, Playback
from telephony.media.rtpengine.prompt_folder import PromptFolder
from telephony.media.rtpengine.refusals import Refusals
from telephony.media.rtpengine.watch import Watch

MOST_CALLS = 32_000
STOP_S = 5.0
Command = Callable[[], Coroutine[object, object, None]]


@dataclass(frozen=True, slots=True)
class RtpengineConfig:
    """Where rtpengine is, and what is agreed on with whoever set it up."""

    address: tuple[str, int]
    """Its `listen-ng`."""
    digits: tuple[str, int]
    """Its `dtmf-log-dest`: where we listen."""
    prompts: Path
    """A folder that it can read."""
    name: str
    """Begins the ids of our calls, so that several servers can use one rtpengine."""
    rtp_timeout_s: float = 30.0
    held_timeout_s: float = 300.0


class RtpengineClient(Refusals):
    """A `MediaEngine`."""

    def __init__(self, config: RtpengineConfig, on_event: Callable[[MediaEvent], None]) -> None:
        self._config = config
        self._on_event = on_event
        self._link = NgLink(config.address, f"{config.name}-{time.time_ns():x}-")
        self._commands = Commands(self._link, PromptFolder(config.prompts))
        self._digits = DigitLog(self._on_digit)
        self._parties: dict[str, Party] = {}
        self._calls: dict[str, Call] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._watching: asyncio.Task[None] | None = None
        self._opened = 0
        self._watch = Watch(
            self._link, config.rtp_timeout_s, config.held_timeout_s, self._calls, self._emit, self._forget
        )

    async def start(self) -> None:
        """WorkerUnavailable says why there is no rtpengine to be had."""
        await self._link.open()
        await self._link.ask("ping")
        await self._digits.open(self._config.digits)
        await self._find_calls()
        self._watching = asyncio.get_running_loop().create_task(self._watch.run())

    async def close(self, *, stop_workers: bool = True) -> None:
        """Detach; with `stop_workers` our calls end in rtpengine too, otherwise they go on."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_S)  # legs that were just let go of
        owned = tuple(self._tasks) if self._watching is None else (*self._tasks, self._watching)
        for task in owned:
            task.cancel()
        await asyncio.gather(*owned, return_exceptions=True)
        try:
            for call in tuple(self._calls.values()) if stop_workers else ():
                await self._commands.delete(call)
        except MediaError:
            pass  # it went before us
        self._calls.clear()
        self._parties.clear()
        self._digits.close()
        self._link.close()

    # --------------------------------------------------------------------------------------------- legs

    async def open_leg(self, leg_id: str, *, near: str | None = None) -> LocalMedia:
        """A new leg with its own port; `near` puts it into that leg's call, to be bridged with it."""
        if leg_id in self._parties:
            raise LocalProtocolError(f"leg {leg_id} is open already")
        call = self._party(near).call if near is not None else Call(f"{self._config.name}-{leg_id}")
        party = Party(leg_id, call, time.time())
        self._calls[call.call_id] = call
        self._parties[leg_id] = call.parties[leg_id] = party
        try:
            async with call.turn:
                await self._commands.open(party)
        except BaseException:
            self._drop(party)
            if not call.parties:
                self._calls.pop(call.call_id, None)
            raise
        self._opened += 1
        return LocalMedia(party.port)

    def open_leg_at_once(self, leg_id: str) -> LocalMedia | None:  # noqa: ARG002
        """rtpengine must be asked for each port."""
        return None

    def set_remote(self, leg_id: str, remote: RemoteMedia) -> None:
        party = self._parties.get(leg_id)
        if party is not None:
            party.remote, party.opened_at_utc_s = remote, time.time()
            self._in_turn(party, partial(self._commands.point, party))

    def release_leg(self, leg_id: str) -> None:
        party = self._parties.get(leg_id)
        if party is not None:
            silence = party.take_playback() is not None
            self._part(party)
            self._drop(party)
            self._in_turn(party, partial(self._close, party, silence=silence))

    async def close_leg(self, leg_id: str) -> LegStatistics:
        """Let go of the leg; what rtpengine counted of it, which is what came in."""
        party = self._parties.get(leg_id)
        if party is None:
            return LegStatistics()
        try:
            async with party.call.turn:
                heard = await self._commands.heard(party)
        except MediaError:
            return LegStatistics()  # rtpengine has ended the call, or is gone itself
        finally:
            self.release_leg(leg_id)
        return LegStatistics(packets_received=heard.packets, bytes_received=heard.octets)

    async def list_legs(self) -> list[LegInfo]:
        """Every leg of ours that rtpengine knows, also those of an earlier control."""
        found = []
        for call in tuple(self._calls.values()):
            try:
                answer = await self._link.ask("query", call_id=call.call_id)
            except LocalProtocolError:
                continue  # it ended meanwhile
            found += [
                self._info(call, tag, answer) for tag in tags_of(answer) if not tag.startswith(STAND_IN)
            ]
        return found

    # -------------------------------------------------------------------------------------- what is heard

    def play(
        self, leg_id: str, play_id: str, files: Sequence[Path], *, loop: bool = False, stop_at: str = ""
    ) -> None:
        party = self._parties.get(leg_id)
        if party is None or party.bridged is not None:
            return  # gone; or the bridge came first, and a late play must not break it
        party.take_playback()
        party.playback = Playback(play_id, stop_at)
        self._in_turn(party, partial(self._play, party, party.playback, tuple(files), loop=loop))

    def stop_playback(self, leg_id: str) -> None:
        party = self._parties.get(leg_id)
        if party is not None and party.take_playback() is not None:
            self._in_turn(party, partial(self._commands.silence, party))

    def bridge(self, leg_a: str, leg_b: str) -> None:
        one, other = self._parties.get(leg_a), self._parties.get(leg_b)
        if one is None or other is None:
            return
        if one.call is not other.call:
            raise LocalProtocolError(f"{leg_a} and {leg_b} are in different calls: open one near the other")
        for party in (one, other):
            if party.take_playback() is not None:
                self._in_turn(party, partial(self._commands.silence, party))
            if party.bridged not in (one, other):
                self._part(party)
        one.bridged, other.bridged = other, one
        self._in_turn(one, partial(self._commands.bridge, one, other))

    def unbridge(self, leg_a: str) -> None:
        party = self._parties.get(leg_a)
        if party is not None:
            self._part(party)

    def send_digits(self, leg_id: str, digits: str) -> None:
        """Into a running talk only: LocalProtocolError otherwise."""
        party = self._parties.get(leg_id)
        if party is not None:
            if party.bridged is None:
                raise LocalProtocolError("rtpengine puts digits into a running talk only")
            self._in_turn(party, partial(self._commands.put_in, party, digits))

    # ------------------------------------------------------------------------------------------ figures

    async def statistics(self) -> WorkerStatistics:
        """rtpengine counts for everybody who uses it; legs are ours."""
        answer = await self._link.ask("statistics")
        relayed = relayed_packets(answer)
        return WorkerStatistics(
            legs=len(self._parties),
            legs_opened=self._opened,
            packets_received=relayed,
            packets_sent=relayed,
            malformed=self._digits.malformed,
        )

    async def worker_statistics(self) -> dict[int, WorkerStatistics]:
        return {0: await self.statistics()}

    # ------------------------------------------------------------------------------------------- inside

    async def _find_calls(self) -> None:
        """What an earlier control of our name left in rtpengine."""
        answer = await self._link.ask("list", limit=MOST_CALLS)
        listed = answer.get("calls")
        for call_id in listed if isinstance(listed, list) else ():
            if isinstance(call_id, str) and call_id.startswith(f"{self._config.name}-"):
                call = self._calls[call_id] = Call(call_id)
                for tag in tags_of(await self._link.ask("query", call_id=call_id)):
                    if not tag.startswith(STAND_IN):
                        self._parties[tag] = call.parties[tag] = Party(tag, call, time.time())

    async def _play(self, party: Party, playback: Playback, files: tuple[Path, ...], *, loop: bool) -> None:
        if party.playback is not playback:
            return  # replaced or stopped before its turn came
        try:
            seconds = await self._commands.play(party, files, loop=loop)
        except (OSError, LocalProtocolError) as error:
            self._finished(party, playback, problem=_why(error))
            return
        if seconds is not None and party.playback is playback:
            loop_ = asyncio.get_running_loop()
            playback.finish = loop_.call_later(seconds, self._finished, party, playback)

    def _finished(self, party: Party, playback: Playback, *, problem: str | None = None) -> None:
        if party.playback is playback:
            party.playback = None
            self._emit(m.PlaybackFinished(party.leg_id, playback.play_id, problem=problem))

    def _on_digit(self, call_id: str, tag: str, digit: str, duration_ms: int) -> None:
        call = self._calls.get(call_id)
        party = call.parties.get(tag) if call is not None else None
        if party is None:
            return
        if party.put_in and party.put_in[0] == digit:
            party.put_in.popleft()
            return
        self._emit(m.DigitStarted(party.leg_id, digit))
        playback = party.playback
        if playback is not None and digit in playback.stop_at:
            party.take_playback()
            self._in_turn(party, partial(self._commands.silence, party))
            self._emit(m.PlaybackFinished(party.leg_id, playback.play_id, stopped_by=digit))
        self._emit(m.DigitReceived(party.leg_id, digit, duration_ms))

    def _part(self, party: Party) -> None:
        """It hears its peer no more, and is heard no more."""
        peer, party.bridged = party.bridged, None
        if peer is not None:
            peer.bridged = None
            for each in (peer, party):
                self._in_turn(each, partial(self._commands.part, each))

    async def _close(self, party: Party, *, silence: bool) -> None:
        """The leg hears and says nothing more; its call ends with its last leg."""
        if not party.call.parties:
            self._calls.pop(party.call.call_id, None)
            await self._commands.delete(party.call)
        elif silence:
            await self._commands.silence(party)

    def _in_turn(self, party: Party, command: Command) -> None:
        """After the commands of its call that were given before. What fails has cost the leg its media."""

        async def run() -> None:
            try:
                async with party.call.turn:
                    await command()
            except MediaError:
                if party.leg_id in self._parties:
                    self._drop(party)
                    self._emit(m.WorkerLost(0, (party.leg_id,)))

        task = asyncio.get_running_loop().create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _party(self, leg_id: str) -> Party:
        party = self._parties.get(leg_id)
        if party is None:
            raise LocalProtocolError(f"no leg {leg_id}")
        return party

    def _drop(self, party: Party) -> None:
        self._parties.pop(party.leg_id, None)
        party.call.parties.pop(party.leg_id, None)

    def _forget(self, call: Call) -> None:
        """rtpengine has it no more."""
        self._calls.pop(call.call_id, None)
        for party in tuple(call.parties.values()):
            self._drop(party)

    def _emit(self, event: MediaEvent) -> None:
        # Through the loop: a mistake in the application's handler must not end what tells it.
        asyncio.get_running_loop().call_soon(self._on_event, event)

    def _info(self, call: Call, tag: str, answer: Dictionary) -> LegInfo:
        party = call.parties.get(tag)
        heard = heard_of(answer, tag)
        peer = party.bridged if party is not None else None
        playback = party.playback if party is not None else None
        return LegInfo(
            leg_id=tag,
            port=heard.port,
            worker=0,
            remote=party.remote if party is not None else None,
            source="bridge" if peer is not None else "playback" if playback is not None else "silence",
            locked=heard.source if heard.packets else None,
            play_id=playback.play_id if playback is not None else None,
            bridged_with=peer.leg_id if peer is not None else None,
            recording_id=None,
            statistics=LegStatistics(packets_received=heard.packets, bytes_received=heard.octets),
        )


def _why(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
    return f"{error} (can it read the folder of prompts?)"
