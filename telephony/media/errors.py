"""What can go wrong in the media room.

    MediaError
    ├── RemoteProtocolError    bytes from the network that are no RTP, RTCP or telephone-event
    ├── LocalProtocolError     our own caller asked for what cannot be: an unknown leg, an unknown digit
    ├── NoPortAvailable        every port pair of the range is taken
    └── WorkerUnavailable      a media worker could not be started or reached

Ordinary endings (a remote that falls silent, a prompt that is over, a worker that died) are events, not
exceptions: see `telephony.media.messages`.
"""


class MediaError(Exception):
    """Base of everything this room raises on purpose."""


class RemoteProtocolError(MediaError):
    """The peer sent bytes that break the protocol; they are counted and dropped."""


class LocalProtocolError(MediaError):
    """This side asked for something the protocol does not allow."""


class NoPortAvailable(MediaError):
    """Every RTP/RTCP port pair of the configured range is in use."""


class WorkerUnavailable(MediaError):
    """A media worker could not be started, reached, or went away before it answered."""
