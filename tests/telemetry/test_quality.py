"""A delivery's score falls in the dimension that is broken, and nowhere else."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from domain.data_quality.quality import Dimension, QualityScore
from domain.ids import FeedName
from telemetry.quality import ColumnRule, QualityRules, score_delivery
from telemetry.usual_deliveries import usual_of

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
RULES = QualityRules(
    columns=(
        ColumnRule("isin", required=True, pattern="[A-Z]{2}[A-Z0-9]{9}[0-9]"),
        ColumnRule("price", least=0.0),
    ),
    key=("id",),
    order=(("trade", "settle"),),
    fresh_column="at",
    fresh_hours=24,
)


def a_delivery(seed: int = 0, rows: int = 500) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "id": np.arange(rows),
            "isin": "DE0005557508",
            "price": random.normal(100, 5, rows),
            "trade": "2026-03-01",
            "settle": "2026-03-03",
            "at": "2026-03-02T10:00:00Z",
        }
    )


def scored(rows: pd.DataFrame) -> QualityScore:
    usual = usual_of([a_delivery(seed) for seed in range(1, 12)])
    return score_delivery(FeedName("fx"), rows, RULES, usual, NOW)


def test_a_good_delivery_has_the_full_score() -> None:
    assert scored(a_delivery()).overall == 100.0


def test_each_defect_lowers_its_own_dimension() -> None:
    blank, wrong, twice, old = a_delivery(), a_delivery(), a_delivery(), a_delivery()
    blank.loc[:99, "isin"] = None
    wrong.loc[:99, "price"] = -1.0
    twice.loc[100:199, "id"] = 1
    old["at"] = "2026-02-27T10:00:00Z"

    assert scored(blank).of(Dimension.COMPLETENESS) < 100
    assert scored(wrong).of(Dimension.VALIDITY) < 100
    assert scored(twice).of(Dimension.UNIQUENESS) < 100
    assert scored(old).of(Dimension.TIMELINESS) < 100
    assert scored(a_delivery(rows=50)).of(Dimension.VOLUME) < 100
    assert scored(a_delivery().assign(settle="2026-02-01")).of(Dimension.CONSISTENCY) < 100
    assert scored(a_delivery().assign(price=lambda f: f["price"] * 3)).of(Dimension.DISTRIBUTION) < 100


def test_one_ruined_dimension_cannot_hide() -> None:
    assert scored(a_delivery().assign(at="2026-01-01T00:00:00Z")).overall <= 20.0


def test_a_counter_that_grows_with_every_delivery_is_no_drift() -> None:
    earlier = [a_delivery(day).assign(seq=lambda f, day=day: f["id"] + 500 * day) for day in range(10)]
    today = a_delivery(10).assign(seq=lambda f: f["id"] + 5_000)

    score = score_delivery(FeedName("fx"), today, RULES, usual_of(earlier), NOW)

    assert score.of(Dimension.DISTRIBUTION) == 100.0


@pytest.mark.parametrize("step", [500, -500])
def test_a_running_number_goes_on_from_the_third_delivery_on(step: int) -> None:
    earlier = [a_delivery(day).assign(seq=lambda f, day=day: f["id"] + step * day) for day in range(3)]

    def judged(seq: pd.Series) -> float:
        today = a_delivery(3).assign(seq=seq)
        return score_delivery(FeedName("fx"), today, RULES, usual_of(earlier), NOW).of(Dimension.DISTRIBUTION)

    ids = a_delivery(3)["id"]
    # A gap of some days is no matter; a number that begins anew is.
    assert (judged(ids + 3 * step), judged(ids + 40 * step)) == (100.0, 100.0)
    assert judged(ids - 40 * step) < 100.0


def test_a_column_that_wanders_is_no_running_number() -> None:
    earlier = [a_delivery(day).assign(level=lambda f, day=day: f["id"] * 0.01 + day % 2) for day in range(4)]
    today = a_delivery(4).assign(level=lambda f: f["id"] * 0.01 + 900.0)

    score = score_delivery(FeedName("fx"), today, RULES, usual_of(earlier), NOW)

    assert any(one.column == "level" and one.bad for one in score.findings)


@pytest.mark.parametrize(("blanks", "is_told"), [((0.2, 0.2, 0.3), True), ((0.2, 0.2, 1.0), False)])
def test_a_column_with_some_blanks_is_missed_where_it_never_was_empty(
    blanks: tuple[float, ...], is_told: bool
) -> None:
    def with_blanks(day: int, share: float) -> pd.DataFrame:
        return a_delivery(day).assign(
            desk=lambda f: ["x" if n >= share * len(f) else None for n in range(len(f))]
        )

    earlier = [with_blanks(day, share) for day, share in enumerate(blanks)]
    score = score_delivery(FeedName("fx"), with_blanks(4, 1.0), RULES, usual_of(earlier), NOW)

    assert any(one.column == "desk" and one.rule == "usually filled" for one in score.findings) is is_told


def test_columns_that_always_came_filled_are_missed() -> None:
    earlier = [a_delivery(day).assign(seldom=[None] * 400 + ["x"] * 100) for day in range(3)]
    earlier[0] = earlier[0].assign(once=1)
    today = pd.DataFrame({"\x00\x01": ["a"] * 500})

    usual = usual_of(earlier)
    score = score_delivery(FeedName("fx"), today, QualityRules(), usual, NOW)
    ruled = score_delivery(FeedName("fx"), a_delivery(4).drop(columns="trade"), RULES, usual, NOW)

    gone = {one.column for one in score.findings if one.rule == "usually there"}
    assert gone == set(a_delivery(0).columns)
    assert score.overall <= 20.0
    assert not any(one.rule == "usually there" for one in ruled.findings)


def test_a_delivery_without_rows_is_unusual_where_all_had_some() -> None:
    nothing = a_delivery(1).iloc[:0]
    always = usual_of([a_delivery(day) for day in range(3)])
    seldom = usual_of([nothing, nothing, a_delivery(0)])

    first, second = (
        score_delivery(FeedName("fx"), nothing, QualityRules(), one, NOW) for one in (always, seldom)
    )

    assert first.overall <= 20.0
    assert first.of(Dimension.VOLUME) == 0.0
    assert Dimension.VOLUME not in dict(second.dimensions)


def test_few_distinct_values_are_compared_by_their_shares() -> None:
    earlier = [a_delivery(day).assign(side=lambda f: f["id"] % 7) for day in range(10)]
    swapped = a_delivery(10).assign(side=lambda f: (f["id"] % 7) // 3 * 3)

    usual = usual_of(earlier)

    assert score_delivery(FeedName("fx"), earlier[0], RULES, usual, NOW).of(Dimension.DISTRIBUTION) == 100.0
    assert score_delivery(FeedName("fx"), swapped, RULES, usual, NOW).of(Dimension.DISTRIBUTION) < 100.0


def test_rows_that_may_repeat_are_no_duplicates() -> None:
    twice = pd.concat([a_delivery().head(5)] * 2)
    usual = usual_of([])

    told = score_delivery(FeedName("po"), twice, QualityRules(), usual, NOW)
    allowed = score_delivery(FeedName("po"), twice, QualityRules(may_repeat=True), usual, NOW)

    assert told.of(Dimension.UNIQUENESS) < 100
    assert allowed.overall == 100.0


def _texts(*values: str, rows: int = 60) -> pd.DataFrame:
    return pd.DataFrame({"n": range(rows), "name": [values[n % len(values)] for n in range(rows)]})


@pytest.mark.parametrize(
    ("earlier", "now", "is_told"),
    [
        ([_texts(*"abcdefghijkl")] * 3, _texts("x"), True),
        ([_texts(*"abcdefghijkl")] * 3, _texts("x", "y"), False),  # two of them
        ([_texts(*"abcdefghijkl")] * 2, _texts("x"), False),  # too little is known
        (
            [_texts(*"abcdefghijkl"), _texts("a"), _texts(*"abcdefghijkl")],
            _texts("x"),
            False,
        ),  # it was so before
        ([_texts(*"abc")] * 3, _texts("a"), False),  # one of a few kinds
        ([_texts(*(f"2026-03-{n}" for n in range(10, 30)))] * 3, _texts("2026-04-01"), False),  # a day
        ([_texts(*"abcdefghijkl")] * 3, _texts("x", rows=12), False),  # so few rows
    ],
)
def test_a_column_with_one_text_in_every_row_is_told_where_they_always_varied(
    earlier: list[pd.DataFrame], now: pd.DataFrame, is_told: bool
) -> None:
    score = score_delivery(FeedName("f"), now, QualityRules(), usual_of(earlier), datetime.now(UTC))

    assert is_told == any(one.rule == "usually varied" for one in score.findings)


@pytest.mark.parametrize("same", [True, False])
def test_lists_in_the_cells_of_a_table_that_always_varied_are_compared_as_well(same: bool) -> None:
    rules = QualityRules(key=("n",))
    earlier, now = (
        pd.DataFrame({"n": range(40), "tags": [[f"t{0 if alike else n}", "u"] for n in range(40)]})
        for alike in (False, same)
    )

    score = score_delivery(FeedName("f"), now, rules, usual_of([earlier] * 3), datetime.now(UTC))

    assert any(one.rule == "usually varied" for one in score.findings) is same
