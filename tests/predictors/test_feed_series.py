"""What stands out in the series of a feed's runs, since when, and that it costs nothing while all is calm."""

from datetime import UTC, datetime, timedelta

import numpy as np

from domain.ids import FeedName, RunId, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.running.runs import Outcome, Run
from domain.watch.oddities import FeedOddities, OddPoint, Series
from predictors.known.run_table import RunTable, table_of
from predictors.series.feed_series import departing, oddities, series_of
from runtime.wiring.watching.odd_series import OddSeries

FX, REF = FeedName("fx_trades"), FeedName("ref_data")
NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
"""A Tuesday."""


def _table(*, last: int = 0, times: float = 1.0, **facts: object) -> RunTable:
    return table_of(_runs(last=last, times=times, **facts), [FX, REF])


def _runs(*, last: int = 0, times: float = 1.0, **facts: object) -> list[Run]:
    """Return daily runs of about ten minutes and a thousand rows; the last ones bring `times` the rows."""
    random = np.random.default_rng(3)
    runs = []
    for back in range(90, 0, -1):
        begun = NOW - timedelta(days=back - 1)
        rows = 1_000 * np.exp(random.normal(0, 0.1)) * (times if back <= last else 1.0)
        end = begun + timedelta(minutes=10 * float(np.exp(random.normal(0, 0.1))))
        told = {"rows_written": int(rows), **(facts if back <= last else {})}
        runs.append(Run(FX, RunId(f"r{back}"), end, Outcome.OK, begun, begun, end, **told))  # type: ignore[arg-type]
    return runs


def _found(table: RunTable) -> tuple[frozenset[Series], list[str], list[str]]:
    found = series_of(table, 0, len(table.feed))
    asked = departing(found, 0.0)
    told = oddities(FX, found, asked, None)
    return asked, [one.fact for one in told.points], [r.fact for r in told.reasons("Europe/London", NOW)]


def test_a_volume_three_times_smaller_is_told_with_the_day_it_began() -> None:
    asked, points, reasons = _found(_table(last=3, times=1 / 3))

    assert asked == {Series.ROWS}
    assert points
    assert points[0].endswith("times fewer rows than usual")
    (reason,) = reasons
    assert reason.startswith("its runs bring ")
    assert reason.endswith("times fewer rows than usual since Sunday 06:39 Europe/London")


def test_runs_that_last_longer_are_told_in_a_sentence_about_runs() -> None:
    slower = OddPoint(series=Series.DURATION, at=NOW, times=2.7)

    (reason,) = FeedOddities(feed=FX, until=NOW, lasting=(slower,)).reasons("UTC", NOW)

    assert reason.fact.startswith("its runs take 2.7 times their usual time since ")


def test_rows_that_are_rejected_and_warnings_that_pile_up_stand_out_too() -> None:
    _, points, reasons = _found(_table(last=2, rows_rejected=400, warnings=("a", "b", "c", "d", "e", "f")))

    assert any("rejected" in point for point in points)
    assert {reason.split()[2] for reason in reasons} == {"reject", "log"}


def test_ordinary_runs_are_not_even_asked_about() -> None:
    assert _found(_table()) == (frozenset(), [], [])


def test_a_single_odd_run_is_marked_and_is_no_reason_once_the_next_is_as_usual() -> None:
    odd = _table(last=1, times=1 / 5)
    table = _table()
    rows = table.rows.copy()
    rows[-2] = odd.rows[-1]
    after = RunTable(**{**vars(table), "rows": rows})

    _, points, reasons = _found(after)

    assert len(points) == 1
    assert reasons == []


def test_the_watch_looks_when_runs_end_keeps_what_it_found_and_says_when_it_is_over() -> None:
    series, feed = OddSeries(), Feed(FX, TeamId("desk"), Schedule(Rhythm.DAILY, zone="Europe/London"))
    runs = _runs(last=2, times=1 / 4)
    end = NOW + timedelta(days=1)
    next_one = Run(
        FX, RunId("next"), end, Outcome.OK, end, end - timedelta(minutes=10), end, rows_written=1_000
    )
    calm, odd, after = (table_of(some, [FX, REF]) for some in (runs[:-2], runs, [*runs, next_one]))

    assert series.look([FX, REF], calm) == []
    (found,) = series.look([FX, REF], odd)
    assert series.look([FX, REF], odd) == []
    assert [one.series for one in found.lasting] == [Series.ROWS]
    assert len(series.reasons(feed, NOW)) == 1

    again = OddSeries()
    again.read({FX: found})
    assert again.look([FX, REF], odd) == []
    (over,) = again.look([FX, REF], after)

    assert over.lasting == ()
    assert over.points == found.points
    assert again.reasons(feed, NOW) == ()
