"""Large frames are reconciled by their differing rows alone, with the same answer as row by row."""

import numpy as np
import pandas as pd
import pytest

from domain.data_quality.quality import MismatchClass
from domain.errors import BadInput
from telemetry.narrowing import differing_rows, reconcile_frames
from telemetry.reconciliation import reconcile


def a_table(rows: int = 3_000) -> pd.DataFrame:
    number = np.arange(rows)
    return pd.DataFrame(
        {
            "id": number * 3,
            "code": [f"{n:06d}" for n in number],
            "day": [f"2026-03-0{1 + n % 3}" for n in number],
            "name": [f"Müller {n}" if n % 7 else None for n in number],
            "amount": np.where(number % 11 == 0, np.nan, number * 1.25 + 0.505),
            "at": pd.Timestamp("2026-03-02", tz="UTC") + pd.to_timedelta(number, unit="min"),
        }
    )


def damaged(table: pd.DataFrame) -> pd.DataFrame:
    target = table.drop(index=[5, 6]).sample(frac=1.0, random_state=3)
    target.loc[100, "amount"] = 9e6
    target.loc[200:203, "name"] = "M?ller"
    target.loc[12, "amount"] += 0.004
    return pd.concat([target, table.iloc[[40, 41]], table.iloc[[50]].assign(id=99_999, code="x")])


@pytest.mark.parametrize("key", ["id", "code"])
def test_the_answer_is_that_of_a_comparison_row_by_row(key: str) -> None:
    source, target = a_table(), damaged(a_table())

    quick, slow = (
        function(source, target, key=[key], partition="day") for function in (reconcile_frames, reconcile)
    )

    assert sorted((one.kind, one.column, one.rows) for one in quick.mismatches) == sorted(
        (one.kind, one.column, one.rows) for one in slow.mismatches
    )
    assert (quick.source_rows, quick.target_rows, quick.matched_rows) == (3_000, 3_001, slow.matched_rows)


def test_rows_in_another_order_agree() -> None:
    shuffled = a_table().sample(frac=1.0, random_state=1)

    left, right = differing_rows(a_table(), shuffled, ["code"])

    assert (len(left), len(right)) == (0, 0)


def test_keys_of_two_columns_are_kept_apart_by_their_order() -> None:
    source = pd.DataFrame({"a": ["x", "y"], "b": ["y", "x"], "v": [1, 2]})

    told = reconcile_frames(source, source.iloc[::-1], key=["a", "b"])

    assert told.agrees
    assert told.matched_rows == 2


def test_a_missing_part_is_named_although_equal_rows_are_left_out() -> None:
    source = a_table()

    gone = reconcile_frames(source, source[source["day"] != "2026-03-02"], key=["id"], partition="day")
    some = reconcile_frames(source, source.drop(index=[1, 4]), key=["id"], partition="day")

    assert [one.kind for one in gone.mismatches] == [MismatchClass.MISSING_PARTITION]
    assert [one.kind for one in some.mismatches] == [MismatchClass.MISSING_ROWS]


def test_a_column_that_changed_its_type_is_compared_as_text() -> None:
    source = a_table(30)
    target = source.assign(amount=source["amount"].astype(str))

    quick, slow = (function(source, target, key=["id"]) for function in (reconcile_frames, reconcile))

    assert quick == slow


def test_a_key_that_is_not_on_both_sides_is_refused_in_words() -> None:
    with pytest.raises(BadInput, match="missing"):
        reconcile_frames(a_table(5), a_table(5), key=["isin"])


def test_rows_without_a_key_are_told_apart_by_all_they_hold() -> None:
    source = pd.DataFrame({"id": [1.0, None, None, None], "v": [1, 2, 2, 3], "t": ["a", None, None, "c"]})
    target = pd.DataFrame({"id": ["1", "", "", ""], "v": [1, 2, 4, 3], "t": ["a", "", "NULL", "c"]})

    told = reconcile_frames(source, target, key=["id"])

    assert [(one.kind, one.rows, one.detail) for one in told.mismatches] == [
        (MismatchClass.MISSING_ROWS, 1, "rows without id"),
        (MismatchClass.EXTRA_ROWS, 1, "rows without id"),
    ]
    assert (told.source_rows, told.target_rows, told.matched_rows) == (4, 4, 3)


