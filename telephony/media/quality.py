"""How a leg sounds, as one figure: the E-model (ITU-T G.107) with the defaults of G.113 for G.711.

Pure arithmetic over what a leg counted; burstiness is taken as random loss.
"""

G711_PACKET_LOSS_ROBUSTNESS = 25.1  # G.113 appendix I: G.711 with loss concealment at the receiver
BASE_RATING = 93.2  # all other parameters of G.107 at their defaults


def rating(one_way_delay_ms: float, loss_percent: float) -> float:
    """The R factor, 0 to 93.2."""
    delay_impairment = 0.024 * one_way_delay_ms + 0.11 * max(0.0, one_way_delay_ms - 177.3)
    loss_impairment = 95 * loss_percent / (loss_percent + G711_PACKET_LOSS_ROBUSTNESS)
    return max(0.0, BASE_RATING - delay_impairment - loss_impairment)


def mean_opinion_score(
    *, round_trip_ms: float | None, jitter_ms: float, loss_percent: float, ptime_ms: int
) -> float:
    """MOS, 1 to 4.5; the delay is half the round trip, one packet and a buffer of twice the jitter."""
    delay_ms = (round_trip_ms or 0.0) / 2 + ptime_ms + 2 * jitter_ms
    factor = rating(delay_ms, loss_percent)
    return max(1.0, 1 + 0.035 * factor + factor * (factor - 60) * (100 - factor) * 7e-6)
