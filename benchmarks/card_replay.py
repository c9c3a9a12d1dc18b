"""Cards as the running watch would raise, join, calm down and close them, by what a model told all the time.

The estimates are those of a backtest; everything after them is the policy in service. Reasons are not at
hand, so feeds are joined by lineage alone; nobody presses anything, and no hour is quiet.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.silence import estimate, moment
from domain.ids import AlertId, FeedName
from domain.running.feeds import Feed
from domain.watch.alert_rules import after_sweep
from domain.watch.alerts import Alert
from domain.watch.card_counting import ledger_of
from domain.watch.scorecards import FeedTrouble, Ledger, cards_by_feed, score_row
from domain.watch.watching import Swept
from predictors.backtesting.backtest import Backtest
from predictors.backtesting.exam import Exam
from predictors.timeliness.lateness import owed_runs
from runtime.wiring.watching.shared_troubles import troubles_of

Floats = NDArray[np.float64]

_HALF_AN_HOUR = 30.0


def replayed(
    test: Backtest, exam: Exam, feeds: Sequence[Feed], levels: Mapping[FeedName, float]
) -> list[Alert]:
    """Return the alerts that sweeps at the moments of a test leave behind, told as soon as they are raised.

    Args:
        test: What a model told, asked at the same moments of all feeds that are not late.
        exam: Runs and due times.
        feeds: The feeds; levels: from which estimate each alerts.
    """
    moments, at = np.unique(test.now, return_inverse=True)
    told = np.zeros((len(moments), len(feeds)))
    told[at, test.feed] = test.told
    number = np.arange(len(feeds), dtype=np.intp)
    alerts: dict[AlertId, Alert] = {}
    for step, now in enumerate(moments.tolist()):
        when = np.full(len(feeds), now)
        owed = owed_runs(exam.scene, exam.table, exam.punctual, number, when)
        row = exam.table.last_known(number, when)
        estimates = [
            estimate(
                feed,
                now,
                told[step, place],
                levels[feed.name],
                owed.deadline[place],
                exam.table,
                row[place],
                due=owed.due[place] if owed.is_scheduled[place] else np.inf,
            )
            for place, feed in enumerate(feeds)
        ]
        swept = Swept(moment(now), tuple(estimates), tuple(troubles_of(estimates)), "bench", 0.0)
        changes = after_sweep([one for one in alerts.values() if one.is_open], swept, {})
        alerts |= changes.alerts
    return [one.model_copy(update={"announced_at": one.opened_at}) for one in alerts.values()]


def served(
    test: Backtest,
    exam: Exam,
    feeds: Sequence[Feed],
    levels: Mapping[FeedName, float],
    troubles: Sequence[FeedTrouble],
    budget: float,
) -> dict[str, float]:
    """Return cards, precision, recall and leads of the policy in service, beside the budget of each team."""
    alerts = replayed(test, exam, feeds, levels)
    weeks, end = test.weeks, moment(float(test.now.max()))
    ledger = ledger_of(alerts, troubles, [], [], weeks=weeks, now=end)
    a_week = np.array(
        [
            sum(team in card.teams for card in ledger.cards) / weeks
            for team in sorted({feed.team for feed in feeds})
        ]
    )
    return {
        "cards_a_week": float(a_week.mean()),
        "cards_a_week_most": float(a_week.max()),
        "teams_over": float(np.mean(a_week > budget)),
        **told_of(ledger),
    }


def told_of(ledger: Ledger) -> dict[str, float]:
    """Return precision, recall, how long before troubles they were told, and which share half an hour."""
    told = score_row("all feeds", ledger).told
    lead = told.lead_minutes or (0.0, 0.0, 0.0)
    naming = cards_by_feed(ledger.cards)
    early = 0
    for one in ledger.troubles:
        since = [card.reach[one.feed] for card in naming.get(one.feed, ()) if card.foretells(one)]
        if since and (one.began_at - min(since)).total_seconds() >= 60.0 * _HALF_AN_HOUR:
            early += 1
    return {
        "precision": told.precision or 0.0,
        "recall": told.recall or 0.0,
        **dict(zip(("lead_p10_min", "lead_p50_min", "lead_p90_min"), lead, strict=True)),
        "told_half_hour": early / len(ledger.troubles) if ledger.troubles else 0.0,
    }
