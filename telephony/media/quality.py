"""How a leg sounds, as one figure: the E-model of the band that its codec carries, with that codec's impairments.

    narrowband   ITU-T G.107     R up to 93.2   PCMU, PCMA   Ie 0, Bpl 25.1: G.113 appendix I, with loss concealment
    wideband     ITU-T G.107.1   R up to 129    G722         Ie 13 at 64 kbit/s: G.113 appendix IV
    fullband     ITU-T G.107.2   R up to 148    opus         Ie 20.2, Bpl 11.3: super-wideband, 25 kbit/s, variable
                                                             rate, random loss; M. Al-Ahmadi, Opus_emodel (2021)

No Bpl for G.722 was found; a waveform codec as G.711 is, it gets that one's. A score is of its own band, as P.800.1 has
it (MOS-N, W, F): a flawless line is near 4.4 in each, and scores of different codecs are not for comparison. Pure
arithmetic over what a leg counted; burstiness is taken as random loss.
"""

from typing import Final, NamedTuple

from telephony.media.messages import Codec


class Impairment(NamedTuple):
    """One codec on the scale of its band: R without any impairment, Ie, Bpl, Ie when all is lost, and R in units of
    G.107's, for which the formula of MOS is made."""

    base: float
    codec: float
    robustness: float
    worst: float = 95.0
    scale: float = 1.0


_G711: Final = Impairment(93.2, 0.0, 25.1)
IMPAIRMENTS: Final[dict[Codec, Impairment]] = {
    "PCMU": _G711,
    "PCMA": _G711,
    "G722": Impairment(129.0, 13.0, 25.1, scale=1.29),
    "opus": Impairment(148.0, 20.2, 11.3, worst=132.0, scale=1.48),
}


def rating(codec: Codec, one_way_delay_ms: float, loss_percent: float) -> float:
    """The R factor, 0 to the `base` of the codec's band."""
    base, impairment, robustness, worst, _ = IMPAIRMENTS[codec]
    delay_impairment = 0.024 * one_way_delay_ms + 0.11 * max(0.0, one_way_delay_ms - 177.3)
    loss_impairment = (worst - impairment) * loss_percent / (loss_percent + robustness)
    return max(0.0, base - impairment - delay_impairment - loss_impairment)


def mean_opinion_score(
    codec: Codec, *, round_trip_ms: float | None, jitter_ms: float, loss_percent: float, ptime_ms: int
) -> float:
    """MOS, 1 to 4.5; the delay is half the round trip, one packet and a buffer of twice the jitter."""
    delay_ms = (round_trip_ms or 0.0) / 2 + ptime_ms + 2 * jitter_ms
    factor = rating(codec, delay_ms, loss_percent) / IMPAIRMENTS[codec].scale
    return max(1.0, 1 + 0.035 * factor + factor * (factor - 60) * (100 - factor) * 7e-6)
