"""How unusual a window of samples is, judged by the same system when it was well.

A value is compared with two null distributions: the level of equally long windows, and the step from the
samples before to such a window. Both are taken from the reference when there is one, because ten minutes
before an incident say little about what is usual (and, where clocks or labels are off, already hold the
fault). The deviation is divided by a robust scale with a floor, so that a constant series that moves by a
hair is not infinitely surprising. Compare RobustScorer (Pham et al., BARO, FSE 2024), which knows only the
samples before.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_MAD_TO_SIGMA = 1.4826
RELATIVE_FLOOR = 0.04
_LONGEST_WINDOW = 12
_LONGEST_HISTORY = 10
_FEWEST_NULL = 8


@dataclass(frozen=True, slots=True)
class Deviation:
    """How far a series left its usual range.

    Args:
        z: Signed, in robust standard deviations; the weaker of level and step where both are known.
        before: Usual value.
        after: Value in the window, in the direction of `z`.
        coverage: Share of samples present in the window.
    """

    z: float
    before: float
    after: float
    coverage: float


def half_mean(window: Floats, upper: bool) -> float:
    """Return the mean of the upper (or lower) half of the samples: lag leaves the first ones untouched."""
    present = window[~np.isnan(window)]
    if present.size == 0:
        return float("nan")
    ordered = np.sort(present)
    half = (ordered.size + 1) // 2
    return float(ordered[-half:].mean() if upper else ordered[:half].mean())


def deviation(
    after: Floats, before: Floats, usual: Floats, *, ratio_scale: bool, floor_share: float = RELATIVE_FLOOR
) -> Deviation | None:
    """Compare a window with what is usual; None when there is nothing to compare.

    Args:
        after: Samples of the window.
        before: Samples just before it, may be empty.
        usual: Fault-free samples in order; when empty, `before` serves.
        ratio_scale: Whether factors matter (latency, cpu) rather than differences (shares, counts of errors).
        floor_share: Smallest scale believed, as a share of the usual level.
    """
    if after.size == 0 or np.isnan(after).all():
        return None
    ground = usual if np.count_nonzero(~np.isnan(usual)) >= _FEWEST_NULL else before
    if np.count_nonzero(~np.isnan(ground)) == 0:
        return None
    coverage = float(np.count_nonzero(~np.isnan(after)) / after.size)
    if _is_full_of_holes(ground, after):
        after, before, ground = (window[~np.isnan(window)] for window in (after, before, ground))
    shift = _log_shift(ground) if ratio_scale else 0.0
    after_s, before_s, ground_s = (_scaled(x, shift, ratio_scale) for x in (after, before, ground))
    usual_middle = _median(ground_s)
    floor = floor_share if ratio_scale else max(floor_share * abs(usual_middle), 1e-3)
    length = _length(after, ground)
    history = max(1, min(int(before.size), _LONGEST_HISTORY, ground.size))
    middle_before = _median(before_s)
    best: Deviation | None = None
    for upper, null in zip((True, False), _nulls(ground_s, length, history), strict=True):
        z = _z(null, half_mean(after_s, upper), middle_before, 1.0 if upper else -1.0, floor)
        if z > 0 and (best is None or z > abs(best.z)):
            best = Deviation(
                z=z if upper else -z,
                before=_median(before) if not np.isnan(middle_before) else _median(ground),
                after=half_mean(after, upper),
                coverage=coverage,
            )
    return best


def _length(after: Floats, ground: Floats) -> int:
    """Return of how many samples a window is that stands beside what came after."""
    return min(int(np.count_nonzero(~np.isnan(after))), _LONGEST_WINDOW, max(1, ground.size // 3))


def _is_full_of_holes(ground: Floats, after: Floats) -> bool:
    """Return whether hardly any window of the ground is whole: a series that is sampled once a minute on an
    axis of half minutes varies, and would seem not to."""
    missing = np.isnan(ground)
    if not missing.any():
        return False
    holes = np.lib.stride_tricks.sliding_window_view(missing, _length(after, ground)).any(axis=1)
    return int(np.count_nonzero(~holes)) < min(_FEWEST_NULL, int(np.count_nonzero(~missing)))


def _median(values: Floats) -> float:
    """Return the median of the present samples; np.median costs ten times as much on short arrays."""
    present = np.sort(values[~np.isnan(values)])
    size = present.size
    return float(present[size // 2] + present[(size - 1) // 2]) / 2.0 if size else float("nan")


def _log_shift(ground: Floats) -> float:
    positive = np.abs(ground[~np.isnan(ground)])
    typical = _median(positive) if positive.size else 0.0
    return max(typical * 0.05, float(positive.max()) * 0.01 if positive.size else 0.0, 1e-9)


def _scaled(values: Floats, shift: float, ratio_scale: bool) -> Floats:
    if not ratio_scale:
        return values
    return np.log(np.maximum(values, 0.0) + shift)


def _z(null: "_Null", level_now: float, middle_before: float, sign: float, floor: float) -> float:
    z_level = sign * (level_now - null.level) / max(null.level_spread, floor)
    if np.isnan(middle_before) or null.step_count < _FEWEST_NULL:
        return z_level
    step_now = level_now - middle_before
    z_step = sign * (step_now - null.step) / max(null.step_spread, floor)
    weaker, stronger = sorted((z_level, z_step))
    # Labels are off by up to two minutes, so `before` may hold the fault: a little of the stronger one
    # counts.
    return 0.8 * weaker + 0.2 * min(stronger, 4.0 * max(weaker, 0.0) + 3.0)


@dataclass(frozen=True, slots=True)
class _Null:
    level: float
    level_spread: float
    step: float
    step_spread: float
    step_count: int


def _nulls(ground: Floats, length: int, history: int) -> tuple[_Null, _Null]:
    """Return the null of upper and of lower half means over all windows of the ground."""
    windows = np.sort(np.lib.stride_tricks.sliding_window_view(ground, length), axis=1)  # NaN sorts last
    middles = row_medians(np.lib.stride_tricks.sliding_window_view(ground, history))
    half = (length + 1) // 2
    full = ~np.isnan(windows[:, -1])
    out = []
    for picked in (windows[:, -half:], windows[:, :half]):
        levels = picked.mean(axis=1)
        clean = levels[full] if full.any() else np.array([_median(ground)])
        steps = levels[history:] - middles[: levels.size - history] if levels.size > history else np.empty(0)
        steps = steps[~np.isnan(steps)]
        middle, spread = _centre(clean)
        step, step_spread = _centre(steps) if steps.size else (0.0, 0.0)
        out.append(_Null(middle, spread, step, step_spread, int(steps.size)))
    return out[0], out[1]


def row_medians(rows: Floats) -> Floats:
    """Return the median of each row over its present samples; NaN where a row has none."""
    ordered = np.sort(rows, axis=1)
    counts = np.count_nonzero(~np.isnan(ordered), axis=1)
    index = np.arange(rows.shape[0])
    low = ordered[index, np.maximum(counts - 1, 0) // 2]
    high = ordered[index, np.minimum(counts // 2, rows.shape[1] - 1)]
    return np.where(counts > 0, (low + high) / 2.0, np.nan)


def _centre(values: Floats) -> tuple[float, float]:
    ordered = np.sort(values)
    size = ordered.size
    middle = float(ordered[size // 2] + ordered[(size - 1) // 2]) / 2.0
    gaps = np.sort(np.abs(ordered - middle))
    mad = _MAD_TO_SIGMA * float(gaps[size // 2] + gaps[(size - 1) // 2]) / 2.0
    low, high = ordered[int(0.025 * (size - 1))], ordered[int(np.ceil(0.975 * (size - 1)))]
    return middle, max(mad, float(high - low) / 3.92)
