"""Tables that JSON holds as names and lists apart are told, and what only looks so is not."""

import json
from collections.abc import Callable

import pytest

from config_gen.drift import compare
from config_gen.profile import profile

_ROWS = [[n, f"2026-03-{n:02}", n * 3] for n in range(1, 9)]


def _says_apart(document: object) -> bool:
    return any("stand apart" in said for said in profile(json.dumps(document).encode(), "x.json").warnings)


@pytest.mark.parametrize(("names", "rows"), [("columns", "rows"), ("fields", "values"), ("headers", "data")])
def test_names_beside_lists_of_as_many_values_are_a_table(names: str, rows: str) -> None:
    assert _says_apart({names: ["id", "day", "cases"], rows: _ROWS, "count": 8})


@pytest.mark.parametrize(
    "document",
    [
        {"tags": ["a", "b"], "box": [[1, 2, 3], [4, 5, 6]]},
        {"tags": ["a", "b", "c"], "ragged": [[1, 2, 3], [4]]},
        {"names": ["id", "day", "cases"], "records": [{"id": 1, "p": [1, 2, 3]}, {"id": 2, "p": [4, 5, 6]}]},
        {"names": ["id", "day", "cases"], "rows": []},
    ],
)
def test_lists_that_do_not_match_are_no_table(document: object) -> None:
    assert not _says_apart(document)


def _funds(first: int, count: int, **more: str) -> dict[str, dict[str, object]]:
    return {
        f"F{n:04d}": {
            "nav": n * 7 % 90 + 0.25,
            "ccy": ("EUR", "USD")[n % 2],
            "day": "2026-03-09",
            **more,
        }
        for n in range(first, first + count)
    }


@pytest.mark.parametrize("wrap", [lambda funds: funds, lambda funds: {"asOf": "2026-03-31", "funds": funds}])
def test_records_under_keys_are_rows_with_their_key(wrap: Callable[[object], object]) -> None:
    seen = profile(json.dumps(wrap(_funds(0, 40))).encode(), "navs.json")

    assert [column.name for column in seen.columns] == ["key", "nav", "ccy", "day"]
    assert (seen.records, seen.keys[0].columns, seen.preview[1][0]) == (40, ("key",), "F0001")
    assert seen.record_path.endswith("*")
    assert any("stand under keys" in warning for warning in seen.warnings)


def test_a_field_called_key_keeps_its_name() -> None:
    seen = profile(json.dumps(_funds(0, 9, key="x")).encode(), "navs.json")

    assert [column.name for column in seen.columns] == ["_key", "nav", "ccy", "day", "key"]


def test_a_table_by_columns_is_read_by_rows() -> None:
    table = {name: {str(n): n * size for n in range(30)} for size, name in enumerate("abcdef", start=1)}
    seen = profile(json.dumps(table).encode(), "frame.json")

    assert (seen.records, [column.name for column in seen.columns]) == (30, list("abcdef"))
    assert seen.preview[2] == ("2", "4", "6", "8", "10", "12")


@pytest.mark.parametrize(
    "document",
    [
        {
            "id": 7,
            "billing": {"city": "A", "zip": "1"},
            "shipping": {"city": "B", "zip": "2"},
        },
        {"a": {"x": 1}, "b": {"y": 1}, "c": {"z": 1}, "d": {"v": 1}, "e": {"w": 1}},
        {"a": 1, "b": {"x": 1}, "c": {"x": 2}, "d": {"x": 2}, "e": {"x": 2}, "f": {"x": 2}},
        {part: {"least": 1, "most": 9} for part in ("cpu", "memory", "disk", "network", "load")},
    ],
)
def test_one_record_with_objects_in_it_stays_one(document: dict[str, object]) -> None:
    assert profile(json.dumps(document).encode(), "one.json").records == 1


def test_the_next_file_of_records_under_keys_fits() -> None:
    former, now = (profile(json.dumps(_funds(n, 40)).encode(), "navs.json") for n in (0, 500))

    assert compare(former, now).label == "same"


@pytest.mark.parametrize("first", [0, 1])
def test_keys_that_only_number_the_records_tell_nothing_apart(first: int) -> None:
    lines = {str(first + n): {"sku": f"S{n * 7 % 5}", "qty": n % 3} for n in range(9)}

    seen = profile(json.dumps({"order": 17, "lines": lines}).encode(), "order.json")

    assert ([column.name for column in seen.columns], seen.records) == (["sku", "qty"], 9)
