"""Small statistics of short series: quantiles, and where a score is heading."""

from collections.abc import Sequence
from math import sqrt

_USUAL_WOBBLE, _USUAL_WEIGHT = 3.0, 2.0
_WIDENS = 0.3
_LOOKED_AT, _LEAST = 12, 5
_UNLIKELY = 1.645
_STEEP = 0.05


def share_of(ordered: Sequence[float], share: float) -> float:
    """Return the value below which a share of sorted values lies; 0 for none."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


def forecast_band(scores: Sequence[float], ahead: int) -> tuple[float, float, float]:
    """Return low, middle and high (80 % band) of a score of 0 to 100 some deliveries ahead.

    By damped trend (Gardner and McKenzie 1985). Two scores tell little of how much scores wobble: until more
    are known, the band holds a usual wobble as well.
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
    squares = sum(error * error for error in errors) + _USUAL_WEIGHT * _USUAL_WOBBLE**2
    spread = sqrt(squares / (len(errors) + _USUAL_WEIGHT))
    wide = 1.28 * spread * sqrt(1.0 + _WIDENS * (ahead - 1))
    return _score(middle - wide), _score(middle), _score(middle + wide)


def trend_in_words(scores: Sequence[float]) -> str:
    """Return where the newest scores are heading; empty with fewer than five.

    Kendall's test says whether there is a trend at all (one in ten would be chance), Sen's slope how steep.
    """
    newest = scores[-_LOOKED_AT:]
    if len(newest) < _LEAST:
        return ""
    pairs = [(j - i, newest[j] - newest[i]) for i in range(len(newest)) for j in range(i + 1, len(newest))]
    agreeing = sum((rise > 0) - (rise < 0) for _, rise in pairs)
    count = len(newest)
    chance = sqrt(count * (count - 1) * (2 * count + 5) / 18)
    slope = share_of(sorted(rise / steps for steps, rise in pairs), 0.5)
    if abs(agreeing) <= _UNLIKELY * chance or abs(slope) < _STEEP:
        return "steady"
    return f"{'falling' if slope < 0 else 'rising'} by about {abs(slope):.1f} a delivery"


def _score(value: float) -> float:
    return min(max(value, 0.0), 100.0)
