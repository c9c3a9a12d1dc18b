"""Count a backtest as a scorecard does: a card stands until its estimate is well below the feed's level."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from domain.ids import FeedName
from domain.running.feeds import Feed
from domain.watch.scorecards import STEPS, EstimateTally, FeedTrouble, Ledger, ScoredCard
from predictors.backtesting.backtest import Backtest, cards_of, spans_of
from predictors.known.run_table import RunTable

Floats = NDArray[np.float64]

_HOUR = 3_600.0


def ledger_of(
    test: Backtest,
    feeds: Sequence[Feed],
    levels: Mapping[FeedName, float],
    table: RunTable,
    hourly: Backtest | None = None,
) -> Ledger:
    """Return what a scorecard of the test counts.

    Args:
        test: What cards and troubles are counted on; where something was told it may be asked more often.
        feeds: The feeds; levels: from which estimate each alerts; table: their runs.
        hourly: What estimates are judged on, one an hour; the same unless given.
    """
    ledger = Ledger(weeks=test.weeks)
    judged = test if hourly is None else hourly
    well = table.bad == 0
    for number, feed in enumerate(feeds):
        rows = np.flatnonzero(test.feed == number)
        now, told, true = test.now[rows], test.told[rows], test.true[rows]
        stands = cards_of(told[None, :], np.array([[levels.get(feed.name, 1.0)]]))[1][0]
        for span in spans_of(stands):
            ledger.cards.append(
                ScoredCard(
                    reach={feed.name: _moment(now[span][0])},
                    teams=frozenset((feed.team,)),
                    until=_moment(now[span][-1] + _HOUR),
                    right=bool(true[span].any()),
                )
            )
        ended = np.sort(table.finished[well & (table.feed == number)])
        ledger.troubles += [
            FeedTrouble(feed.name, _moment(at)) for at in _beginnings(test.trouble_at[rows], ended)
        ]
        mine = judged.feed == number
        told, true = judged.told[mine], judged.true[mine]
        step = np.floor(told * STEPS)
        for one in np.unique(step):
            part = step == one
            off = float(np.sum((told[part] - true[part]) ** 2))
            promised = float(told[part].sum())
            ledger.estimates.append(
                EstimateTally(feed.name, int(part.sum()), int(true[part].sum()), promised, off)
            )
    return ledger


def _beginnings(trouble_at: Floats, ended: Floats) -> list[float]:
    """Return when troubles began: another one before a run ended well is the same."""
    found: list[float] = []
    for at in np.unique(trouble_at[np.isfinite(trouble_at)]).tolist():
        if not found or np.searchsorted(ended, at) > np.searchsorted(ended, found[-1], "right"):
            found.append(at)
    return found


def _moment(epoch: float) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)
