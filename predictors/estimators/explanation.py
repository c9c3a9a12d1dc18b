"""Say in words and numbers what moved an estimate away from that of an ordinary feed on an ordinary day."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from domain.counting import counted, lasting
from domain.watch.predictions import Reason
from predictors.estimators.prior_logistic import LinearModel

Floats = NDArray[np.float64]

_MOST_REASONS = 4
_LEAST_EFFECT = 0.15

_KNOWN_BEHIND = 4 * 60
"""Minutes beyond which the signs do not tell how late a start is."""


def _behind(sign: float) -> str:
    """Return for how long a start has been owed."""
    minutes = 10.0 * float(np.expm1(sign))
    return "more than 4 hours" if minutes >= _KNOWN_BEHIND - 1 else lasting(minutes)


_WORDS: dict[str, Callable[[float], str]] = {
    "rate_ever": lambda v: (
        f"fails {np.exp(v):.1f} times as often as feeds in general" if v > 0 else "rarely fails"
    ),
    "rate_30": lambda v: f"failed {np.exp(v):.1f} times as often as usual in its last thirty runs",
    "rate_5": lambda v: "failed in one of its last few runs",
    "failed_last": lambda v: "its last run failed",
    "repeats": lambda v: "the error of its last run is of a kind that tends to come again",
    "retried": lambda v: f"its last run needed {counted(round(v), 'retry', 'retries')}",
    "warned": lambda v: "its last run logged warnings that are not usual progress",
    "slower": lambda v: f"its last run took {np.exp(v):.1f} times its usual time",
    "fewer_rows": lambda v: f"its last run brought {np.exp(v):.1f} times fewer rows than usual",
    "queued": lambda v: f"its last run waited {np.exp(v):.1f} times longer for a worker than usual",
    "rejecting": lambda v: f"its last run rejected {np.exp(v):.1f} times more rows than usual",
    "overrun": lambda v: f"the run under way has taken {np.exp(v):.1f} times its usual time",
    "not_started": lambda v: f"it should have started {_behind(v)} ago",
    "upstream_bad": lambda v: "an upstream failed within the last six hours",
    "upstream_slow": lambda v: f"an upstream took {np.exp(v):.1f} times its usual time",
    "source_bad": lambda v: f"{10 * np.expm1(v):.0f}% of the runs on its source failed within the hour",
    "source_slow": lambda v: "other feeds on its source are slower than usual",
    "pool_bad": lambda v: f"{10 * np.expm1(v):.0f}% of the runs on its worker pool failed within the hour",
    "pool_slow": lambda v: "other feeds on its worker pool are slower than usual",
    "novel": lambda v: f"its last run logged {counted(round(v), 'kind')} of line never seen before",
    "response": lambda v: f"its source answers {np.exp(v):.1f} times slower than usual",
    "refused": lambda v: f"its source refuses {100 * v:.0f}% of connections",
    "file_late": lambda v: f"its source file is {20 * v:.0f} min late",
    "file_small": lambda v: f"its source file is {100 * v:.0f}% smaller than usual",
    "queue": lambda v: f"runs wait {np.exp(v):.1f} times longer than usual for a worker",
    "free_hours": lambda v: f"its database will be full in about {max(1 / max(v, 1e-3) - 0.5, 0.0):.0f} h",
    "upstream_late": lambda v: f"an upstream should have started {_behind(v)} ago",
    "upstream_retried": lambda v: f"an upstream needed {counted(round(v), 'retry', 'retries')}",
    "upstream_refused": lambda v: f"the source of an upstream refuses {100 * v:.0f}% of connections",
    "month_end": lambda v: "it is the end of the month",
}

_PRESUMED: dict[str, Callable[[float], str]] = {
    "overrun": lambda v: (
        f"its run has been due for {np.exp(v):.1f} times its usual time, and no end was told"
    ),
}
"""What is said otherwise of a run that nobody tells of before it has ended."""


def reasons_for(linear: LinearModel, columns: Mapping[str, Floats], told: Floats) -> list[tuple[Reason, ...]]:
    """Return up to four reasons per question, the strongest first.

    The effect is the linear part's weight times the value: exact for that part of the blend, a guide for
    the rest. Reasons that speak against trouble are given only where the estimate is low.
    """
    names = [name for name in linear.columns if name in _WORDS]
    weight = dict(zip(linear.columns, linear.weights, strict=True))
    effects = np.column_stack([weight[name] * columns[name] for name in names])
    found: list[tuple[Reason, ...]] = []
    for row, probability in zip(effects, told, strict=True):
        order = np.argsort(-row)[:_MOST_REASONS]
        place = len(found)
        words = _WORDS | _PRESUMED if columns["presumed"][place] > 0 else _WORDS
        chosen = [
            Reason(words[names[n]](float(columns[names[n]][place])), round(float(row[n]), 3))
            for n in order
            if row[n] >= _LEAST_EFFECT
        ]
        if not chosen and probability < 0.02:
            chosen = [Reason("nothing about it is out of the ordinary", 0.0)]
        found.append(tuple(chosen))
    return found
