"""Each kind of difference is told by its name, and equal tables have none."""

import numpy as np
import pandas as pd
import pytest

from domain.data_quality.quality import MismatchClass
from domain.errors import BadInput
from telemetry.checksums import RangeDigest, differing_ranges
from telemetry.reconciliation import reconcile
from telemetry.rollup import find_rollup_breaks


def a_table(rows: int = 200) -> pd.DataFrame:
    number = np.arange(rows)
    return pd.DataFrame(
        {
            "id": [f"{n:05d}" for n in number],
            "day": [f"2026-03-0{1 + n % 3}" for n in number],
            "name": [f"Müller {n}" for n in number],
            "amount": number * 1.25 + 0.505,
            "at": [f"2026-03-02T{n % 24:02d}:00:00+00:00" for n in number],
        }
    )


def kinds(target: pd.DataFrame, **more: object) -> list[MismatchClass]:
    found = reconcile(a_table(), target, key=["id"], **more)  # type: ignore[arg-type]
    return [one.kind for one in found.mismatches]


def test_equal_tables_agree() -> None:
    assert reconcile(a_table(), a_table(), key=["id"]).agrees


def test_rounded_amounts_are_rounding_and_a_tolerance_forgives_them() -> None:
    target = a_table()
    target["amount"] = target["amount"].round(2)

    assert kinds(target) == [MismatchClass.ROUNDING]
    assert kinds(target, tolerance={"amount": 0.01}) == []
    target["amount"] = a_table()["amount"] + 0.02
    assert kinds(target) == [MismatchClass.CHANGED_VALUES]


def test_hours_apart_are_a_time_zone() -> None:
    target = a_table()
    for zone, kind in (
        ("+02:00", MismatchClass.TIME_ZONE),
        ("-14:00", MismatchClass.TIME_ZONE),
        ("-15:00", MismatchClass.CHANGED_VALUES),
        ("+00:10", MismatchClass.CHANGED_VALUES),
    ):
        target["at"] = a_table()["at"].str.replace("+00:00", zone)
        assert kinds(target) == [kind], zone


def test_text_read_in_the_wrong_encoding_is_named() -> None:
    target = a_table()
    target["name"] = [name.encode().decode("latin-1") for name in target["name"]]

    assert kinds(target) == [MismatchClass.ENCODING]


def test_cut_text_is_truncation() -> None:
    target = a_table()
    target["name"] = target["name"].str[:6]

    assert kinds(target) == [MismatchClass.TRUNCATION]
    target["name"] = ""
    assert kinds(target) == [MismatchClass.CHANGED_VALUES], "nothing is left of it"


def test_rows_that_came_twice_are_duplicates() -> None:
    target = pd.concat([a_table(), a_table().head(5)])

    assert kinds(target) == [MismatchClass.DUPLICATES]


def test_keys_that_lost_their_zeros_are_a_key_format() -> None:
    target = a_table()
    target["id"] = target["id"].str.lstrip("0").replace("", "0")

    assert MismatchClass.KEY_FORMAT in kinds(target)
    assert MismatchClass.CHANGED_VALUES not in kinds(target)


def _with_ids(form: str) -> pd.DataFrame:
    table = a_table()
    table["id"] = [form.format(n=n) for n in range(len(table))]
    return table


@pytest.mark.parametrize(
    ("source", "target"), [("TR-{n:07d}", "{n}"), ("{n:05d}", "fx_{n}"), ("TR{n}", "{n:04d}")]
)
def test_keys_of_which_one_side_left_out_the_letters_are_a_key_format(source: str, target: str) -> None:
    found = reconcile(_with_ids(source), _with_ids(target), key=["id"])

    assert [one.kind for one in found.mismatches] == [MismatchClass.KEY_FORMAT]


