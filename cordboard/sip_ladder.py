"""A call's SIP messages drawn as a ladder of text: one column for the server, one for each far end.

    time        udp:192.0.2.7:5060        cordboard          udp:192.0.2.9:5060
                    caller                                          rosa
    0.000             |------ INVITE (SDP) ----->|                       |
    0.001             |<----- 100 Trying --------|                       |
    0.112             |                          |----- INVITE (SDP) --->|

Pure: views in, lines out.
"""

from __future__ import annotations

from collections.abc import Iterator

from api.sip_schema import SipLadder, SipMessage

SERVER = "cordboard"
_TIME_WIDTH = 10
_LEAST_GAP = 26


def draw(ladder: SipLadder) -> Iterator[str]:
    """The lines of the drawing."""
    if not ladder.messages:
        yield f"of call {ladder.call} no messages are kept any more"
        return
    first = ladder.messages[0]
    peers = list(dict.fromkeys(message.peer for message in ladder.messages))
    columns = [peers[0], SERVER, *peers[1:]]
    parties: dict[str, list[str]] = {}
    for message in ladder.messages:
        known = parties.setdefault(message.peer, [])
        if message.party not in known:
            known.append(message.party)
    longest = max(len(label(message)) for message in ladder.messages)
    gap = max(_LEAST_GAP, longest + 8, *(len(each) + 2 for each in columns))
    places = [_TIME_WIDTH + gap // 2 + gap * n for n in range(len(columns))]
    yield _centred(list(zip(places, columns, strict=True)), "time")
    yield _centred([(places[columns.index(peer)], ", ".join(names)) for peer, names in parties.items()], "")
    for message in ladder.messages:
        seconds = (message.at - first.at).total_seconds()
        yield _rung(message, columns.index(message.peer), places, f"{seconds:.3f}")


def in_full(ladder: SipLadder) -> Iterator[str]:
    """Every message as it was, secrets masked, with time, direction and far end before it."""
    for message in ladder.messages:
        way = f"to {message.peer}" if message.sent else f"from {message.peer}"
        yield f"--- {message.at.isoformat(timespec='milliseconds')} {way} ({message.party})"
        yield from message.text.rstrip("\r\n").replace("\r\n", "\n").split("\n")
        yield ""


def label(message: SipMessage) -> str:
    """What a rung says: the method or the status, and whether a session description is in it."""
    line = message.first_line
    words = line.split(" ", 2)
    said = " ".join(words[1:]) if line.startswith("SIP/2.0 ") else words[0]
    _, _, body = message.text.partition("\r\n\r\n")
    return f"{said[:40]} (SDP)" if body.startswith("v=0") else said[:40]


def _rung(message: SipMessage, column: int, places: list[int], time: str) -> str:
    server = 1
    left, right = sorted((places[column], places[server]))
    line = list(f"{time:<{_TIME_WIDTH}}".ljust(places[-1] + 1))
    to_the_right = message.sent == (column > server)
    arrow = f" {label(message)} ".center(right - left - 2, "-")
    line[left + 1 : right] = (
        f"{arrow}->"[-(right - left - 1) :] if to_the_right else f"<-{arrow}"[: right - left - 1]
    )
    for place in places:
        if not left < place < right:
            line[place] = "|"
    return "".join(line).rstrip()


def _centred(texts: list[tuple[int, str]], first: str) -> str:
    line = first
    for place, text in sorted(texts):
        start = max(len(line) + 1, place - len(text) // 2)
        line = line.ljust(start) + text
    return line
