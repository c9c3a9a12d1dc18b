"""A platform rests for as long as it asked for, by a clock that may be set back meanwhile."""

from datetime import UTC, datetime, timedelta

from bot.pace import LONGEST_WAIT, Rests
from domain.identity.chat import Platform

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SLACK = (Platform.SLACK,)


def test_a_platform_rests_until_the_moment_and_only_that_kind_of_call() -> None:
    rests = Rests()
    rests.begin(Platform.SLACK, NOW + LONGEST_WAIT, is_update=True)
    rests.begin(Platform.SLACK, NOW + timedelta(seconds=1), is_update=True)

    assert rests.awake(SLACK, NOW, is_update=True) == ()
    assert rests.awake(SLACK, NOW, is_update=False) == SLACK
    assert rests.awake(SLACK, NOW + LONGEST_WAIT, is_update=True) == SLACK


def test_a_rest_from_before_the_clock_was_set_back_is_over() -> None:
    rests = Rests()
    rests.begin(Platform.SLACK, NOW + timedelta(seconds=30), is_update=False)
    earlier = NOW - timedelta(days=2)

    assert rests.awake(SLACK, earlier, is_update=False) == SLACK
    rests.begin(Platform.SLACK, earlier + timedelta(seconds=30), is_update=False)
    assert rests.awake(SLACK, earlier, is_update=False) == ()
    assert rests.awake(SLACK, earlier + timedelta(seconds=30), is_update=False) == SLACK


def test_the_longest_rest_begins_with_the_round_in_which_it_is_noted() -> None:
    rests = Rests()
    noted = NOW + timedelta(milliseconds=20)  # the round began by an earlier look at the clock

    rests.begin(Platform.SLACK, noted + LONGEST_WAIT, is_update=False)

    assert rests.awake(SLACK, NOW, is_update=False) == ()
