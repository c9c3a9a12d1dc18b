"""A model's budget is one for all processes, and a restart does not fill it again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import NotNow
from domain.model_budget import Budget
from storage.engine import Database
from storage.model_spending import SqlSpending

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def spending(database: Database, now: datetime = NOON, **limits: int) -> SqlSpending:
    """Return what one process counts with."""
    return SqlSpending(database, Budget(**limits), lambda: now)


@pytest.mark.proves("M6")
@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({"calls_per_day": 2}, "calls of today"),
        ({"calls_per_person": 1}, "calls of yours"),
        ({"tokens_per_day": 1_000}, "tokens of today"),
        ({"micros_per_day": 300}, "money of today"),
    ],
)
def test_what_one_process_spent_is_spent_for_the_others_until_midnight(
    database: Database, limits: dict[str, int], says: str
) -> None:
    for person in ("ana", "ben"):
        one = spending(database, **limits)
        one.settle(one.reserve(person, 500), 400, 150)

    with pytest.raises(NotNow, match=says):
        spending(database, **limits).reserve("ana", 500)
    tomorrow = spending(database, NOON + timedelta(hours=13), **limits)
    assert tomorrow.reserve("ana", 500).tokens == 500


def test_calls_at_the_same_moment_are_all_counted(database: Database) -> None:
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: spending(database).reserve("ana", 10), range(12)))

    assert len(made) == 12
    with pytest.raises(NotNow):
        spending(database, calls_per_person=12).reserve("ana", 10)
    spending(database, calls_per_person=13).reserve("ana", 10)


def test_days_of_long_ago_are_forgotten(database: Database) -> None:
    spending(database, NOON - timedelta(days=40)).reserve("ana", 10)

    spending(database).reserve("ana", 10)

    with pytest.raises(NotNow):
        spending(database, NOON, calls_per_day=1).reserve("ben", 10)
    assert spending(database, NOON - timedelta(days=40), calls_per_day=1).reserve("ben", 10)
