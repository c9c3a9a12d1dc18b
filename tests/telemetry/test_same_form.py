"""The same values in two writings are no difference; other values in any writing are."""

import datetime as dt
from decimal import Decimal

import pandas as pd
import pytest

from domain.data_quality.quality import MismatchClass, Reconciliation
from telemetry.narrowing import reconcile_frames


def _compared(source: list[object], target: list[object]) -> Reconciliation:
    keys = [f"k{n}" for n in range(len(source))]
    return reconcile_frames(
        pd.DataFrame({"id": keys, "value": source}), pd.DataFrame({"id": keys, "value": target}), key=["id"]
    )


def _kinds(found: Reconciliation) -> list[tuple[MismatchClass, int]]:
    return [(one.kind, one.rows) for one in found.mismatches]


_NINE = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (["7", "12"], [7, 12]),
        (["7", "12"], ["7.0", "12.00"]),
        (["1.50", "2.25"], [Decimal("1.5"), Decimal("2.25")]),
        ([7, None], ["7", ""]),
        ([10**17 + 1, None], [str(10**17 + 1), "NULL"]),
        (["true", "false"], [True, False]),
        (["t", "f"], ["true", "FALSE"]),
        ([True, False], [1, 0]),
        (["2026-03-02T09:00:00Z"] * 2, ["2026-03-02 09:00:00"] * 2),
        (["2026-03-02T10:00:00+01:00"] * 2, [_NINE] * 2),
        (["2026-03-02T09:00:00.000Z"] * 2, [1772442000000] * 2),
        (["2026-03-02"] * 2, [dt.date(2026, 3, 2)] * 2),
        (["2026-03-02"] * 2, ["2026-03-02 00:00:00"] * 2),
        (["x", None], ["x", ""]),
        (["NA", "DE"], ["NA", "DE"]),
    ],
)
def test_one_value_in_two_writings_is_no_difference(source: list[object], target: list[object]) -> None:
    assert _compared(source, target).agrees
    assert _compared(target, source).agrees


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (["0007", "0012"], [7, 12]),
        (["1E3", "2E3"], [1000.0, 2000.0]),
        ([10**17 + 1, 5], [str(10**17 + 2), "5"]),
        (["true", "false"], [False, False]),
        (["yes", "maybe"], [True, False]),
        (["x", ""], ["x", "y"]),
        (["9999-12-31", "2026-03-02"], [dt.date(9999, 12, 30), dt.date(2026, 3, 2)]),
        (["2026-03-02"] * 2, ["2026-03-02 00:00:01"] * 2),
    ],
)
def test_another_value_is_one_in_any_writing(source: list[object], target: list[object]) -> None:
    assert not _compared(source, target).agrees
    assert not _compared(target, source).agrees


def test_moments_in_two_writings_that_lie_hours_apart_are_a_time_zone() -> None:
    found = _compared(["2026-03-02T09:00:00Z"] * 3, ["2026-03-02 11:00:00"] * 3)

    assert _kinds(found) == [(MismatchClass.TIME_ZONE, 3)]


def test_amounts_with_the_other_sign_are_told_so() -> None:
    assert _kinds(_compared([1.5, 2.5, 0.0], [-1.5, 2.5, 0.0])) == [(MismatchClass.SIGN, 1)]


def test_numbers_that_a_driver_gives_as_objects_are_compared_as_numbers() -> None:
    keys = ["a", "b", "c"]
    source = pd.DataFrame({"id": keys, "value": pd.Series([1.5, 2, 3.25], dtype=object)})

    found = reconcile_frames(source, pd.DataFrame({"id": keys, "value": [-1.5, 2.0, 3.25]}), key=["id"])

    assert _kinds(found) == [(MismatchClass.SIGN, 1)]


def test_amounts_in_cents_are_told_as_another_unit() -> None:
    found = _compared([1.5, 2.5, 3.75, 4.0], [150.0, 250.0, 375.0, 4.0])

    assert _kinds(found) == [(MismatchClass.OTHER_UNIT, 3)]


@pytest.mark.parametrize(
    "target",
    [
        [10, 2, 3, 4, 5, 6, 7],
        [10, 20, 3, 4, 5, 6, 7],
        [10, 20, 30, 5, 4, 9, 1],
    ],
)
def test_a_few_amounts_that_are_tenfold_by_chance_are_changed_values(target: list[int]) -> None:
    changed = sum(one != other for one, other in zip([1, 2, 3, 4, 5, 6, 7], target, strict=True))

    assert _kinds(_compared([1, 2, 3, 4, 5, 6, 7], list(target))) == [(MismatchClass.CHANGED_VALUES, changed)]


@pytest.mark.parametrize("kept", [["1.1", "1.2"], [1.1, 1.2]])
def test_two_keys_that_are_one_number_stay_two_and_a_lost_one_is_told(kept: list[object]) -> None:
    source = pd.DataFrame({"version": ["1.1", "1.10", "1.2"], "value": [1, 2, 3]})

    found = reconcile_frames(source, pd.DataFrame({"version": kept, "value": [1, 3]}), key=["version"])

    assert [(one.kind, one.rows, one.examples[0][0]) for one in found.mismatches] == [
        (MismatchClass.MISSING_ROWS, 1, "1.10")
    ]


def test_codes_stay_codes_though_the_few_that_differ_look_like_numbers() -> None:
    found = _compared(["A12", "12.50", "3.10"], ["A12", "12.5", "3.1"])

    assert _kinds(found) == [(MismatchClass.TRUNCATION, 2)]


def test_numbers_that_begin_with_their_point_are_numbers() -> None:
    assert _compared([".5", "-.25", "12.50"], [0.5, -0.25, 12.5]).agrees


@pytest.mark.parametrize("nothing", [None, "", "NULL"])
def test_a_code_that_a_loader_took_for_no_value_is_told(nothing: object) -> None:
    assert _kinds(_compared(["NA", "DE", "AT"], [nothing, "DE", "AT"])) == [(MismatchClass.CHANGED_VALUES, 1)]
    assert _compared(["NA", "yes", "no"], [nothing, "yes", "no"]).agrees
    assert _compared(["NA", "NA"], [nothing, nothing]).agrees
