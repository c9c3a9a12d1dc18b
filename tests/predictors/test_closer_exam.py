"""Cards are counted as service raises them: it looks all the time, and not by the full hour alone."""

from dataclasses import replace

import numpy as np

from domain.ids import FeedName
from domain.running.feeds import Rhythm, Schedule
from predictors.backtesting.backtest import Backtest, answered, joined
from predictors.backtesting.backtest_ledger import ledger_of
from predictors.backtesting.card_budget import cut_of, hours_of
from predictors.backtesting.exam import CLOSER, Exam, closer_exam, exam_of
from predictors.failure.failure_model import FailureModel, fit_failures
from tests.predictors.test_words import END, FEEDS, HOUR, START, _runs

CUT = END - 5 * 24 * HOUR


def asked() -> tuple[FailureModel, Exam, Backtest, Exam]:
    table = _runs()
    model = fit_failures(FEEDS, table, START + 24 * HOUR, CUT, version="m")
    exam = exam_of(FEEDS, table, CUT, END)
    hourly = answered(model, exam)
    return model, exam, hourly, closer_exam(exam, hourly.told, FEEDS, CUT, END)


def test_between_two_hours_five_more_questions_are_asked_and_judged_alike() -> None:
    model, exam, hourly, closer = asked()

    whole = joined(hourly, closer, closer.told_in_parts(model))

    mine = whole.now[whole.feed == 0]
    assert np.all(np.diff(whole.feed) >= 0)
    assert np.allclose(np.diff(mine), HOUR / CLOSER)
    assert np.array_equal(closer.told_in_parts(model), closer.told(model)[0])
    failed = exam.table.finished[np.flatnonzero(exam.table.bad > 0)[-1]]
    before = (whole.feed == 0) & (whole.now >= failed - HOUR) & (whole.now < failed)
    assert before.sum() == CLOSER
    assert np.all(whole.trouble_at[before] == failed)


def test_what_rises_and_falls_between_two_hours_is_a_card_that_the_budget_pays() -> None:
    _, _, hourly, closer = asked()
    feed = [replace(one, schedule=Schedule(Rhythm.INTERVAL)) for one in FEEDS]
    calm = replace(hourly, told=np.full(len(hourly.told), 0.001))
    told = np.full(len(closer.now), 0.001)
    told[(closer.feed == 0) & (np.round((closer.now - CUT) / 600.0) % 72 == 3)] = 0.9

    whole = joined(calm, closer, told)

    team = hours_of(whole, feed, [0, 1])
    rises = int((told > 0.5).sum())
    assert rises >= 5
    assert (hours_of(calm, feed, [0, 1]).cards(1.0), team.cards(1.0)) == (0, rises)
    assert team.cards(cut_of(team, 2.0).worth) <= 2


def test_a_scorecard_of_a_backtest_judges_estimates_by_the_hour_and_cards_all_the_time() -> None:
    model, exam, hourly, closer = asked()
    whole = joined(hourly, closer, closer.told_in_parts(model))
    levels = {FeedName(feed.name): 0.5 for feed in FEEDS}

    ledger = ledger_of(whole, FEEDS, levels, exam.table, hourly)

    assert sum(one.asked for one in ledger.estimates) == len(hourly.now)
    assert len(ledger.cards) == len(ledger.troubles) > 0
