"""What control asks, understood: one request in, at most one reply out.

A command about a leg that is gone is void and counted (a hang-up crosses commands); a request that waits for an
answer gets `Refused` with the reason.
"""

from pathlib import Path

from telephony.media import messages as m
from telephony.media.errors import LocalProtocolError, MediaError, NoPortAvailable
from telephony.media.leg_views import leg_info
from telephony.media.playback import Playlist
from telephony.media.room import Room
from telephony.media.seam import sew_out
from telephony.media.sockets import is_address


def handle(room: Room, request: m.AnyRequest, now: float) -> m.AnyReply | None:
    """Do it. The reply is worth sending only if the request has a number."""
    number = request.number
    try:
        return _answer(room, request, now)
    except MediaError as error:
        room.totals.ignored_commands += 1
        return m.Refused(number=number, reason=str(error), no_port=isinstance(error, NoPortAvailable))
    except OSError as error:
        return m.Refused(number=number, reason=error.strerror or str(error))


def _answer(room: Room, request: m.AnyRequest, now: float) -> m.AnyReply | None:
    number = request.number
    match request:
        case m.ReservePorts():
            return m.PortsReserved(number=number, ports=room.reserve(request.count))
        case m.OpenLeg():
            leg = room.open(request.leg_id, now, request.port)
            return m.LegOpened(number=number, local=m.LocalMedia(leg.sockets.port))
        case m.CloseLeg():
            statistics = room.close(room.leg(request.leg_id), now)
            return m.LegClosed(number=number, statistics=statistics)
        case m.ListLegs():
            legs = tuple(leg_info(leg, room.worker) for leg in room.legs.values())
            return m.Legs(number=number, legs=legs)
        case m.GetStatistics():
            room.census.ask(number, now)
            return None  # the census answers when all legs are counted
        case m.StopRecording():
            if room.recorder.stop(request.recording_id, number):
                return None  # the recorder answers when the file is complete
        case m.Shutdown():
            room.stopping = True
        case _:
            _command(room, request, now)
    return m.Done(number=number)


def _command(room: Room, request: m.AnyRequest, now: float) -> None:
    match request:
        case m.SetRemote():
            if not is_address(request.remote.host):
                raise LocalProtocolError(f"{request.remote.host} is no numeric address")
            leg = room.leg(request.leg_id)
            leg.set_remote(request.remote, now)
            room.mixer.renegotiated(leg)
        case m.Play():
            _play(room, request, now)
        case m.Announce():
            _play(room, request, now)
        case m.JoinConference():
            _join(room, request, now)
        case m.LeaveConference():
            room.mixer.leave(room.leg(request.leg_id), now)
        case m.PausePlayback():
            room.leg(request.leg_id).pause()
        case m.ResumePlayback():
            room.leg(request.leg_id).resume(now)
        case m.SeekPlayback():
            room.leg(request.leg_id).seek(request.position_ms)
        case m.Listen():
            room.listen(room.leg(request.leg_id), request, now)
        case m.StopPlayback():
            room.leg(request.leg_id).stop_playback()
        case m.Bridge():
            legs = room.leg(request.leg_a), room.leg(request.leg_b)
            together = room.mixer.part(*legs, now)
            legs[0].bridge(legs[1])
            if together:
                sew_out(legs)
            for leg in legs:
                leg.greet(now)
        case m.Unbridge():
            room.leg(request.leg_id).unbridge()
        case m.SendDigits():
            room.leg(request.leg_id).send_digits(request.digits, now)
        case m.StartRecording():
            caller, agent = room.legs.get(request.caller_leg), room.legs.get(request.agent_leg)
            path = Path(request.path)
            room.recorder.start(request.recording_id, caller, agent, path, now, room.utc_s())


def _join(room: Room, request: m.JoinConference, now: float) -> None:
    hears, heard_by = (
        None if roles is None else frozenset(roles) for roles in (request.hears, request.heard_by)
    )
    leg = room.leg(request.leg_id)
    room.mixer.join(leg, request.conference_id, request.role, hears, heard_by, now)


def _play(room: Room, request: m.Play | m.Announce, now: float) -> None:
    leg = room.leg(request.leg_id)
    try:
        wide = room.prompts.get_wide(request.files) if leg.wide is not None else None
        files = wide if wide is not None else [room.prompts.get(path) for path in request.files]
    except OSError as error:
        problem = f"{error.filename}: {error.strerror}"
        room.emit(m.PlaybackFinished(leg.leg_id, request.play_id, problem=problem))
        return
    announce = isinstance(request, m.Announce)
    loop = isinstance(request, m.Play) and request.loop
    playlist = Playlist(request.play_id, files, loop=loop, stop_at=request.stop_at, is_wide=wide is not None)
    leg.play(playlist, now, announce=announce)
