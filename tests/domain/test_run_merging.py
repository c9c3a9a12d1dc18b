"""How reports of one run complete each other, in whatever order they come."""

from datetime import datetime, timedelta

import pytest

from domain.ids import FeedName, RunId
from domain.running.run_merging import merged
from domain.running.runs import Outcome, Rejection, Run
from tests.domain.builders import NOW


def _at(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def _run(outcome: Outcome, **facts: object) -> Run:
    told: dict[str, object] = {"seen_at": _at(60), **facts}
    return Run(FeedName("fx_trades"), RunId("r1"), outcome=outcome, **told)  # type: ignore[arg-type]


BEGUN = _run(Outcome.RUNNING, started_at=_at(0), start_told_at=_at(1))
ENDED = _run(Outcome.OK, started_at=_at(0), finished_at=_at(10), rows_written=100, end_told_at=_at(11))


def test_the_first_report_is_the_run() -> None:
    assert merged(None, BEGUN) == BEGUN


def test_what_a_run_tells_on_its_way_is_added_and_its_start_was_told_when_it_first_was() -> None:
    again = _run(Outcome.RUNNING, started_at=_at(0), retries=2, start_told_at=_at(5), seen_at=_at(61))

    together = merged(BEGUN, again)

    assert isinstance(together, Run)
    assert (together.outcome, together.retries, together.start_told_at) == (Outcome.RUNNING, 2, _at(1))


def test_an_end_completes_a_start_and_an_earlier_moment_hides_no_later_one() -> None:
    early = _run(Outcome.OK, finished_at=_at(10), seen_at=_at(59))

    together = merged(BEGUN, early)

    assert isinstance(together, Run)
    assert (together.outcome, together.started_at, together.seen_at) == (Outcome.OK, _at(0), _at(60))


def test_a_run_that_has_ended_stays_ended() -> None:
    assert merged(ENDED, _run(Outcome.RUNNING, started_at=_at(5))) is Rejection.OLDER
    assert merged(ENDED, ENDED) is Rejection.DUPLICATE


def test_a_late_start_tells_when_an_ended_run_began_unless_it_is_after_the_end() -> None:
    unbegun = _run(Outcome.OK, finished_at=_at(10), rows_written=100)
    start = _run(Outcome.RUNNING, started_at=_at(0), scheduled_at=_at(-5), start_told_at=_at(12))

    together = merged(unbegun, start)

    assert isinstance(together, Run)
    assert (together.outcome, together.started_at, together.scheduled_at) == (Outcome.OK, _at(0), _at(-5))
    assert (together.rows_written, together.start_told_at) == (100, _at(12))
    assert merged(unbegun, _run(Outcome.RUNNING, started_at=_at(11))) is Rejection.OLDER


def test_an_end_before_the_start_that_is_known_contradicts_it() -> None:
    assert merged(BEGUN, _run(Outcome.OK, finished_at=_at(-1))) is Rejection.ENDS_BEFORE_START


@pytest.mark.parametrize(("outcome", "error"), [(Outcome.FAILED, "Timeout"), (Outcome.OK, "")])
def test_an_earlier_end_fills_what_is_not_known_and_says_why_only_of_the_same_outcome(
    outcome: Outcome, error: str
) -> None:
    known = _run(outcome, finished_at=_at(30))
    earlier = _run(
        Outcome.FAILED,
        started_at=_at(0),
        finished_at=_at(10),
        retries=1,
        error_class="Timeout",
        seen_at=_at(90),
    )

    together = merged(known, earlier)

    assert isinstance(together, Run)
    assert (together.outcome, together.finished_at, together.seen_at) == (outcome, _at(30), _at(60))
    assert (together.started_at, together.retries, together.error_class) == (_at(0), 1, error)
    assert merged(together, earlier) is Rejection.OLDER


def test_an_end_that_is_no_later_than_its_start_says_nothing_of_which_report_is_older() -> None:
    corrected = _run(Outcome.FAILED, started_at=_at(5), finished_at=_at(5), end_told_at=_at(20))

    together = merged(ENDED, corrected)

    assert isinstance(together, Run)
    assert (together.outcome, together.end_told_at) == (Outcome.FAILED, _at(20))
