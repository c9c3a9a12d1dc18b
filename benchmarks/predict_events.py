"""See alerts as people see them: one per trouble, so long before it, and how many were for nothing.

An alert is the first question of a feed at or above the threshold; the next can come a horizon later. A
trouble
is an `event_t` that some question asked about; it was warned of when an alert fell into the horizon before
it.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_DAY = 86_400.0


def event_view(
    truth: pd.DataFrame, p: Floats, threshold: Floats, horizon: float, unit: str
) -> dict[str, float]:
    """Return shares of troubles warned of, lead (minutes, or cycles), alerts a feed-day, and honesty of
    alerts.

    Args:
        truth: Questions with `feed_id`, `t`, `y`, `event_t`.
        p: Probability per question.
        threshold: Threshold per question; folds may differ.
        horizon: Length of the look ahead, in the unit of `t`.
        unit: "s" for seconds, else cycles.
    """
    frame = truth.assign(p=p, hit=p >= threshold)
    alerts = _alerts(frame[frame["hit"]], horizon)
    troubles = frame.loc[frame["y"] == 1, ["feed_id", "event_t"]].drop_duplicates()
    lead: list[float] = []
    moments = {feed: np.sort(own["t"].to_numpy(np.float64)) for feed, own in alerts.groupby("feed_id")}
    for feed, when in troubles.itertuples(index=False):
        own = moments.get(feed, np.zeros(0))
        near = own[(own < when) & (own >= when - horizon)]
        if len(near):
            lead.append(float(when - near[0]))
    scale, day = (60.0, _DAY) if unit == "s" else (1.0, 1.0)
    span = frame.groupby("feed_id")["t"].agg(lambda own: own.max() - own.min()).sum() / day
    true = int(alerts["y"].sum())
    warned = np.array(lead)
    return {
        "events": float(len(troubles)),
        "events_warned": len(lead) / max(len(troubles), 1),
        "events_warned_half": float((warned >= horizon / 2).sum()) / max(len(troubles), 1),
        "lead_p50_min": float(np.median(warned)) / scale if len(warned) else 0.0,
        "alerts_per_feed_day": len(alerts) / max(float(span), 1e-9),
        "false_alerts_per_feed_day": (len(alerts) - true) / max(float(span), 1e-9),
        "alerts_true": true / max(len(alerts), 1),
        "alerts_promised": float(alerts["p"].mean()) if len(alerts) else 0.0,
    }


def _alerts(hits: pd.DataFrame, horizon: float) -> pd.DataFrame:
    kept: list[int] = []
    for _, own in hits.sort_values("t", kind="stable").groupby("feed_id"):
        last = -np.inf
        for index, moment in zip(own.index, own["t"].to_numpy(np.float64), strict=True):
            if moment >= last + horizon:
                kept.append(index)
                last = float(moment)
    return hits.loc[kept]
