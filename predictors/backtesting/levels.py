"""Choose from which estimate each feed alerts, and which feeds may speak: by budget, cost, and outcomes.

The level of a team follows from its weekly budget over the cards that the model in service would have raised
on later data than it learned from. How good a feed's alerts are is counted on the same, and on real alerts,
shadow ones included: where one stood, its outcome counts instead of the backtest's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from domain.ids import FeedName, TeamId
from domain.running.feeds import COST_OF_A_MISS, Feed
from domain.watch.predictions import Verdict
from domain.watch.watching import Threshold, ToldAlert
from predictors.backtesting.alerting import falls_short
from predictors.backtesting.backtest import Backtest, cards_of, spans_of
from predictors.backtesting.card_budget import Cut, cut_of, hours_of, standing

Floats = NDArray[np.float64]

_POOLED_ALERTS = 10.0
_HOUR = 3_600.0
# So many feeds without a team have the budget of one.
_FEEDS_OF_A_TEAM = 20
# A level that moves by less than this stays: it is no news to anybody.
_SAME_LEVEL = 0.1
_JUDGED = (Verdict.HAPPENED, Verdict.DID_NOT_HAPPEN)


@dataclass(frozen=True)
class Rules:
    """What people set: alerts a week, by team where it has its own, and the bar that feeds have to reach."""

    a_week: Mapping[str, float]
    usual_a_week: float
    bar: float
    least: int

    def budget(self, team: str, feeds: int) -> float:
        """Return how many alerts a week a team of so many feeds accepts; feeds without a team share by
        twenties."""
        if team:
            return self.a_week.get(team, self.usual_a_week)
        return self.usual_a_week * max(1, -(-feeds // _FEEDS_OF_A_TEAM))


@dataclass(frozen=True)
class _Record:
    feed: Feed
    level: float
    why: str
    true: int
    alerts: int
    live_true: int
    live_alerts: int


def thresholds_of(
    test: Backtest,
    feeds: Sequence[Feed],
    rules: Rules,
    *,
    told: Sequence[ToldAlert] = (),
    before: Mapping[FeedName, float] | None = None,
) -> list[Threshold]:
    """Return each feed's level by its team's weekly budget, and whether its alerts have proved themselves.

    A feed's own record is pooled with that of all feeds, which counts as ten alerts: few feeds fail often
    enough to prove anything alone. Where it had alerts, one of its own must have been right; and whatever the
    backtest says, real alerts that clearly miss the bar take the feed back into shadow.

    Args:
        test: What the model in service says of later data than it learned from.
        feeds: The feeds.
        rules: Budgets and bar.
        told: Real alerts and how they ended.
        before: The levels in force; they stay where the new one is nearly the same.
    """
    edges = np.searchsorted(test.feed, np.arange(len(feeds) + 1)).tolist()
    rows = [np.arange(first, last) for first, last in pairwise(edges)]
    cuts = cuts_of_teams(test, feeds, rules)
    real: dict[str, list[ToldAlert]] = {}
    for alert in told:
        real.setdefault(alert.feed, []).append(alert)
    records = [
        _record(test, feed, mine, cuts[feed.team], real.get(feed.name, []), (before or {}).get(feed.name))
        for feed, mine in zip(feeds, rows, strict=True)
    ]
    alerts = sum(one.alerts for one in records)
    pooled = sum(one.true for one in records) / alerts if alerts else 0.0
    return [_threshold(one, pooled, min(_POOLED_ALERTS, float(alerts)), rules) for one in records]


def cuts_of_teams(test: Backtest, feeds: Sequence[Feed], rules: Rules) -> dict[str, Cut]:
    """Return per team from which worth its alerts fit its budget."""
    teams: dict[str, list[int]] = {}
    for number, feed in enumerate(feeds):
        teams.setdefault(feed.team, []).append(number)
    affordable = {team: rules.budget(team, len(numbers)) * test.weeks for team, numbers in teams.items()}
    alone = {
        team: cut_of(hours_of(test, feeds, numbers), affordable[team]) for team, numbers in teams.items()
    }
    if len(teams) == 1:
        return alone
    # Which cards other teams have depends on their levels: those that they would choose alone say it.
    levels = np.array([alone[feed.team].level(feed.criticality) for feed in feeds])
    stands = standing(test, len(feeds), levels)
    return {
        team: cut_of(hours_of(test, feeds, numbers, stands), affordable[team])
        for team, numbers in teams.items()
    }


def _record(
    test: Backtest,
    feed: Feed,
    rows: NDArray[np.intp],
    cut: Cut,
    real: Sequence[ToldAlert],
    before: float | None,
) -> _Record:
    level = round(cut.level(feed.criticality), 5)
    if before is not None and abs(level - before) <= _SAME_LEVEL * before:
        level = before
    # What the level would no longer raise says nothing of the alerts to come.
    counted = [one for one in real if one.peak >= level and one.outcome in _JUDGED]
    stands = cards_of(test.told[rows][None, :], np.array([[level]]))[1][0]
    stood = [span for span in spans_of(stands) if not _stands(test.now[rows[span]], real)]
    right = sum(bool(test.true[rows[span]].any()) for span in stood)
    live = sum(one.outcome is Verdict.HAPPENED for one in counted)
    cost = COST_OF_A_MISS[feed.criticality]
    alarms = "one false alarm" if cost == 1.0 else f"{cost:g} false alarms"
    why = f"{cut.words}; missing a {feed.criticality.value} feed costs as much as {alarms}"
    return _Record(feed, level, why, right + live, len(stood) + len(counted), live, len(counted))


def _stands(now: Floats, real: Sequence[ToldAlert]) -> bool:
    """Return whether a real alert stood at about the time of questions."""
    return any(
        one.opened_at.timestamp() - _HOUR <= float(now[-1])
        and float(now[0]) <= one.closed_at.timestamp() + _HOUR
        for one in real
    )


def _threshold(one: _Record, pooled: float, weight: float, rules: Rules) -> Threshold:
    share = (one.true + weight * pooled) / max(one.alerts + weight, 1.0)
    proved = share >= rules.bar and one.alerts >= rules.least and (one.true > 0 or not one.alerts)
    return Threshold(
        feed=one.feed.name,
        team=TeamId(one.feed.team),
        level=one.level,
        true=one.true,
        alerts=one.alerts,
        speaks=proved and not falls_short(one.live_true, one.live_alerts, rules.bar),
        live_true=one.live_true,
        live_alerts=one.live_alerts,
        share=round(share, 4),
        why=one.why,
    )
