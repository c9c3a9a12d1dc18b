from datetime import UTC, datetime, timedelta

from domain.clock.wall_clock import clock_near
from domain.counting import all_of, counted, lasting, of_all, times
from domain.watch.causes import cause_in_words, cause_of


def test_one_is_said_in_the_singular_and_thousands_are_parted() -> None:
    assert [counted(n, "row") for n in (0, 1, 2041)] == ["0 rows", "1 row", "2,041 rows"]
    assert [counted(n, "retry", "retries") for n in (1, 3)] == ["1 retry", "3 retries"]
    assert [times(n) for n in (1, 7)] == ["once", "7 times"]


def test_all_of_one_and_one_of_many_are_said_as_people_say_them() -> None:
    assert all_of(1, "value is", "values are") == "the only value is"
    assert all_of(12, "value is", "values are") == "all 12 values are"
    assert of_all(1, 1, "row", "fits", "fit") == "the only row fits"
    assert [of_all(n, 7, "row", "fits", "fit") for n in (1, 6)] == ["1 of 7 rows fits", "6 of 7 rows fit"]


def test_spans_and_far_times_are_said_so_that_nobody_takes_them_for_today() -> None:
    now = datetime(2026, 11, 29, 2, 0, tzinfo=UTC)
    near, far = (clock_near("UTC", now - timedelta(hours=hours), now) for hours in (3, 93))

    assert [lasting(minutes) for minutes in (1, 45, 240, 5580)] == [
        "1 minute",
        "45 minutes",
        "4 hours",
        "4 days",
    ]
    assert (near, far) == ("23:00 UTC", "25 Nov 05:00 UTC")
    assert cause_of(f"it has been late since {near}") == cause_of(f"it has been late since {far}")


def test_a_cause_that_reads_better_today_is_the_one_that_was_muted() -> None:
    for now, before in (
        ("its 01:30 GMT Europe/London run has not come and has been late since 02:05 Europe/London",
         "its 06:30 Europe/London run has not come and is late since 07:05 Europe/London"),
        ("its source refuses 55% of connections", "its source refuses 7 % of connections"),
        ("its source file is 60% smaller than usual", "its source file is 55 % smaller than usual"),
        ("its runs take 2.1 times less than their usual time since Monday 08:00 UTC",
         "its runs take 3.4 times less than its usual time since Monday 09:00 UTC"),
        ("the run under way has taken 3.1 times its usual time",
         "the running run has taken 2.0 times its usual time"),
    ):  # fmt: skip
        assert cause_of(now) == cause_of(before)
    assert cause_of("it is late since 07:05 UTC") == "it is late since …:… UTC"


def test_a_cause_that_was_kept_is_read_out_as_it_is_said_today() -> None:
    kept = cause_of("the run under way has taken 2.0 times its usual time")

    assert kept == "the running run has taken … times its usual time"
    assert cause_in_words(kept) == "the run under way has taken … times its usual time"
    assert cause_in_words("it is late since …:… UTC") == "it is late since … UTC"
    assert cause_in_words("") == "a rise without a reason"
