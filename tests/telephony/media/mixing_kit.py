"""Legs in conferences without a network: everybody says a tone of their own, and what each hears is measured."""

from dataclasses import dataclass, field

import numpy as np

from telephony.media.g711 import ULAW_TO_ALAW, alaw_to_linear, linear_to_ulaw, ulaw_to_linear
from telephony.media.mixing import Mixer

TONES_HZ = {"caller": 350, "agent": 700, "supervisor": 1100, "second": 1500, "third": 2100}
LEVEL = 4000


def tone(frequency_hz: int, samples: int, start: int = 0) -> np.ndarray:
    at = np.arange(start, start + samples)
    return (LEVEL * np.sin(2 * np.pi * frequency_hz * at / 8000)).astype(np.int16)


def level_of(samples: np.ndarray, frequency_hz: int) -> float:
    at = np.arange(len(samples))
    return 2 * abs(np.mean(samples * np.exp(-2j * np.pi * frequency_hz * at / 8000)))


@dataclass
class Talk:
    """Legs by role, in conferences; `go` lets all of them speak for so many packet times."""

    new_leg: object
    mixer: Mixer = field(default_factory=Mixer)
    now: float = 10.0
    said: int = 0
    legs: dict = field(default_factory=dict)

    def seat(self, role: str, *, hears=None, heard_by=None, conference: str = "c1", **settled) -> None:
        if role not in self.legs:
            leg = self.legs[role] = self.new_leg(role)
            leg.settle(self.now, **settled)
        roles = [None if names is None else frozenset(names) for names in (hears, heard_by)]
        self.mixer.join(self.legs[role].leg, conference, role.rstrip("2"), *roles, self.now)

    def go(self, ticks: int = 60) -> None:
        for _ in range(ticks):
            self.now += 0.02
            for role, leg in self.legs.items():
                self.say(role, leg)
            self.mixer.tick(self.now)
        self.mixer.tick(self.now)

    def say(self, role: str, leg) -> None:
        units = leg.leg.outgoing.units
        if self.said_by(leg) * 160 % units == 0:
            codes = linear_to_ulaw(tone(TONES_HZ[role.rstrip("2")], units, self.said_by(leg) * 160))
            law = codes.translate(ULAW_TO_ALAW) if leg.leg.codec_number else codes
            leg.timestamp += units - 160  # the kit adds 160 to it
            leg.says(self.now, law)
        leg.turns = self.said_by(leg) + 1

    @staticmethod
    def said_by(leg) -> int:
        return getattr(leg, "turns", 0)

    def hears(self, role: str) -> set[str]:
        """The roles whose tones the leg hears in its last half second."""
        samples = self.heard(role)
        return {name for name, frequency in TONES_HZ.items() if level_of(samples, frequency) > LEVEL / 10}

    def heard(self, role: str) -> np.ndarray:
        leg = self.legs[role]
        law = alaw_to_linear if leg.leg.codec_number else ulaw_to_linear
        return law(b"".join(packet.payload for packet in leg.sent()))[-4000:]