@pytest.mark.parametrize(("source", "target"), [("A-{n}", "B-{n}"), ("A-{n}x", "{n}"), ("A-{n}", "9{n:05d}")])
def test_keys_with_other_letters_or_numbers_are_other_rows(source: str, target: str) -> None:
    found = reconcile(_with_ids(source), _with_ids(target), key=["id"])

    assert {one.kind for one in found.mismatches} == {MismatchClass.MISSING_ROWS, MismatchClass.EXTRA_ROWS}


def test_a_few_numbers_in_common_match_no_keys() -> None:
    source, target = _with_ids("TR-{n}"), _with_ids("{n}")
    target["id"] = [str(n) if n < 10 else str(n + 10_000) for n in range(len(target))]

    assert MismatchClass.KEY_FORMAT not in [
        one.kind for one in reconcile(source, target, key=["id"]).mismatches
    ]


def test_a_day_that_never_arrived_is_a_missing_partition() -> None:
    target = a_table()

    assert kinds(target[target["day"] != "2026-03-02"], partition="day") == [MismatchClass.MISSING_PARTITION]


def test_rows_behind_the_watermark_are_late_not_lost() -> None:
    target = a_table()
    until = pd.Timestamp("2026-03-02T20:00:00Z")
    at = pd.to_datetime(target["at"])

    assert kinds(target[at <= until], loaded_until=until, time_column="at") == [MismatchClass.LATE_ROWS]
    found = kinds(target[at < until], loaded_until=until, time_column="at")
    assert found == [MismatchClass.LATE_ROWS, MismatchClass.MISSING_ROWS], "what was there in time is lost"


def test_a_missing_key_is_refused_in_words() -> None:
    with pytest.raises(BadInput, match="missing"):
        reconcile(a_table(), a_table(), key=["isin"])


def test_only_ranges_that_differ_are_named() -> None:
    assert differing_ranges([RangeDigest(0, 5, 7)], [RangeDigest(0, 5, 7), RangeDigest(1, 1, 1)]) == [1]


def test_parts_that_do_not_add_up_are_found_and_the_part_is_blamed() -> None:
    source = pd.DataFrame(
        [(day, "North", part, 100 + day) for day in range(10) for part in ("a", "b")],
        columns=["day", "region", "city", "cases"],
    )
    target = source.groupby(["day", "region"], as_index=False)["cases"].sum()
    target["region"] = "NORTH "
    source.loc[(source["day"] == 5) & (source["city"] == "b"), "cases"] += 40

    found = find_rollup_breaks(source, target, period="day", group="region", measure="cases", part="city")

    assert [(one.period, one.difference, one.blamed) for one in found] == [(5, -40.0, "b")]


def test_a_part_that_never_moves_is_not_blamed_for_a_little_and_all_parts_for_a_stale_copy() -> None:
    random = np.random.default_rng(4)
    days = range(60)
    busy = np.cumsum(random.integers(400, 600, 60))
    parts = {"still": np.full(60, 10), "busy": busy, "calm": np.cumsum(random.integers(5, 8, 60))}
    target = pd.DataFrame({"day": days, "region": "r", "cases": sum(parts.values())})
    parts = {name: values.copy() for name, values in parts.items()}
    parts["busy"][30] -= 12
    for values in parts.values():
        values[45] = values[44]
    source = pd.concat(
        pd.DataFrame({"day": days, "region": "r", "city": name, "cases": values})
        for name, values in parts.items()
    )

    found = find_rollup_breaks(source, target, period="day", group="region", measure="cases", part="city")

    assert [(one.period, one.blamed, one.is_whole) for one in found] == [
        (30, "busy", False),
        (45, None, True),
    ]


def test_decimals_that_add_up_but_for_rounding_are_no_break() -> None:
    source = pd.DataFrame({"day": 1, "region": "r", "city": list("abc"), "cases": [0.1, 0.2, 1e6]})
    told = [1_000_000.3, 1_000_000.31, np.inf]
    target = pd.DataFrame({"day": 1, "region": ["r", "R", " r"], "cases": told})

    found = find_rollup_breaks(source, target, period="day", group="region", measure="cases", part="city")

    assert [one.target for one in found] == [1_000_000.31, np.inf]
