"""The session descriptions that rtpengine is shown, and the commands they travel in. Sans-IO.

rtpengine joins two parties of a call by offer and answer; our legs are opened, pointed at a remote and bridged one by
one. So each leg is joined to a stand-in first, a party that nobody is (0.0.0.0): its offer opens the leg's port, the
answer holds the leg's remote. A bridge joins the two legs anew, both keeping their ports (`port latching`).
"""

from typing import Final

from telephony.media.errors import RemoteProtocolError
from telephony.media.messages import RemoteMedia
from telephony.media.rtpengine.bencode import Dictionary, Value

PAYLOAD_TYPES: Final = {"PCMU": 0, "PCMA": 8}
STAND_IN_EVENTS: Final = 101
_DIRECTIONS: Final = {
    (True, True): "sendrecv",
    (True, False): "recvonly",
    (False, True): "sendonly",
    (False, False): "inactive",
}
"""By whether we may send and whether we expect audio; in the remote's words."""


def stand_in() -> str:
    """A party that is nowhere and speaks whatever a leg may speak."""
    return _description("0.0.0.0", 9, "0 8", STAND_IN_EVENTS, ["a=sendrecv", "a=rtcp-mux"])


def remote_description(remote: RemoteMedia) -> str:
    """What a leg's remote would have written."""
    lines = [
        f"a=rtpmap:{remote.payload_type} {remote.codec}/8000",
        f"a=ptime:{remote.ptime_ms}",
        f"a={_DIRECTIONS[remote.sending, remote.receiving]}",
    ]
    if remote.rtcp_mux:
        lines.append("a=rtcp-mux")
    return _description(remote.host, remote.port, str(remote.payload_type), remote.dtmf_payload_type, lines)


def joining(
    call_id: str,
    one: str,
    other: str,
    description: str,
    *,
    transcode: str | None = None,
    digits: bool = False,
) -> dict[str, Value]:
    """The fields of an offer or an answer between two tags.

    transcode  the codec to be offered besides the description's own, for a party that does not speak it
    digits     digits are to be put into the audio: it is taken apart for that, which costs
    """
    flags = ["trust-address", "port-latching", *(["inject-DTMF"] if digits else [])]
    fields: dict[str, Value] = {
        "call-id": call_id,
        "from-tag": one,
        "sdp": description,
        "flags": flags,
        "replace": ["origin"],
        "ICE": "remove",
        "rtcp-mux": ["offer"],
    }
    if other:
        fields["to-tag"] = other
    if transcode is not None:
        fields["codec"] = {"transcode": [transcode]}
    return fields


def port_in(answer: Dictionary) -> int:
    """The port that rtpengine opened. RemoteProtocolError if its answer has none."""
    description = answer.get("sdp")
    if isinstance(description, str):
        for line in description.splitlines():
            kind, _, rest = line.partition(" ")
            port = rest.partition(" ")[0]
            if kind == "m=audio" and port.isdigit() and int(port):
                return int(port)
    raise RemoteProtocolError("rtpengine answered without a port")


def _description(host: str, port: int, formats: str, events: int | None, lines: list[str]) -> str:
    family = "IP6" if ":" in host else "IP4"
    if events is not None:
        formats += f" {events}"
        lines = [f"a=rtpmap:{events} telephone-event/8000", *lines]
    head = [
        "v=0",
        f"o=- 1 1 IN {family} {host}",
        "s=-",
        f"c=IN {family} {host}",
        "t=0 0",
        f"m=audio {port} RTP/AVP {formats}",
    ]
    return "\r\n".join([*head, *lines, ""])
