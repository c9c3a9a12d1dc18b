"""The order of day and month in a column that proves none, told by the other days of its table."""

import pytest

from config_gen.drift import compare
from config_gen.profile import profile
from domain.configuration.profiles import SampleProfile


def _claims(loss: str, reported: str, rows: int = 30) -> SampleProfile:
    """Return claims with a day that goes through a month, and one within its first nine days."""
    lines = "".join(
        f"C{n},{loss.format(d=n % 28 + 1, m=4)},{reported.format(d=n % 9 + 1, m=5)}\n" for n in range(rows)
    )
    return profile(f"claim,loss,reported\n{lines}".encode(), "claims.csv")


def _asked(seen: SampleProfile) -> list[str | None]:
    return [question.column for question in seen.questions if question.code == "day_month"]


@pytest.mark.parametrize(
    ("written", "form"),
    [("{m:02}/{d:02}/2026", "%m/%d/%Y"), ("{d:02}/{m:02}/2026", "%d/%m/%Y")],
)
def test_a_column_of_early_days_is_read_as_the_day_beside_it_and_nobody_is_asked(
    written: str, form: str
) -> None:
    seen = _claims(written, written)

    assert [column.format for column in seen.columns[1:]] == [form, form]
    assert "loss has" in seen.columns[2].evidence
    assert _asked(seen) == []


def test_years_of_two_digits_beside_such_of_four_follow_the_same_order() -> None:
    seen = _claims("{m:02}/{d:02}/2026", "{m:02}/{d:02}/26")

    assert seen.columns[2].format == "%m/%d/%y"


@pytest.mark.parametrize("loss", ["2026-{m:02}-{d:02}", "{d:02}.{m:02}.2026", "{d:02}-{m:02}-2026"])
def test_days_that_are_parted_by_another_mark_settle_nothing(loss: str) -> None:
    assert _asked(_claims(loss, "{m:02}/{d:02}/2026")) == ["reported"]


def test_neighbours_that_contradict_each_other_settle_nothing() -> None:
    lines = "".join(
        f"{n % 28 + 1:02}/04/2026,04/{n % 28 + 1:02}/2026,0{n % 9 + 1}/05/2026\n" for n in range(30)
    )

    assert _asked(profile(f"a,b,c\n{lines}".encode(), "x.csv")) == ["c"]


def test_two_columns_of_early_days_settle_nothing_for_each_other() -> None:
    assert _asked(_claims("{d:02}/{m:02}/2026", "{d:02}/{m:02}/2026", rows=9)) == ["loss", "reported"]


def test_a_day_that_its_neighbour_settled_is_no_drift_to_one_that_nothing_settles() -> None:
    written = "{m:02}/{d:02}/2026"

    assert compare(_claims(written, written), _claims(written, written, rows=9)).changes == ()
