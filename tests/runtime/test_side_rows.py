"""Files that are sides of a comparison are read as they are written."""

from pathlib import Path

import pandas as pd

from domain.data_quality.quality import MismatchClass
from runtime.wiring.comparing.side_rows import rows_of_side
from telemetry.narrowing import reconcile_frames

_ROWS = pd.DataFrame({"id": ["0007", "0012"], "land": ["NA", "DE"], "qty": [3, 4], "ok": [True, False]})


def _side(path: Path, rows: pd.DataFrame) -> pd.DataFrame:
    if path.suffix == ".parquet":
        rows.to_parquet(path)
    elif path.suffix == ".jsonl":
        rows.to_json(path, orient="records", lines=True)
    else:
        rows.to_csv(path, index=False)
    return rows_of_side(path, path.name)


def test_codes_keep_their_zeros_and_words_and_numbers_are_numbers(tmp_path: Path) -> None:
    rows = _side(tmp_path / "a.csv", _ROWS)

    assert rows["id"].tolist() == ["0007", "0012"]
    assert rows["land"].tolist() == ["NA", "DE"]
    assert rows["qty"].tolist() == [3, 4]


def test_the_same_rows_agree_whatever_the_kind_of_file(tmp_path: Path) -> None:
    sides = [_side(tmp_path / f"a.{kind}", _ROWS) for kind in ("csv", "jsonl", "parquet")]

    assert all(reconcile_frames(one, other, key=["id"]).agrees for one in sides for other in sides)


def test_a_key_that_lost_its_zeros_on_the_way_from_file_to_file_is_told(tmp_path: Path) -> None:
    target = _side(tmp_path / "b.csv", _ROWS.assign(id=["7", "12"]))

    found = reconcile_frames(_side(tmp_path / "a.csv", _ROWS), target, key=["id"])

    assert [(one.kind, one.rows) for one in found.mismatches] == [(MismatchClass.KEY_FORMAT, 2)]


def test_numbers_between_blanks_are_numbers_and_versions_that_would_be_one_number_are_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,amount,version\n1,  7.50,1.1\n2, 12.00,1.10\n")

    rows = rows_of_side(path, path.name)

    assert rows["amount"].tolist() == [7.5, 12.0]
    assert rows["version"].tolist() == ["1.1", "1.10"]
