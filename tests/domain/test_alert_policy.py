"""When an alert may be told: at once, or when the quiet hours are over."""

from datetime import UTC, datetime, time

import pytest

from domain.running.feeds import Criticality
from domain.watch.alert_policy import AlertPolicy

NIGHTS = AlertPolicy("feeds", quiet_from=time(22), quiet_until=time(6), zone="Europe/Zurich")
NOONS = AlertPolicy("feeds", quiet_from=time(12), quiet_until=time(13))


@pytest.mark.parametrize(
    ("policy", "now", "told"),
    [
        (NIGHTS, datetime(2026, 11, 22, 20, 59, tzinfo=UTC), datetime(2026, 11, 22, 20, 59, tzinfo=UTC)),
        (NIGHTS, datetime(2026, 11, 22, 21, tzinfo=UTC), datetime(2026, 11, 23, 5, tzinfo=UTC)),
        (NIGHTS, datetime(2026, 11, 23, 4, 59, tzinfo=UTC), datetime(2026, 11, 23, 5, tzinfo=UTC)),
        # The clocks go forward in this night: six in the morning comes an hour earlier.
        (NIGHTS, datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 4, tzinfo=UTC)),
        (NIGHTS, datetime(2026, 11, 23, 5, tzinfo=UTC), datetime(2026, 11, 23, 5, tzinfo=UTC)),
        (NOONS, datetime(2026, 11, 22, 12, 30, tzinfo=UTC), datetime(2026, 11, 22, 13, tzinfo=UTC)),
        (NOONS, datetime(2026, 11, 22, 13, tzinfo=UTC), datetime(2026, 11, 22, 13, tzinfo=UTC)),
    ],
)
def test_in_the_quiet_hours_an_alert_waits_for_their_end(
    policy: AlertPolicy, now: datetime, told: datetime
) -> None:
    assert policy.may_speak_at(Criticality.HIGH, now) == told
    assert policy.may_speak_at(Criticality.CRITICAL, now) == now


@pytest.mark.parametrize(
    ("since", "until", "now", "told"),
    [
        # The clocks leap from two to three: half past two never comes, and three is when it is over.
        (
            time(22),
            time(2, 30),
            datetime(2026, 3, 29, 0, 30, tzinfo=UTC),
            datetime(2026, 3, 29, 1, tzinfo=UTC),
        ),
        (time(2, 30), time(6), datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 3, 29, 4, tzinfo=UTC)),
        # They go back from three to two: half past two comes twice, and quiet is over by the first.
        (
            time(22),
            time(2, 30),
            datetime(2026, 10, 25, 0, 20, tzinfo=UTC),
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        ),
        (
            time(22),
            time(2, 30),
            datetime(2026, 10, 25, 1, 20, tzinfo=UTC),
            datetime(2026, 10, 25, 1, 20, tzinfo=UTC),
        ),
        (
            time(2, 15),
            time(6),
            datetime(2026, 10, 25, 1, 5, tzinfo=UTC),
            datetime(2026, 10, 25, 5, tzinfo=UTC),
        ),
    ],
)
def test_quiet_hours_that_end_or_begin_where_the_clocks_change_hold_once(
    since: time, until: time, now: datetime, told: datetime
) -> None:
    policy = AlertPolicy("feeds", quiet_from=since, quiet_until=until, zone="Europe/Berlin")

    assert policy.may_speak_at(Criticality.HIGH, now) == told


def test_a_team_has_its_own_channel_where_one_is_set() -> None:
    policy = AlertPolicy("feeds", {"desk": "desk-alerts"})

    assert (policy.channel_of("desk"), policy.channel_of("risk")) == ("desk-alerts", "feeds")


@pytest.mark.parametrize(
    "policy",
    [
        AlertPolicy("feeds"),
        AlertPolicy("feeds", quiet_from=time(22)),
        AlertPolicy("feeds", quiet_until=time(6)),
    ],
)
def test_without_a_beginning_and_an_end_no_hours_are_quiet(policy: AlertPolicy) -> None:
    now = datetime(2026, 11, 28, 23, 0, tzinfo=UTC)

    assert policy.may_speak_at(Criticality.NORMAL, now) == now
