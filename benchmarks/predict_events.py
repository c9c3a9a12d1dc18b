"""See alerts as people see them: one per trouble, so long before it, and how many were for nothing.

An alert is the first question of a feed at or above the threshold; the next can come a horizon later. A
trouble is an `event_t` that some question asked about; it was warned of when an alert fell into the horizon
before it. An alert a minute too early thus counts as false and holds the next one back for an hour. In
service nothing is held back: a card stays open and is brought up to date while the estimate stays high, and
for a horizon after. `card_…` judges those: when did the card open that was open as the trouble came.
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
    cards, opened = _cards(frame, horizon), []
    for feed, when in troubles.itertuples(index=False):
        opened += [when - first for first, last in cards.get(str(feed), ()) if first < when <= last + horizon]
    true = int(alerts["y"].sum())
    warned = np.array(lead)
    return {
        "events": float(len(troubles)),
        "events_warned": len(lead) / max(len(troubles), 1),
        "events_warned_half": float((warned >= horizon / 2).sum()) / max(len(troubles), 1),
        "lead_p50_min": float(np.median(warned)) / scale if len(warned) else 0.0,
        "card_warned": len(opened) / max(len(troubles), 1),
        "card_lead_p50_min": float(np.median(opened)) / scale if opened else 0.0,
        "cards_per_feed_day": sum(map(len, cards.values())) / max(float(span), 1e-9),
        "alerts_per_feed_day": len(alerts) / max(float(span), 1e-9),
        "false_alerts_per_feed_day": (len(alerts) - true) / max(float(span), 1e-9),
        "alerts_true": true / max(len(alerts), 1),
        "alerts_promised": float(alerts["p"].mean()) if len(alerts) else 0.0,
    }


def _cards(frame: pd.DataFrame, horizon: float) -> dict[str, list[tuple[float, float]]]:
    """Return per feed when each card opened and when its estimate was last high; a trouble closes it."""
    found: dict[str, list[tuple[float, float]]] = {}
    for feed, own in frame[frame["hit"] | (frame["y"] == 1)].groupby("feed_id"):
        troubles = np.unique(own.loc[own["y"] == 1, "event_t"].to_numpy(np.float64))
        cards: list[tuple[float, float]] = []
        for moment in np.sort(own.loc[own["hit"], "t"].to_numpy(np.float64)).tolist():
            between = cards and np.any((troubles > cards[-1][1]) & (troubles <= moment))
            if cards and moment - cards[-1][1] <= horizon and not between:
                cards[-1] = (cards[-1][0], moment)
            else:
                cards.append((moment, moment))
        found[str(feed)] = cards
    return found


def _alerts(hits: pd.DataFrame, horizon: float) -> pd.DataFrame:
    kept: list[int] = []
    for _, own in hits.sort_values("t", kind="stable").groupby("feed_id"):
        last = -np.inf
        for index, moment in zip(own.index, own["t"].to_numpy(np.float64), strict=True):
            if moment >= last + horizon:
                kept.append(index)
                last = float(moment)
    return hits.loc[kept]