def test_rows_without_a_key_may_differ_by_the_tolerance() -> None:
    source = pd.DataFrame({"id": [None] * 4, "v": [1.0, 2.0, 3.0, 3.0], "t": ["a", "b", "c", "c"]})
    target = pd.DataFrame({"id": [None] * 4, "v": [1.01, 2.05, 3.01, 2.99], "t": ["a", "b", "c", "c"]})

    told = reconcile_frames(source, target, key=["id"], tolerance={"v": 0.01})

    assert [(one.kind, one.rows) for one in told.mismatches] == [
        (MismatchClass.MISSING_ROWS, 1),
        (MismatchClass.EXTRA_ROWS, 1),
    ]
    assert told.matched_rows == 3


@pytest.mark.parametrize(
    "target",
    [
        pd.DataFrame({"id": [None, None], "v": [1.0, None], "w": [5.5, 5.0]}),  # near in one number alone
        pd.DataFrame({"id": [None, None], "v": [None, None], "w": [5.0, 5.0]}),  # no value is not near 0
    ],
)
def test_rows_without_a_key_are_near_only_in_all_their_numbers(target: pd.DataFrame) -> None:
    source = pd.DataFrame({"id": [None, None], "v": [1.005, 0.0], "w": [5.0, 5.0]})

    told = reconcile_frames(source, target, key=["id"], tolerance={"v": 0.01, "w": 0.01})

    assert told.matched_rows == 0


def test_each_row_without_a_key_answers_for_one_alone() -> None:
    source = pd.DataFrame({"id": [None] * 3, "v": [1.0, 1.0, 1.001]})
    target = pd.DataFrame({"id": [None] * 2, "v": [1.0, 1.002]})

    told = reconcile_frames(source, target, key=["id"], tolerance={"v": 0.01})

    assert [(one.kind, one.rows) for one in told.mismatches] == [(MismatchClass.MISSING_ROWS, 1)]


def test_rows_that_came_besides_keep_no_others_without_a_key_from_their_doubles() -> None:
    numbers = [1_000.0 + n for n in range(200)]
    source = pd.DataFrame({"id": [None] * 200, "v": [0.5] * 200, "w": numbers})
    shifted = [n / 100 for n in range(80)] + [number + 0.001 for number in numbers]
    target = pd.DataFrame({"id": [None] * 280, "v": [0.501] * 280, "w": shifted})

    told = reconcile_frames(source, target, key=["id"], tolerance={"v": 0.01, "w": 0.01})

    assert [(one.kind, one.rows) for one in told.mismatches] == [(MismatchClass.EXTRA_ROWS, 80)]
    assert told.matched_rows == 200


def test_a_row_without_a_key_that_came_after_the_load_is_late() -> None:
    times = pd.to_datetime(["2026-03-02T07:00Z", "2026-03-02T09:00Z", "2026-03-02T06:00Z"])
    source = pd.DataFrame({"id": [None] * 3, "v": [1, 2, 3], "at": times})

    told = reconcile_frames(
        source,
        source.iloc[[0]].drop(columns="at"),
        key=["id"],
        loaded_until=pd.Timestamp("2026-03-02T08:00Z"),
        time_column="at",
    )

    assert sorted((one.kind.value, one.rows, one.detail) for one in told.mismatches) == [
        ("late rows", 1, "rows without id"),
        ("missing rows", 1, "rows without id"),
    ]


def test_a_part_of_a_key_may_lack_a_value() -> None:
    source = pd.DataFrame({"id": [1, 1, 2], "leg": ["a", None, None], "v": [1, 2, 3]})

    told = reconcile_frames(source, source.assign(v=[1, 2, 9]), key=["id", "leg"])

    assert [(one.kind, one.rows) for one in told.mismatches] == [(MismatchClass.CHANGED_VALUES, 1)]


def test_a_word_that_stands_for_no_value_is_a_key() -> None:
    source = pd.DataFrame({"code": ["NA", "NULL", "x"], "v": [1, 2, 3]})

    told = reconcile_frames(source, source.iloc[[0, 2]], key=["code"])

    (lost,) = told.mismatches
    assert (lost.kind, lost.rows, lost.detail) == (MismatchClass.MISSING_ROWS, 1, "")
