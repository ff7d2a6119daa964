"""From the settings that people write to the settings of each room: plain conversions, no decisions."""

from __future__ import annotations

import os
import secrets
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from acd.model import Queue, RouterPolicy
from cordboard import __version__, routing
from cordboard.config import CordboardFile
from cordboard.engine_settings import host_and_port
from cordboard.folders import Folders
from ivr.drivers.notices import MailSettings
from telephony.calls.local_address import OUTSIDE, route_to
from telephony.calls.terms import MediaTerms
from telephony.media import dtls_identity
from telephony.media.client import MediaClient
from telephony.media.engine import MediaEngine
from telephony.media.keying import SRTP_KEY_BYTES
from telephony.media.messages import MediaConfig, MediaEvent
from telephony.media.rtpengine.client import RtpengineClient, RtpengineConfig
from telephony.sip.config import UserAgentConfig
from telephony.sip.listeners import StreamLimits
from telephony.sip.parser import Limits
from telephony.sip.tls import TlsFiles

ANY_ADDRESS = ("0.0.0.0", "::")


def queues(settings: CordboardFile) -> list[Queue]:
    """The queues as the router wants them."""
    return [routing.queue(queue_id, queue) for queue_id, queue in settings.queues.items()]


def policy(settings: CordboardFile) -> RouterPolicy:
    """What holds for all agents."""
    return RouterPolicy(max_missed=settings.max_missed, priority_step_s=settings.priority_step)


def utc_offset_s() -> float:
    """UTC, in seconds since 1970, minus monotonic seconds."""
    return time.time() - time.monotonic()


def public_host(listening_on: str) -> str:
    """The address to tell people: the one listened on, or what a peer outside would reach."""
    return route_to(OUTSIDE) if listening_on in ANY_ADDRESS else listening_on


def server_name(settings: CordboardFile) -> str:
    """What Server and User-Agent say."""
    return settings.sip.server_name or f"Cordboard/{__version__}"


def user_agent(settings: CordboardFile, instance: str = "") -> UserAgentConfig:
    """What the SIP core puts into its messages; the addresses come from the sockets."""
    streams = settings.sip.streams
    return UserAgentConfig(
        name=server_name(settings),
        realm=settings.sip.realm,
        digest_algorithms=settings.sip.digests,
        limits=Limits(message_bytes=streams.message_size, header_fields=streams.header_fields),
        keep_alive_s=settings.sip.keep_alive,
        largest_datagram=settings.sip.largest_datagram,
        instance=instance,
    )


def stream_limits(settings: CordboardFile) -> StreamLimits:
    """How much of us peers may take by connecting."""
    streams = settings.sip.streams
    return StreamLimits(
        connections=streams.connections,
        connections_per_source=streams.connections_per_source,
        idle_s=streams.idle_timeout,
        partial_s=streams.partial_timeout,
        handshake_s=streams.handshake_timeout,
        connect_s=streams.connect_timeout,
    )


def tls_files(settings: CordboardFile, folder: Path) -> TlsFiles:
    """The certificate and whom we believe; relative paths start at the configuration's folder."""
    tls = settings.sip.tls

    def located(path: Path | None) -> Path | None:
        return None if path is None else folder / path

    return TlsFiles(
        certificate=located(tls.certificate),
        key=located(tls.key),
        authorities=located(tls.authorities),
        verify_servers=tls.verify_servers,
        verify_clients=tls.verify_clients,
    )


def mail(settings: CordboardFile) -> MailSettings | None:
    """The mail server for notices, if there is one."""
    server = settings.mail
    if server is None:
        return None
    return MailSettings(
        host=server.host,
        sender=server.sender,
        port=server.port,
        user=server.user,
        password=server.password,
        security=server.security,
    )


def media(settings: CordboardFile, run_folder: Path) -> MediaConfig:
    """How many media workers, and on which ports; one core is control's."""
    spare_cores = max(1, len(os.sched_getaffinity(0)) - 1)
    low, high = settings.media.ports
    return MediaConfig(
        runtime_dir=run_folder,
        port_min=low,
        port_max=high,
        workers=settings.media.workers or spare_cores,
        host="0.0.0.0" if settings.sip.host in ANY_ADDRESS else settings.sip.host,
        codecs=settings.media.codecs,
        handshakes=settings.media.srtp != "off",
        rtp_timeout_s=settings.media.rtp_timeout,
    )


def media_engine(
    settings: CordboardFile, folders: Folders, on_event: Callable[[MediaEvent], None]
) -> MediaEngine:
    """Who carries the audio."""
    if settings.media.engine == "workers":
        return MediaClient(media(settings, folders.run), on_event)
    rtpengine = settings.media.rtpengine
    config = RtpengineConfig(
        address=host_and_port(rtpengine.address),
        digits=host_and_port(rtpengine.digits),
        prompts=rtpengine.prompts or folders.run / "rtpengine",
        name=f"cordboard-{zlib.crc32(str(folders.data.absolute()).encode()):08x}",
        rtp_timeout_s=settings.media.rtp_timeout,
    )
    return RtpengineClient(config, on_event)


def media_terms(settings: CordboardFile, run_folder: Path) -> MediaTerms:
    """What is agreed on with phones and trunks about audio; the certificate of the run folder is made if need be."""
    identity = None
    if settings.media.srtp != "off":
        identity = dtls_identity.load_or_make(run_folder / dtls_identity.FILE_NAME, datetime.now(UTC))
    return MediaTerms(
        codecs=settings.media.codecs,
        srtp=settings.media.srtp,
        ice=settings.media.ice,
        new_key=lambda: secrets.token_bytes(SRTP_KEY_BYTES),
        fingerprint=dtls_identity.fingerprint(identity) if identity is not None else "",
    )
