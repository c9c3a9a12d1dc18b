"""Small statistics of short series: quantiles, and where a score is heading."""

from collections.abc import Sequence
from math import sqrt


def share_of(ordered: Sequence[float], share: float) -> float:
    """Return the value below which a share of sorted values lies; 0 for none."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


def forecast_band(scores: Sequence[float], ahead: int) -> tuple[float, float, float]:
    """Return low, middle and high (80 % band) of a score of 0 to 100 some deliveries ahead.

    By damped trend (Gardner and McKenzie 1985); the band widens with the root of the distance.
    """
    if not scores:
        return 0.0, 100.0, 100.0
    level, trend, errors = scores[0], 0.0, []
    for value in scores[1:]:
        told = level + 0.9 * trend
        errors.append(value - told)
        before, level = level, told + 0.4 * (value - told)
        trend = 0.8 * 0.9 * trend + 0.2 * (level - before)
    middle = level + trend * sum(0.9**step for step in range(1, ahead + 1))
    mean = sum(errors) / len(errors) if errors else 0.0
    spread = sqrt(sum((error - mean) ** 2 for error in errors) / len(errors)) if errors else 5.0
    wide = 1.28 * spread * sqrt(ahead)
    return _score(middle - wide), _score(middle), _score(middle + wide)


def _score(value: float) -> float:
    return min(max(value, 0.0), 100.0)
