"""A person's word changes what is learned and how it is judged."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from domain.ids import FeedName, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.running.readings import Reading, Sign
from domain.watch.predictions import Verdict
from domain.watch.verdicts import Word
from predictors.backtesting.backtest import Backtest, answered
from predictors.backtesting.exam import a_part_of, exam_of
from predictors.failure.failure_model import FailureModel, answer, fit_failures
from predictors.failure.situation import AROUND_CHANGES
from predictors.known.landscape import landscape
from predictors.known.run_table import RunTable, from_columns, states_after
from predictors.known.signals import signals_of
from predictors.known.words import Span, outcomes, spans_of

NAMES = (FeedName("fx_trades"), FeedName("ref_data"))
FEEDS = [Feed(name, TeamId("desk"), Schedule(Rhythm.INTERVAL)) for name in NAMES]
START = datetime(2026, 9, 1, tzinfo=UTC).timestamp()
DAYS, HOUR = 20, 3_600.0
END = START + DAYS * 24 * HOUR


def _runs(*, retries: bool = True) -> RunTable:
    """Return hourly runs; of those of the first feed that start after a run with retries, all fail."""
    count = DAYS * 24
    due = np.tile(START + np.arange(count) * HOUR, 2)
    strained = np.tile(np.arange(count) % 12 == 5, 2) & (np.repeat([0, 1], count) == 0)
    columns = {
        "feed": np.repeat([0.0, 1.0], count),
        "started": due,
        "finished": due + 600.0,
        "seen": due + 600.0,
        "rows": np.full(2 * count, 1_000.0),
        "rejected": np.zeros(2 * count),
        "retries": np.where(strained & retries, 3.0, 0.0),
        "queue": np.zeros(2 * count),
        "warnings": np.zeros(2 * count),
        "bad": np.r_[False, strained[:-1]].astype(np.float64),
        "open": np.zeros(2 * count),
    }
    return from_columns(NAMES, columns)


def _said(verdict: Verdict, first: float, last: float) -> Word:
    at = [datetime.fromtimestamp(moment, UTC) for moment in (first, last)]
    return Word(NAMES[0], verdict, at[0] - timedelta(seconds=1), at[1], at[1])


def _spans(*words: Word) -> tuple[Span, ...]:
    return spans_of(words, NAMES)


def _fitted(table: RunTable, *words: Word) -> FailureModel:
    outcome = outcomes(_spans(*words), table, table.bad)
    return fit_failures(FEEDS, table, START + 86_400.0, END, version="m", outcome=outcome)


def _told_after_retries(model: FailureModel, table: RunTable) -> float:
    """Return the estimate for the first feed after a run with retries."""
    scene = landscape(FEEDS, START, END)
    row = int(np.flatnonzero((table.feed == 0) & (table.retries > 0))[-1])
    now = np.array([table.finished[row] + 300.0])
    return float(answer(model, scene, table, states_after(table), np.zeros(1, dtype=np.intp), now)[0, -1])


def test_what_changes_would_say_is_learned_only_where_changes_are_told() -> None:
    table, (first, last) = _runs(), (START + 86_400.0, END)
    told = signals_of(
        [
            Reading(NAMES[0], Sign.CHANGE, datetime.fromtimestamp(START + day * 86_400.0, UTC), 1.0)
            for day in range(DAYS)
        ]
    )

    without = fit_failures(FEEDS, table, first, last, version="m")
    with_changes = fit_failures(FEEDS, table, first, last, version="m", signals=told)

    assert not set(without.stack.forest_columns) & set(AROUND_CHANGES)
    assert {"changed_hours_at_start", "runs_since_change_then"} & set(with_changes.stack.forest_columns)
    assert "rejecting_unchanged" not in with_changes.stack.forest_columns


def test_troubles_that_people_call_none_are_no_longer_learned() -> None:
    table = _runs()

    as_reported = _told_after_retries(_fitted(table), table)
    as_said = _told_after_retries(_fitted(table, _said(Verdict.DID_NOT_HAPPEN, START, END)), table)

    assert as_reported > 0.5
    assert as_said < 0.1


def test_troubles_that_only_people_saw_are_learned() -> None:
    table = _runs()
    failed = np.flatnonzero(table.bad > 0)
    silent = replace(table, bad=np.zeros(len(table.bad)))
    words = [_said(Verdict.HAPPENED, table.finished[row], table.finished[row]) for row in failed]

    as_reported = _told_after_retries(_fitted(silent), silent)
    as_said = _told_after_retries(_fitted(silent, *words), silent)

    assert as_reported < 0.1
    assert as_said > 0.5


def test_what_was_prevented_or_expected_teaches_neither_trouble_nor_peace() -> None:
    table = _runs()
    good = np.flatnonzero((table.feed == 0) & (table.bad == 0))[0]
    failed = np.flatnonzero(table.bad > 0)[0]
    words = [
        _said(Verdict.PREVENTED, table.finished[good], table.finished[good]),
        _said(Verdict.EXPECTED, table.finished[failed], table.finished[failed]),
    ]

    taught = outcomes(_spans(*words), table, table.bad)

    assert np.isnan(taught[[good, failed]]).all()
    assert np.isfinite(taught).sum() == len(taught) - 2


def test_a_backtest_judges_by_words_and_asks_nothing_about_what_they_leave_out() -> None:
    table = _runs()
    failed = table.finished[np.flatnonzero(table.bad > 0)[-1]]
    quiet = failed - 4 * HOUR

    model, cut = _fitted(table), END - 5 * 86_400.0

    def judged(*words: Word) -> Backtest:
        return answered(model, exam_of(FEEDS, table, cut, END, words=_spans(*words)))

    plain = judged()
    no_trouble = judged(_said(Verdict.DID_NOT_HAPPEN, failed, failed))
    unseen = judged(_said(Verdict.HAPPENED, quiet - 1_200.0, quiet - 900.0))
    expected = judged(_said(Verdict.EXPECTED, failed - 60.0, failed + 60.0))

    assert no_trouble.true.sum() == plain.true.sum() - 1
    assert unseen.true.sum() == plain.true.sum() + 1
    assert len(expected.true) < len(plain.true)
    assert expected.true.sum() == plain.true.sum() - 1


def test_of_very_many_feeds_some_are_asked_about_all_the_time() -> None:
    table, cut = _runs(), END - 5 * 86_400.0
    some = exam_of(FEEDS, table, cut, END, asked=np.array([1], dtype=np.intp))

    assert a_part_of(2, cut, END) is None
    asked = a_part_of(10_000, cut, END)
    assert asked is not None
    assert 90_000 < len(asked) * 5 * 24 < 110_000
    assert set(some.feed.tolist()) == {1}
    assert np.ptp(some.now) > 4.8 * 86_400.0
