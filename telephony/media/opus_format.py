"""What an Opus receiver asks for (RFC 7587 section 6.1), as a value: the parameters of `a=fmtp`, read and written.

Declarative: each side says what it wants to receive, and the other should send that. What is left out has the
RFC's default. Unknown parameters and values that make no sense are passed over.
"""

from dataclasses import dataclass
from typing import Final

CLOCK_RATE_HZ: Final = 48_000
"""RFC 7587 section 4.1: whatever is sampled, and whoever plays it."""
FULL_BAND_HZ: Final = 48_000
SLOWEST, FASTEST = 6000, 510_000
"""Bits a second: RFC 7587 section 6.1, `maxaveragebitrate`."""
PACKET_TIMES_MS: Final = (10, 20, 40, 60)
"""Frames of Opus that are packet times of this room (RFC 6716 section 2.1.4 has 2.5 and 5 too)."""


@dataclass(frozen=True, slots=True)
class OpusFormat:
    """One side's wishes."""

    useinbandfec: bool = False
    """It can take a lost packet's audio out of the next one."""
    stereo: bool = False
    """It prefers two channels; we send one, which it must take."""
    maxplaybackrate_hz: int = FULL_BAND_HZ
    maxaveragebitrate: int | None = None
    """Bits a second; None: it does not say."""
    cbr: bool = False

    @classmethod
    def parse(cls, text: str) -> "OpusFormat":
        """The text behind `a=fmtp:<payload type>`."""
        values: dict[str, int] = {}
        for each in text.split(";"):
            name, _, value = each.strip().partition("=")
            value = value.strip()
            if value.isascii() and value.isdigit() and len(value) <= 9:
                values[name.strip().lower()] = int(value)
        rate, bits = values.get("maxplaybackrate", FULL_BAND_HZ), values.get("maxaveragebitrate")
        return cls(
            useinbandfec=values.get("useinbandfec") == 1,
            stereo=values.get("stereo") == 1,
            maxplaybackrate_hz=rate if 8000 <= rate <= FULL_BAND_HZ else FULL_BAND_HZ,
            maxaveragebitrate=bits if bits is not None and SLOWEST <= bits <= FASTEST else None,
            cbr=values.get("cbr") == 1,
        )

    def __str__(self) -> str:
        """As our side says it: always one channel, both ways."""
        parts = [f"useinbandfec={int(self.useinbandfec)}", "stereo=0", "sprop-stereo=0"]
        if self.maxplaybackrate_hz != FULL_BAND_HZ:
            parts.append(f"maxplaybackrate={self.maxplaybackrate_hz}")
        if self.maxaveragebitrate is not None:
            parts.append(f"maxaveragebitrate={self.maxaveragebitrate}")
        if self.cbr:
            parts.append("cbr=1")
        return ";".join(parts)


def packet_time_ms(asked_ms: int) -> int:
    """The longest packet time that Opus has, and that is not longer than asked for."""
    return max((each for each in PACKET_TIMES_MS if each <= asked_ms), default=PACKET_TIMES_MS[0])
