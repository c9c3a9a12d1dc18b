"""Reconciliation tables of other systems: columns are found by what they hold, whatever they are called."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.predict_recon import reconcile_task
from domain.errors import BadInput

Tables = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


def some_tables() -> Tables:
    """Four weeks, three regions of four towns; codes of two regions are swapped on one side; two breaks."""
    random = np.random.default_rng(3)
    places = [(code, f"Region {code}", f"town {code}{town}") for code in range(3) for town in "abcd"]
    rows = [(20_240_101 + day, *place, int(random.integers(50, 90))) for day in range(28) for place in places]
    source = pd.DataFrame(rows, columns=["day", "code", "region", "town", "cases"])
    target = source.groupby(["day", "code", "region"], as_index=False)["cases"].sum()
    target["code"] = target["code"].map({0: 1, 1: 0, 2: 2})
    target.loc[[30, 60], "cases"] += 17
    truth = pd.DataFrame(target.loc[[30, 60]])[["day", "code", "region", "cases"]]
    return source, target.assign(people=900), truth


def in_another_order(tables: Tables) -> Tables:
    source, target, truth = tables
    source, target, truth = (one.rename(columns={"day": "told_on"}) for one in (source, target, truth))
    return (
        source[["region", "cases", "town", "code", "told_on"]],
        target[["region", "people", "cases", "told_on", "code"]],
        truth,
    )


def written_in_other_ways(tables: Tables) -> Tables:
    source, target, truth = tables
    day = pd.to_datetime(source["day"].astype(str)).dt.strftime("%Y-%m-%d")
    return source.assign(day=day, region=source["region"].str.upper() + " "), target, truth


def under_other_names(tables: Tables) -> Tables:
    source, target, truth = tables
    return source.rename(columns={"day": "on", "region": "area", "cases": "n"}), target, truth


def of_money(tables: Tables) -> Tables:
    source, target, truth = tables
    source = source.assign(cases=source["cases"] * 0.1)
    return source, target.assign(cases=np.round(target["cases"] * 0.1, 1)), truth


@pytest.mark.parametrize("told", [in_another_order, written_in_other_ways, under_other_names, of_money])
def test_all_breaks_and_no_others_are_found_however_tables_are_written(
    told: Callable[[Tables], Tables], tmp_path: Path
) -> None:
    for stem, frame in zip(("source_a", "target_b", "truth_breaks"), told(some_tables()), strict=True):
        frame.to_csv(tmp_path / f"{stem}.csv", index=False)

    found = reconcile_task(tmp_path, with_peers=False)["dogwatch"]

    assert (found["breaks"], found["breaks_found"], found["breaks_false"]) == (2.0, 1.0, 0.0)


def test_tables_that_share_nothing_are_refused_in_words(tmp_path: Path) -> None:
    source, target, truth = some_tables()
    target = target.assign(region=target["region"].str[::-1])[["day", "region"]]
    for stem, frame in (("source_a", source), ("target_b", target), ("truth_breaks", truth)):
        frame.to_csv(tmp_path / f"{stem}.csv", index=False)

    with pytest.raises(BadInput, match="share no group"):
        reconcile_task(tmp_path, with_peers=False)
